import { RegistrarError } from '../../core/base/errors.ts';
import { changedFiles, plannedFilesForHistory, type ChangePlan } from '../../core/plan/plan.ts';
import { plannedActions } from '../../core/plan/plannedActions.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import type { ArgoCd } from '../../integrations/argocd/argocd.ts';
import type { Flux } from '../../integrations/flux/flux.ts';
import type { Deps } from '../deps.ts';
import { preflight } from '../preflight/preflight.ts';
import { planTexts } from '../branch/plans.ts';
import { askedOnce } from '../kit/askedOnce.ts';

/**
 * What a registration would change, by the code with which one begins: it reads everything, writes nothing, and refuses what a run
 * would refuse. Throws that, and `Refused` while a run of the client is open.
 */
export async function planChange(systems: Deps, request: PreflightRequest): Promise<ChangePlan> {
  const { client } = request;
  const deps = askedOnce(readOnly(systems));
  await assertQuiet(deps, client);
  const { job, unchanged, warnings, remaining } = await preflight(deps, { ...request, plans: true });
  const edits = await planTexts(deps, job, job.base);
  return {
    client,
    unchanged,
    base: job.base,
    files: unchanged ? [] : plannedFilesForHistory(changedFiles(edits)),
    actions: unchanged ? [] : plannedActions(job, deps.installation),
    warnings,
    remaining,
  };
}

/** What an open run has done so far would look like what a dead one left. */
async function assertQuiet(deps: Deps, client: string): Promise<void> {
  const workflowId = deps.runs.idOf(client);
  if (!(await deps.runs.isOpen(workflowId))) return;
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Refused',
    message: `client ${client} is being changed by workflow ${workflowId}, so what a further run would change cannot be told`,
    remedy: `Wait for it to end (oidc-registrar status ${client}), then plan again.`,
  });
}

/** A refresh, and a request to reconcile, is an annotation, but a write; what is live is compared with Git in any case. */
function readOnly(deps: Deps): Deps {
  const { argocd, flux } = deps;
  if (flux !== undefined) {
    const quiet = (each: Flux): Flux => ({ ...each, reconcile: () => Promise.resolve() });
    const consumerCluster: Deps['consumerCluster'] = async (name) => {
      const all = await deps.consumerCluster(name);
      return { ...all, flux: quiet(all.flux) };
    };
    return { ...deps, consumerCluster, flux: quiet(flux) };
  }
  if (argocd === undefined) return deps;
  const quiet: ArgoCd = {
    application: (name) => argocd.application(name),
    shutWindow: (name) => argocd.shutWindow(name),
    refresh: () => Promise.resolve(),
    sync: () => Promise.reject(new TypeError('a plan deploys nothing')),
  };
  return { ...deps, argocd: quiet };
}
