import type { Job } from '../../core/run/job.ts';
import { orderOf } from '../branch/landing/orderOf.ts';
import type { Deps } from '../deps.ts';
import { checkApplication, checkSynced, checkTargetRevision, checkWindow } from './argoCdChecks.ts';
import { applicationOf } from './application.ts';
import { deployAt, followTarget } from './argoCdSync.ts';
import { takeBack } from './argoCdUndo.ts';
import type { Deployer, Overwriter } from './deployer.ts';
import { digestLive } from './liveDigest.ts';
import { assertUntouched } from './untouched.ts';

/** One Application deploys, by selective syncs that the job asks for, or by its automated sync. */
export const argoCd: Deployer = {
  checks: [checkApplication, checkTargetRevision],
  checksOfNow: [checkWindow],
  checkLive: (deps, job) => checkSynced(deps, job.base, job.repair === undefined ? undefined : job.names),
  assertUntouched,
  digestLive: async (deps, job) => (orderOf(job).ahead ? digestLive(deps, job) : undefined),
  deploy: (deps, wanted) => (wanted.landed ? followTarget(deps, wanted) : deployAt(deps, wanted)),
  takeBack,
  overwriter,
};

async function overwriter(deps: Deps, job: Job): Promise<Overwriter> {
  const { argocd, application } = applicationOf(deps);
  const operation = (await argocd.application(application)).lastOperation;
  const by =
    operation === undefined || operation.id?.startsWith(job.changeId) === true
      ? 'somebody changed it'
      : `revision ${operation.revision ?? 'unknown'} was synced at ${operation.startedAt}`;
  const remedy = 'Start again when nobody else syncs the Application; a run takes a few minutes.';
  return { system: 'Argo CD', by, remedy };
}
