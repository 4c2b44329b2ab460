import { deregisterStepsInOrder, type DeregisterStep } from '../../core/run/deregistration.ts';
import { type Land, type StepName, STEPS, stepsInOrder } from '../../core/run/steps.ts';
import { PLACES, type Place } from './rotationFaults.ts';

/** Where the worker is killed, and another one follows. The tests go through these lists, and so does docs/reliability.md. */
export const KILLED = {
  register: STEPS,
  rotate: [...PLACES, 'finish'],
  deregister: deregisterStepsInOrder('last'),
} as const satisfies { register: readonly StepName[]; rotate: readonly Place[]; deregister: readonly DeregisterStep[] };

/** Where `npm test` kills that of a deregistration: something is gone for good then. */
export const KILLED_OFTEN = ['removeApplication', 'retireSecret'] as const satisfies readonly DeregisterStep[];

/** Where the run is cancelled, and takes back what it did. Past its point of no return a cancel comes too late. */
export const CANCELLED = {
  register: (land: Land) =>
    stepsInOrder(land).filter((step) => step !== 'cleanUp' && (step !== 'landChange' || land === 'first')),
  rotate: PLACES,
  deregister: (land: Land) => undoneOf(land).filter((step) => step !== 'landChange' || land === 'first'),
} as const;

/** Past the point of no return, and never taken back. */
const FORWARD_STEPS: ReadonlySet<DeregisterStep> = new Set(['removeAccounts', 'retireSecret', 'cleanUp']);

/** The steps of a deregistration that are taken back where one of them fails. */
export function undoneOf(land: Land): readonly DeregisterStep[] {
  return deregisterStepsInOrder(land).filter((step) => !FORWARD_STEPS.has(step));
}
