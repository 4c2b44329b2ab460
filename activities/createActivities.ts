import { acquireTurn } from './register/acquireTurn.ts';
import { releaseTurn } from './waits/releaseTurn.ts';
import { awaitDeployed } from './register/awaitDeployed.ts';
import { awaitMerge } from './register/awaitMerge.ts';
import { checkAuthentik } from './check/authentik.ts';
import { checkBasis, listClients } from './check/basis.ts';
import { checkCluster } from './check/cluster.ts';
import { checkGit } from './check/git.ts';
import { checkRuns } from './check/runs.ts';
import { checkSecret } from './check/secret.ts';
import { cleanUp, deleteRunBranch } from './register/cleanUp.ts';
import { deliverToConsumers, undoDeliverToConsumers } from './register/deliverToConsumers.ts';
import { isReference } from '../core/run/jobReference.ts';
import { sameConfiguration } from './kit/configuration.ts';
import { withHeartbeat } from './kit/wait.ts';
import type { Deps } from './deps.ts';
import { diagnose } from './doctor/diagnose.ts';
import { describeInstallation } from './register/describeInstallation.ts';
import { generateSecret, undoGenerateSecret } from './register/generateSecret.ts';
import { landChange } from './register/landChange.ts';
import { PlannedJobs } from './kit/plannedJobs.ts';
import { leftInAuthentik } from './authentik/leftInAuthentik.ts';
import { notify } from './register/notify.ts';
import { patchExternalSecret, undoPatchExternalSecret } from './register/patchExternalSecret.ts';
import { planChange } from './register/planChange.ts';
import { pollBlueprintStatus } from './register/pollBlueprintStatus.ts';
import { preflight } from './preflight/preflight.ts';
import { preflightBeforeTurn } from './preflight/preflightBeforeTurn.ts';
import { reconcileSchedule } from './register/reconcileSchedule.ts';
import { planRemoval } from './deregister/planRemoval.ts';
import { removeAccounts } from './deregister/removeAccounts.ts';
import { removeApplication, undoRemoveApplication } from './deregister/removeApplication.ts';
import { retireSecret } from './deregister/retireSecret.ts';
import { takeFromConsumers, undoTakeFromConsumers } from './deregister/takeFromConsumers.ts';
import { takeOutBlueprint, undoTakeOutBlueprint } from './deregister/takeOutBlueprint.ts';
import { takeOutExternalSecret, undoTakeOutExternalSecret } from './deregister/takeOutExternalSecret.ts';
import { verifyRemoval } from './deregister/verifyRemoval.ts';
import { renewPods } from './register/renewPods.ts';
import { renderAnsibleFiles } from './register/renderAnsibleFiles.ts';
import { revertChange, settleLanding } from './register/revertChange.ts';
import { applyAtConsumer, probeConsumer, restoreConsumer } from './rotate/consumers.ts';
import { createSecret, undoCreateSecret } from './rotate/createSecret.ts';
import { withLiveSubstitution } from './state/fluxSubstitution.ts';
import { finishRotation } from './rotate/finishRotation.ts';
import { preflightRotation } from './rotate/preflightRotation.ts';
import { restoreSecret } from './rotate/restoreSecret.ts';
import { setSecret } from './rotate/setSecret.ts';
import { testSecret } from './rotate/testSecret.ts';
import { storeSecret, undoStoreSecret } from './register/storeSecret.ts';
import { syncBlueprint } from './register/syncBlueprint.ts';
import { undoSyncBlueprint } from './register/undoSyncBlueprint.ts';
import { verifyRegistration } from './register/verifyRegistration.ts';

/** Activities that every worker answers by its own configuration. */
const OF_THE_WORKER = { describeInstallation, diagnose, notify };

/** Activities of a run: what they are given first names the configuration that the run began with. */
const OF_A_RUN = {
  preflightBeforeTurn,
  acquireTurn,
  preflight,
  planChange,
  renewPods,
  generateSecret,
  storeSecret,
  awaitDeployed,
  patchExternalSecret,
  syncBlueprint,
  pollBlueprintStatus,
  renderAnsibleFiles,
  deliverToConsumers,
  verifyRegistration,
  landChange,
  awaitMerge,
  cleanUp,
  reconcileSchedule,

  settleLanding,
  undoDeliverToConsumers,
  undoSyncBlueprint,
  undoPatchExternalSecret,
  undoStoreSecret,
  undoGenerateSecret,
  leftInAuthentik,
  revertChange,
  deleteRunBranch,
  releaseTurn,

  planRemoval,
  takeFromConsumers,
  takeOutBlueprint,
  takeOutExternalSecret,
  removeApplication,
  verifyRemoval,
  removeAccounts,
  retireSecret,
  undoTakeFromConsumers,
  undoTakeOutBlueprint,
  undoTakeOutExternalSecret,
  undoRemoveApplication,

  listClients,
  checkBasis,
  checkGit,
  checkCluster,
  checkAuthentik,
  checkSecret,
  checkRuns,
  preflightRotation,
  createSecret,
  setSecret,
  testSecret,
  applyAtConsumer,
  probeConsumer,
  finishRotation,
  restoreConsumer,
  restoreSecret,
  undoCreateSecret,
};

interface OfARun {
  readonly digest: string;
}

type Bound<All, First extends readonly unknown[]> = {
  readonly [Name in keyof All]: All[Name] extends (deps: Deps, ...args: infer Args) => infer Result
    ? Args extends readonly [...First, ...unknown[]]
      ? (...args: Args) => Result
      : never
    : never;
};

export type Activities = Bound<typeof OF_THE_WORKER, []> & Bound<typeof OF_A_RUN, [OfARun]>;

/** All activities, with what they need from outside. */
export function createActivities(deps: Deps): Activities {
  const jobs = new PlannedJobs(deps);
  return Object.fromEntries([
    ...each(OF_THE_WORKER, (activity, args) => activity(deps, ...args)),
    ...each(OF_A_RUN, async (activity, [first, ...args]) => {
      const given = isReference(first) ? await jobs.jobOf(first) : first;
      // What must hold before any attempt begins is asked here, and nowhere else.
      sameConfiguration(deps, (given as OfARun).digest);
      return activity(await withLiveSubstitution(deps), given, ...args);
    }),
  ]) as Activities;
}

type Activity = (deps: Deps, ...args: readonly unknown[]) => Promise<unknown>;

function each(all: object, call: (activity: Activity, args: readonly unknown[]) => Promise<unknown>) {
  return Object.entries(all).map(
    ([name, activity]) =>
      // Whatever it waits for: its worker goes on, and hears of a cancel.
      [name, async (...args: unknown[]) => withHeartbeat(() => call(activity as Activity, args))] as const,
  );
}
