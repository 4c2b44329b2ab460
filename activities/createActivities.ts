import { acquireTurn, releaseTurn } from './acquireTurn.ts';
import { awaitDeployed } from './awaitDeployed.ts';
import { awaitMerge } from './awaitMerge.ts';
import { checkAuthentik } from './check/authentik.ts';
import { checkBasis, listClients } from './check/basis.ts';
import { checkCluster } from './check/cluster.ts';
import { checkGit } from './check/git.ts';
import { checkRuns } from './check/runs.ts';
import { checkSecret } from './check/secret.ts';
import { cleanUp, deleteRunBranch } from './cleanUp.ts';
import { deliverToConsumers, undoDeliverToConsumers } from './consumers/deliver.ts';
import { sameConfiguration } from './configuration.ts';
import type { Deps } from './deps.ts';
import { describeInstallation } from './describeInstallation.ts';
import { generateSecret, undoGenerateSecret } from './generateSecret.ts';
import { landChange } from './landChange.ts';
import { leftInAuthentik } from './leftInAuthentik.ts';
import { notify } from './notify.ts';
import { patchExternalSecret, undoPatchExternalSecret } from './patchExternalSecret.ts';
import { planChange } from './planChange.ts';
import { pollBlueprintStatus } from './pollBlueprintStatus.ts';
import { preflight } from './preflight.ts';
import { preflightBeforeTurn } from './preflightBeforeTurn.ts';
import { reconcileSchedule } from './reconcileSchedule.ts';
import { planRemoval } from './removal/planRemoval.ts';
import { removeAccounts } from './removal/removeAccounts.ts';
import { removeApplication, undoRemoveApplication } from './removal/removeApplication.ts';
import { retireSecret } from './removal/retireSecret.ts';
import { takeFromConsumers, undoTakeFromConsumers } from './removal/takeFromConsumers.ts';
import { takeOutBlueprint, undoTakeOutBlueprint } from './removal/takeOutBlueprint.ts';
import { takeOutExternalSecret, undoTakeOutExternalSecret } from './removal/takeOutExternalSecret.ts';
import { verifyRemoval } from './removal/verifyRemoval.ts';
import { renderAnsibleFiles } from './renderAnsibleFiles.ts';
import { revertChange, settleLanding } from './revertChange.ts';
import { applyAtConsumer, probeConsumer, restoreConsumer } from './rotation/consumers.ts';
import { createSecret, undoCreateSecret } from './rotation/createSecret.ts';
import { finishRotation } from './rotation/finishRotation.ts';
import { preflightRotation } from './rotation/preflightRotation.ts';
import { restoreSecret } from './rotation/restoreSecret.ts';
import { setSecret } from './rotation/setSecret.ts';
import { testSecret } from './rotation/testSecret.ts';
import { storeSecret, undoStoreSecret } from './storeSecret.ts';
import { syncBlueprint } from './syncBlueprint.ts';
import { undoSyncBlueprint } from './undoSyncBlueprint.ts';
import { verifyRegistration } from './verifyRegistration.ts';

/** Those that every worker answers by its own configuration. */
const OF_THE_WORKER = { describeInstallation, notify };

/** Those of a run: what they are given first names the configuration that the run began with. */
const OF_A_RUN = {
  preflightBeforeTurn,
  acquireTurn,
  preflight,
  planChange,
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
  const run = (activity: Activity, args: readonly unknown[]) => activity(deps, ...args);
  return Object.fromEntries([
    ...each(OF_THE_WORKER, run),
    ...each(OF_A_RUN, (activity, args) => {
      // What must hold before any attempt begins is asked here, and nowhere else.
      sameConfiguration(deps, (args[0] as OfARun).digest);
      return run(activity, args);
    }),
  ]) as Activities;
}

type Activity = (deps: Deps, ...args: readonly unknown[]) => Promise<unknown>;

function each(all: object, call: (activity: Activity, args: readonly unknown[]) => Promise<unknown>) {
  return Object.entries(all).map(
    ([name, activity]) => [name, async (...args: unknown[]) => call(activity as Activity, args)] as const,
  );
}
