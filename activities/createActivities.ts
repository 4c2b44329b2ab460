import type { RemovalRequest } from '../core/deregistration.ts';
import type { Notice } from '../core/notice.ts';
import type { ApplyAsked, Job, MadeField, PreflightRequest, Proposal, TurnRelease, TurnRequest } from '../core/run.ts';
import { acquireTurn, releaseTurn } from './acquireTurn.ts';
import { awaitMerge } from './awaitMerge.ts';
import { cleanUp, deleteRunBranch } from './cleanUp.ts';
import type { Deps } from './deps.ts';
import { describeInstallation } from './describeInstallation.ts';
import { generateSecret, undoGenerateSecret } from './generateSecret.ts';
import { landChange, type LandOptions } from './landChange.ts';
import { notify } from './notify.ts';
import { patchExternalSecret, undoPatchExternalSecret } from './patchExternalSecret.ts';
import { pollBlueprintStatus } from './pollBlueprintStatus.ts';
import { preflight } from './preflight.ts';
import { planRemoval } from './removal/planRemoval.ts';
import { removeAccounts } from './removal/removeAccounts.ts';
import { removeApplication, undoRemoveApplication } from './removal/removeApplication.ts';
import { retireSecret } from './removal/retireSecret.ts';
import { takeOutBlueprint, undoTakeOutBlueprint } from './removal/takeOutBlueprint.ts';
import { takeOutExternalSecret, undoTakeOutExternalSecret } from './removal/takeOutExternalSecret.ts';
import { verifyRemoval } from './removal/verifyRemoval.ts';
import { renderAnsibleFiles } from './renderAnsibleFiles.ts';
import { revertChange, settleLanding } from './revertChange.ts';
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
    generateSecret: (job: Job) => generateSecret(deps, job),
    storeSecret: (job: Job, made: MadeField) => storeSecret(deps, job, made),
    patchExternalSecret: (job: Job) => patchExternalSecret(deps, job),
    syncBlueprint: (job: Job) => syncBlueprint(deps, job),
    pollBlueprintStatus: (job: Job, asked: ApplyAsked) => pollBlueprintStatus(deps, job, asked),
    renderAnsibleFiles: (job: Job) => renderAnsibleFiles(deps, job),
    verifyRegistration: (job: Job) => verifyRegistration(deps, job),
    landChange: (job: Job, options: LandOptions) => landChange(deps, job, options),
    awaitMerge: (job: Job, proposal: Proposal) => awaitMerge(deps, job, proposal),
    cleanUp: (job: Job) => cleanUp(deps, job),
    notify: (notice: Notice) => notify(deps, notice),

    settleLanding: (job: Job) => settleLanding(deps, job),
    undoSyncBlueprint: (job: Job) => undoSyncBlueprint(deps, job),
    undoPatchExternalSecret: (job: Job) => undoPatchExternalSecret(deps, job),
    undoStoreSecret: (job: Job, made: MadeField) => undoStoreSecret(deps, job, made),
    undoGenerateSecret: (job: Job) => undoGenerateSecret(deps, job),
    revertChange: (job: Job) => revertChange(deps, job),
    deleteRunBranch: (job: Job) => deleteRunBranch(deps, job),
    releaseTurn: (request: TurnRelease) => releaseTurn(deps, request),

    planRemoval: (request: RemovalRequest) => planRemoval(deps, request),
    takeOutBlueprint: (job: Job) => takeOutBlueprint(deps, job),
    takeOutExternalSecret: (job: Job) => takeOutExternalSecret(deps, job),
    removeApplication: (job: Job) => removeApplication(deps, job),
    verifyRemoval: (job: Job) => verifyRemoval(deps, job),
    removeAccounts: (job: Job) => removeAccounts(deps, job),
    retireSecret: (job: Job) => retireSecret(deps, job),
    undoTakeOutBlueprint: (job: Job) => undoTakeOutBlueprint(deps, job),
    undoTakeOutExternalSecret: (job: Job) => undoTakeOutExternalSecret(deps, job),
    undoRemoveApplication: (job: Job) => undoRemoveApplication(deps, job),
  };
}

export type Activities = ReturnType<typeof createActivities>;
