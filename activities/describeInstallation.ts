import type { InstallationSummary } from '../core/run.ts';
import type { Deps } from './deps.ts';

/** What the workflow must know before it plans its own time. Reads no system but Temporal. */
export async function describeInstallation(deps: Deps): Promise<InstallationSummary> {
  const { notify } = deps.installation;
  return {
    digest: deps.digest,
    land: deps.installation.gitops.land,
    applications: [deps.installation.authentik.application].toSorted(),
    timings: deps.installation.timings,
    searchable: await deps.runs.searchable(),
    ...(notify === undefined ? {} : { notify: { on: notify.on, afterMs: notify.afterMs } }),
  };
}
