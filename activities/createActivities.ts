import type { RemovalRequest } from '../core/deregistration.ts';
import type { Notice } from '../core/notice.ts';
import type { ApplyAsked, Job, MadeField, PreflightRequest, Proposal, TurnRelease, TurnRequest } from '../core/run.ts';
import type { RotationConsumer, RotationJob, RotationRequest } from '../core/rotation.ts';
import { acquireTurn, releaseTurn } from './acquireTurn.ts';
import { awaitDeployed, type DeployStep } from './awaitDeployed.ts';
import { awaitMerge } from './awaitMerge.ts';
import type { CheckBasis, CheckRequest } from '../core/check/finding.ts';
import { checkAuthentik } from './check/authentik.ts';
import { checkBasis, listClients } from './check/basis.ts';
import { checkCluster } from './check/cluster.ts';
import { checkGit } from './check/git.ts';
import { checkRuns } from './check/runs.ts';
import { checkSecret } from './check/secret.ts';
import { cleanUp, deleteRunBranch } from './cleanUp.ts';
import { deliverToConsumers, undoDeliverToConsumers } from './consumers/deliver.ts';
import type { Deps } from './deps.ts';
import { describeInstallation } from './describeInstallation.ts';
import { generateSecret, undoGenerateSecret } from './generateSecret.ts';
import { landChange, type LandOptions } from './landChange.ts';
import { leftInAuthentik } from './leftInAuthentik.ts';
import { notify } from './notify.ts';
import { patchExternalSecret, undoPatchExternalSecret } from './patchExternalSecret.ts';
import { planChange } from './planChange.ts';
import { pollBlueprintStatus } from './pollBlueprintStatus.ts';
import { preflight } from './preflight.ts';
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

/** The one list of activities, with what they need from outside. */
export function createActivities(deps: Deps) {
  return {
    describeInstallation: () => describeInstallation(deps),
    acquireTurn: (request: TurnRequest) => acquireTurn(deps, request),
    preflight: (request: PreflightRequest) => preflight(deps, request),
    planChange: (request: PreflightRequest) => planChange(deps, request),
    generateSecret: (job: Job) => generateSecret(deps, job),
    storeSecret: (job: Job, made: MadeField) => storeSecret(deps, job, made),
    awaitDeployed: (job: Job, step: DeployStep) => awaitDeployed(deps, job, step),
    patchExternalSecret: (job: Job) => patchExternalSecret(deps, job),
    syncBlueprint: (job: Job) => syncBlueprint(deps, job),
    pollBlueprintStatus: (job: Job, asked: ApplyAsked) => pollBlueprintStatus(deps, job, asked),
    renderAnsibleFiles: (job: Job) => renderAnsibleFiles(deps, job),
    deliverToConsumers: (job: Job) => deliverToConsumers(deps, job),
    verifyRegistration: (job: Job) => verifyRegistration(deps, job),
    landChange: (job: Job, options: LandOptions) => landChange(deps, job, options),
    awaitMerge: (job: Job, proposal: Proposal) => awaitMerge(deps, job, proposal),
    cleanUp: (job: Job) => cleanUp(deps, job),
    reconcileSchedule: (job: Job) => reconcileSchedule(deps, job),
    notify: (notice: Notice) => notify(deps, notice),

    settleLanding: (job: Job) => settleLanding(deps, job),
    undoDeliverToConsumers: (job: Job) => undoDeliverToConsumers(deps, job),
    undoSyncBlueprint: (job: Job) => undoSyncBlueprint(deps, job),
    undoPatchExternalSecret: (job: Job) => undoPatchExternalSecret(deps, job),
    undoStoreSecret: (job: Job, made: MadeField) => undoStoreSecret(deps, job, made),
    undoGenerateSecret: (job: Job) => undoGenerateSecret(deps, job),
    leftInAuthentik: (job: Job, why: string) => leftInAuthentik(deps, job, why),
    revertChange: (job: Job) => revertChange(deps, job),
    deleteRunBranch: (job: Job) => deleteRunBranch(deps, job),
    releaseTurn: (request: TurnRelease) => releaseTurn(deps, request),

    planRemoval: (request: RemovalRequest) => planRemoval(deps, request),
    takeFromConsumers: (job: Job) => takeFromConsumers(deps, job),
    takeOutBlueprint: (job: Job) => takeOutBlueprint(deps, job),
    takeOutExternalSecret: (job: Job) => takeOutExternalSecret(deps, job),
    removeApplication: (job: Job) => removeApplication(deps, job),
    verifyRemoval: (job: Job) => verifyRemoval(deps, job),
    removeAccounts: (job: Job) => removeAccounts(deps, job),
    retireSecret: (job: Job) => retireSecret(deps, job),
    undoTakeFromConsumers: (job: Job) => undoTakeFromConsumers(deps, job),
    undoTakeOutBlueprint: (job: Job) => undoTakeOutBlueprint(deps, job),
    undoTakeOutExternalSecret: (job: Job) => undoTakeOutExternalSecret(deps, job),
    undoRemoveApplication: (job: Job) => undoRemoveApplication(deps, job),

    listClients: (request: Pick<CheckRequest, 'digest'>) => listClients(deps, request),
    checkBasis: (request: CheckRequest) => checkBasis(deps, request),
    checkGit: (basis: CheckBasis) => checkGit(deps, basis),
    checkCluster: (basis: CheckBasis) => checkCluster(deps, basis),
    checkAuthentik: (basis: CheckBasis) => checkAuthentik(deps, basis),
    checkSecret: (basis: CheckBasis) => checkSecret(deps, basis),
    checkRuns: (basis: CheckBasis) => checkRuns(deps, basis),
    preflightRotation: (request: RotationRequest) => preflightRotation(deps, request),
    createSecret: (job: RotationJob) => createSecret(deps, job),
    setSecret: (job: RotationJob) => setSecret(deps, job),
    testSecret: (job: RotationJob) => testSecret(deps, job),
    applyAtConsumer: (job: RotationJob, target: RotationConsumer) => applyAtConsumer(deps, job, target),
    probeConsumer: (job: RotationJob, target: RotationConsumer) => probeConsumer(deps, job, target),
    finishRotation: (job: RotationJob, rotatedAt: string) => finishRotation(deps, job, rotatedAt),
    restoreConsumer: (job: RotationJob, target: RotationConsumer) => restoreConsumer(deps, job, target),
    restoreSecret: (job: RotationJob) => restoreSecret(deps, job),
    undoCreateSecret: (job: RotationJob) => undoCreateSecret(deps, job),
  };
}

export type Activities = ReturnType<typeof createActivities>;
