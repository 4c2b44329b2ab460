import { commitPages, forgeAddress } from '../../core/installation/forgeAddress.ts';
import type { Installation } from '../../core/installation/installation.ts';
import { PATCHES } from '../../core/run/patches.ts';
import { KEYWORD, otherTypes } from '../../core/run/searchAttributes.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { vaultOf } from '../../core/vault/vaults.ts';
import { turnPlace } from '../../core/installation/turnPlace.ts';
import type { Deps } from '../deps.ts';

/** What the workflow must know before it plans its own time. Reads no system but Temporal. */
export async function describeInstallation(deps: Deps): Promise<InstallationSummary> {
  const { notify, authentik } = deps.installation;
  const known = await deps.runs.searchable();
  const warnings = otherTypes(known);
  return {
    digest: deps.digest,
    land: deps.installation.gitops.land,
    deployBy: authentik.deployBy,
    applications: authentik.application === undefined ? [] : [authentik.application],
    timings: deps.installation.timings,
    vault: vaultOf(deps.installation, {}).system,
    places: placesOf(deps.installation),
    pages: pagesOf(deps.installation),
    checksAtOnce: deps.installation.checks.atOnce,
    searchable: known.OidcClient === KEYWORD,
    phases: known.OidcPhase === KEYWORD && known.OidcOutcome === KEYWORD,
    patches: PATCHES,
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(notify === undefined ? {} : { notify: { on: notify.on, afterMs: notify.afterMs } }),
  };
}

function pagesOf({ gitops, authentik, argocd }: Installation): NonNullable<InstallationSummary['pages']> {
  const forge = forgeAddress(gitops.remote, gitops.pullRequest);
  return {
    ...(forge === undefined ? {} : { commit: commitPages(forge) }),
    application: `${authentik.url.replace(/\/+$/, '')}/if/admin/#/core/applications/`,
    ...(argocd?.url === undefined || authentik.application === undefined
      ? {}
      : { deployed: `${argocd.url.replace(/\/+$/, '')}/applications/${argocd.namespace}/${authentik.application}` }),
  };
}

function placesOf(installation: Installation): NonNullable<InstallationSummary['places']> {
  const { gitops, authentik } = installation;
  const { cluster, namespace } = authentik;
  const turn = turnPlace(installation);
  return {
    repository: `${gitops.remote} (target branch ${gitops.branch})`,
    vault: vaultOf(installation, {}).address,
    cluster: `namespace ${namespace} of cluster ${cluster}`,
    authentik: `Authentik at ${authentik.url}`,
    turn: `namespace ${turn.namespace} of cluster ${turn.cluster}`,
  };
}
