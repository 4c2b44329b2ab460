import { CONFIRMED_KINDS } from '../consumers/confirmedKinds.ts';
import type { ConfirmedKind } from '../consumers/kind.ts';
import { isPublic } from '../names/delivered.ts';
import type { Consumer } from '../registration/registration.ts';
import { type Job, rendersFiles } from './job.ts';
import type { RotationConsumer } from './rotation.ts';
import { CONFIRM_STEP, DELIVER_STEP, type ExtraStep, RENEW_STEP, SECRET_STEPS } from './steps.ts';

/** Steps that only some registrations have. A run without them schedules nothing for them, so that older histories replay. */
export function extraStepsOf(job: Job): readonly ExtraStep[] {
  const steps: ExtraStep[] = [];
  if (job.renewsPods === true) steps.push(RENEW_STEP);
  if (delivers(job) || job.formerSecrets !== undefined) steps.push(DELIVER_STEP);
  if (confirmationsOf(job).length > 0) steps.push(CONFIRM_STEP);
  return steps;
}

/** Steps by which a secret arrives or goes: a job of a public client leaves them out. */
export function leftOutOf({ names }: Pick<Job, 'names'>): readonly string[] {
  return isPublic(names) ? [...SECRET_STEPS, 'takeOutExternalSecret'] : [];
}

/** Whether a run brings the secret into the live systems of consumers, or takes it from them. */
export function delivers({ edits }: Pick<Job, 'edits'>): boolean {
  return edits.some(({ step }) => step === DELIVER_STEP);
}

/** Consumers that a person confirms before the registration ends: where something is new to them, the rendered files or the secret. */
export function confirmationsOf(job: Job): readonly RotationConsumer[] {
  const anew = rendersFiles(job) || !job.before.vaultField || (job.repair?.newSecret ?? false);
  return job.registration.spec.consumers.flatMap((consumer, index): readonly RotationConsumer[] => {
    const kind = confirmedKindOf(consumer);
    if (kind?.isAsked(consumer) !== true || !anew) return [];
    // Under `land: last` the rendered files are on the run's branch alone.
    const checkout = job.land === 'last' ? `git fetch && git checkout ${job.branch} && ` : '';
    const { name, byHand } = kind.target(consumer, checkout);
    return [{ index, name, by: 'person', byHand, probed: consumer.probe !== undefined }];
  });
}

/** What a confirmed consumer leaves in the world, which no undo of the job reaches. */
export function writtenBy(job: Job, { index }: RotationConsumer): string {
  const consumer = job.registration.spec.consumers[index];
  return consumer === undefined ? '' : (confirmedKindOf(consumer)?.leaves(consumer) ?? '');
}

function confirmedKindOf(consumer: Consumer): ConfirmedKind | undefined {
  return CONFIRMED_KINDS.find(({ kind }) => kind === consumer.kind);
}
