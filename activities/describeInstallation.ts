import type { InstallationSummary } from '../core/run.ts';
import { turnPlace } from '../core/turnPlace.ts';
import type { Deps } from './deps.ts';

/** What the workflow must know before it plans its own time. Reads no system but Temporal. */
export async function describeInstallation(deps: Deps): Promise<InstallationSummary> {
  const { notify, authentik } = deps.installation;
  return {
    digest: deps.digest,
    land: deps.installation.gitops.land,
    deployBy: authentik.deployBy,
    applications: [turnPlace(deps.installation).name].toSorted(),
    timings: deps.installation.timings,
    searchable: await deps.runs.searchable(),
    ...(notify === undefined ? {} : { notify: { on: notify.on, afterMs: notify.afterMs } }),
  };
}
