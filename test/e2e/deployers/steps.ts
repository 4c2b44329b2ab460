import { deregisterStepsInOrder } from '../../../core/run/deregistration.ts';
import { stepsInOrder } from '../../../core/run/steps.ts';
import { CHANGE_STEPS } from '../changes.ts';
import { PLACES } from '../rotationFaults.ts';
import { refusalOf } from './refusals.ts';
import type { Ending, JobName, Setting } from './settings.ts';

export type Strike = Exclude<Ending, 'done'>;
export const STRIKES: readonly Strike[] = ['fails', 'cancelled', 'killed'];

const ALL: Readonly<Record<JobName, (land: Setting['land']) => readonly string[]>> = {
  plan: () => ['planChange'],
  checkClient: () => ['checkSecret'],
  registerClient: stepsInOrder,
  change: () => CHANGE_STEPS,
  repair: () => ['syncBlueprint', 'verifyRegistration'],
  // Before its preflight has ended a rotation is the same everywhere.
  rotateSecret: (land) =>
    PLACES.filter((place) => place !== 'preflight' && (place !== 'acquireTurn' || land === 'last')),
  deregisterClient: deregisterStepsInOrder,
};

/** Past the point of no return nothing fails, nor is taken back. */
const FORWARD = new Set<string>(['cleanUp', 'removeAccounts', 'retireSecret']);

/** The steps in which a job can be struck this way, so that something follows from it. */
export function stepsOf(job: JobName, ending: Strike, setting: Setting): readonly string[] {
  const { land, landBy, mode } = setting;
  if (refusalOf({ ...setting, job, ending }) !== undefined) return [];
  return ALL[job](land).filter(
    (step) =>
      (ending === 'killed' || !FORWARD.has(step)) &&
      // Past its push a run of `land: last` only goes forward; and of a proposal people are asked.
      (step !== 'landChange' || (landBy === 'push' && (land === 'first' || ending !== 'cancelled'))) &&
      // Without the right to apply no task is looked at.
      !(mode === 'discovery' && step === 'pollBlueprintStatus' && ending !== 'fails'),
  );
}
