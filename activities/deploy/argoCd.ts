import { orderOf } from '../branch/landing/order.ts';
import type { Job } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { checkApplication, checkSynced, checkTargetRevision, checkWindow } from './argoCdChecks.ts';
import { applicationOf } from './application.ts';
import { deployAt, followTarget, outlastOlderSyncs, pruneAt } from './argoCdSync.ts';
import { takeBack } from './argoCdUndo.ts';
import { checkConsumer } from './consumers/argoCdChecks.ts';
import type { Deployer, Overwriter } from './deployer.ts';
import { digestLive } from './liveDigest.ts';
import type { Target } from './target.ts';
import { assertUntouched } from './untouched.ts';

/** Applications deploy, by selective syncs that the job asks for, or by their automated sync. */
export const argoCd: Deployer = {
  checks: [checkApplication, checkTargetRevision],
  checksOfNow: [checkWindow],
  checkConsumer,
  checkLive: (deps, job) => checkSynced(deps, job.base, job.repair === undefined ? undefined : job.names),
  assertUntouched,
  digestLive: async (deps, job) => (orderOf(job).ahead ? digestLive(deps, job) : undefined),
  deploy: (deps, wanted) => (wanted.landed ? followTarget(deps, wanted) : deployAt(deps, wanted)),
  // Automated sync need not prune; a request for the head of the target branch is not lost to it. Prune takes nothing else along,
  // for the sync names the objects.
  remove: pruneAt,
  outlast: outlastOlderSyncs,
  has,
  takeBack,
  overwriter,
};

/** By the Application's comparison of after all older syncs. */
async function has(deps: Deps, target: Target): Promise<string | undefined> {
  await outlastOlderSyncs(deps, target);
  const { argocd, application } = applicationOf(deps, target);
  const { kind, namespace, name } = target.object;
  const { resources } = await argocd.application(application);
  const there = resources.some((row) => row.kind === kind && row.namespace === namespace && row.name === name);
  return there ? `Application ${application} still has ${kind} ${namespace}/${name}` : undefined;
}

async function overwriter(deps: Deps, job: Job): Promise<Overwriter> {
  const { argocd, application } = applicationOf(deps);
  const operation = (await argocd.application(application)).lastOperation;
  const by =
    operation === undefined || operation.id?.startsWith(job.changeId) === true
      ? 'somebody changed it'
      : `revision ${operation.revisions?.filter(Boolean).join(', ') || 'unknown'} was synced at ${operation.startedAt}`;
  const remedy = 'Start again when nobody else syncs the Application; a run takes a few minutes.';
  return { system: 'Argo CD', by, remedy };
}
