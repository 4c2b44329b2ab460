import { RegistrarError } from '../../core/base/errors.ts';
import type { ApplicationSource, ApplicationState } from '../../integrations/argocd/argocd.ts';
import type { Deps } from '../deps.ts';
import { applicationOf } from './application.ts';
import { followsTarget, nameOf, refused } from './applicationSource.ts';
import { BrokenComparison } from './brokenComparison.ts';
import type { DeployRequest, RemoveRequest } from './deployer.ts';
import { notRestored, repairDue } from './repairDue.ts';
import type { Target } from './target.ts';
import { runMark } from '../kit/runMark.ts';
import { StableFor } from '../kit/patience.ts';
import { note, throwIfCancelled, waitUntil, type WaitState } from '../kit/wait.ts';

/** How often a sync is asked for again when it ended well but the live resource is not as wanted. */
const ROUNDS = 3;

/** How long Argo CD must do nothing before no sync is expected of it, in forced-sync intervals: each begins with a refresh. */
const IDLE = 0.5;

/** Deploys chosen resources at an explicit commit by a selective sync, and proves it by a live read. */
export async function deployAt(deps: Deps, wanted: DeployRequest): Promise<void> {
  await inRounds(deps, wanted, false, async () => undefined);
}

/** Has Argo CD prune chosen objects. What is being deleted is waited for, however long: another sync would not hasten it. */
export async function pruneAt(deps: Deps, wanted: RemoveRequest): Promise<void> {
  const remedy = 'See who holds the object by a finalizer: External Secrets may be down, or busy.';
  const gone = () =>
    waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () =>
      (await wanted.isGoing())
        ? { waiting: `${(await wanted.missing()) ?? 'it has gone just now'}: it is being deleted` }
        : { done: undefined },
    );
  await inRounds(deps, wanted, true, gone);
}

async function inRounds(
  deps: Deps,
  wanted: DeployRequest,
  prune: boolean,
  settled: () => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const missing =
      (await wanted.missing()) ?? (round === 1 ? (othersChanges(wanted) ?? repairDue(deps, wanted)) : undefined);
    if (missing === undefined) return;
    note({ waiting: `${missing}; asking Argo CD to sync ${wanted.commit.slice(0, 12)}` });
    // A run that continues a dead one asks anew: an operation of the dead run may have failed.
    await syncOnce(
      deps,
      wanted,
      `${wanted.job.changeId}/${runMark()}/${wanted.purpose}/${wanted.commit.slice(0, 12)}/${round}`,
      prune,
    );
    await settled();
  }
  const missing = await wanted.missing();
  if (missing === undefined) return;
  throw new RegistrarError({
    system: 'Argo CD',
    kind: 'Failed',
    message: `synced ${wanted.commit.slice(0, 12)} ${ROUNDS} times, yet ${missing}`,
    remedy: 'See what changes the resource back: another controller, a sync option or an admission rule.',
  });
}

/** What is synced, and by which Application. */
function syncOf(deps: Deps, { targets }: DeployRequest) {
  return { ...applicationOf(deps, targets[0]), resources: targets.map(({ object }) => object) };
}

/** After a rebase our entries are live already, but what others landed beside them is not: one sync is due all the same. */
function othersChanges({ job, commit, targets }: DeployRequest): string | undefined {
  return job.formerBases !== undefined && targets.some(({ resource }) => resource !== undefined)
    ? `what others changed up to ${commit.slice(0, 12)} may not be live`
    : undefined;
}

async function syncOnce(deps: Deps, wanted: DeployRequest, id: string, prune: boolean): Promise<void> {
  const { argocd, application, resources } = syncOf(deps, wanted);
  let asked = false;
  await waitUntil(
    'Argo CD',
    `Look at Application ${application}; end an operation that hangs.`,
    deps.installation.timings.pollMs,
    async () => {
      const state = await argocd.application(application);
      const ended = endedOperation(state, id, wanted);
      if (ended !== undefined) return ended;
      if (state.busy)
        return {
          waiting:
            state.lastOperation?.id === id
              ? `Argo CD syncs ${application}`
              : `another operation runs on ${application}`,
        };
      const isOf = await sourcesToSync(deps, state);
      // Accepted and then gone without a trace: something else took its place, ask again.
      throwIfCancelled();
      const answer = await argocd.sync({
        application,
        revision: wanted.commit,
        isOf,
        resources,
        prune,
        id,
      });
      const again = asked ? ' again' : '';
      asked ||= answer === 'accepted';
      return {
        waiting:
          answer === 'accepted'
            ? `asked Argo CD${again} to sync ${application}`
            : `another operation runs on ${application}`,
      };
    },
  );
}

/** Which sources are synced at our commit. Throws `Refused` where somebody has pointed all of them elsewhere since preflight looked. */
async function sourcesToSync(deps: Deps, state: ApplicationState): Promise<(source: ApplicationSource) => boolean> {
  const follows = await followsTarget(deps, state);
  if (state.sources.some(follows)) return follows;
  const { branch } = deps.installation.gitops;
  throw refused(
    `${nameOf(state)} has no source of the repository on ${branch} any more`,
    `Point the Application back to ${branch}; someone may be trying out a branch.`,
    state,
  );
}

/** Our operation's end; undefined while it has none. Throws `Failed` in Argo CD's own words. */
function endedOperation(state: ApplicationState, id: string, wanted: DeployRequest): WaitState<void> | undefined {
  const operation = state.lastOperation;
  if (operation?.id !== id || operation.phase === 'Running' || operation.phase === 'Terminating') return undefined;
  if (operation.phase === 'Succeeded') return { done: undefined };
  const details = operation.results
    .filter((result) => result.status !== 'Synced')
    .map((result) => `${result.kind} ${result.name}: ${result.message}`);
  throw new RegistrarError({
    system: 'Argo CD',
    kind: 'Failed',
    message: `sync of ${nameOf(state)} at ${wanted.commit.slice(0, 12)} ended ${operation.phase}: ${[operation.message, ...details].join('; ')}`,
    remedy: 'Mend what Argo CD names, then start again.',
  });
}

/**
 * `land: first`: the change is on the target branch. With automated sync nothing is deployed by us (such a request would
 * be lost): a refresh is asked for and the content is waited for. Without it, and where automated sync leaves things as they are,
 * the target's head is synced: a request for the head itself is not lost.
 */
export async function followTarget(deps: Deps, wanted: DeployRequest): Promise<void> {
  const { argocd, application } = syncOf(deps, wanted);
  const state = await argocd.application(application);
  const comes = state.automated && (state.selfHeal || repairDue(deps, wanted) === undefined);
  if (comes && (await automatedSyncEnds(deps, wanted)) === 'deployed') return;
  await deployAt(deps, wanted);
}

/**
 * Waits for automated sync. `idle` where it has compared the head, does nothing, and something is missing all the same: without
 * self-heal it syncs a commit once and leaves a live edit alone.
 */
async function automatedSyncEnds(deps: Deps, wanted: DeployRequest): Promise<'deployed' | 'idle'> {
  const { argocd, application } = syncOf(deps, wanted);
  const { pollMs, forceSyncMs } = deps.installation.timings;
  const broken = new BrokenComparison(argocd);
  const idle = new StableFor();
  let asked = 0;
  return waitUntil(
    'Argo CD',
    `Look at Application ${application}: its automated sync should have come.`,
    pollMs,
    async () => {
      const missing = (await wanted.missing()) ?? (await notRestored(deps, wanted));
      if (missing === undefined) return { done: 'deployed' };
      const state = await argocd.application(application);
      const isIdle = asked > 0 && (await doesNothing(deps, state, wanted.commit));
      if (idle.lasts(isIdle ? 'idle' : undefined, forceSyncMs * IDLE)) return { done: 'idle' };
      if (Date.now() - asked > forceSyncMs) {
        asked = Date.now();
        await argocd.refresh(application);
      }
      const why = await broken.look(state);
      return { waiting: `${missing}; ${why ?? `automated sync of ${application} is awaited`}` };
    },
  );
}

async function doesNothing(deps: Deps, state: ApplicationState, head: string): Promise<boolean> {
  const { selfHeal, busy, refreshRequested, sources } = state;
  if (selfHeal || busy || refreshRequested) return false;
  return sources.filter(await followsTarget(deps, state)).every(({ comparedRevision }) => comparedRevision === head);
}

/**
 * What was asked for before may still be on its way: a request of ours that was cut short, or an automated sync that was
 * compared before the target's head moved. It would deploy what is about to be taken back. The refresh moves the
 * Application's resourceVersion, which a late request tests; what came before it is seen as an operation and waited for.
 */
export async function outlastOlderSyncs(deps: Deps, target?: Target): Promise<void> {
  const { argocd, application } = applicationOf(deps, target);
  const remedy = `Look at Application ${application}: its controller should compare it anew; end an operation that hangs.`;
  let asked = 0;
  await waitUntil('Argo CD', remedy, deps.installation.timings.pollMs, async () => {
    const { refreshRequested, busy } = await argocd.application(application);
    const refreshed = asked > 0 && !refreshRequested;
    if (!refreshed && Date.now() - asked > deps.installation.timings.forceSyncMs) {
      asked = Date.now();
      await argocd.refresh(application);
    }
    if (!refreshed) return { waiting: `Argo CD has not compared ${application} anew yet` };
    return busy ? { waiting: `a sync of ${application} is under way` } : { done: undefined };
  });
}
