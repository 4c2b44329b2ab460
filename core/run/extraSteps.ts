import { externalSecretConsumers } from '../registration/consumersOf.ts';
import type { RotationConsumer } from './rotation.ts';
import { CONFIRM_STEP, DELIVER_STEP, type ExtraStep } from './steps.ts';
import { type Job, rendersFiles } from './job.ts';

/** Steps that only some registrations have. A run without them schedules nothing for them, so that older histories replay. */
export function extraStepsOf(job: Job): readonly ExtraStep[] {
  const steps: ExtraStep[] = [];
  const delivers = externalSecretConsumers(job.registration).length > 0 || job.formerSecrets !== undefined;
  if (delivers) steps.push(DELIVER_STEP);
  if (confirmationsOf(job).length > 0) steps.push(CONFIRM_STEP);
  return steps;
}

/**
 * Consumers whose playbook a person runs before the registration ends (`apply: confirm`): where something is new to them, the
 * rendered files or the secret.
 */
export function confirmationsOf(job: Job): readonly RotationConsumer[] {
  const anew = rendersFiles(job) || !job.before.vaultField || (job.repair?.newSecret ?? false);
  return job.registration.spec.consumers.flatMap((consumer, index): readonly RotationConsumer[] => {
    if (consumer.kind !== 'ansible' || consumer.apply !== 'confirm' || !anew) return [];
    const playbook = `ansible-playbook ${consumer.playbook} --tags ${consumer.tags.join(',')}`;
    // Under `land: last` the rendered files are on the run's branch alone.
    const byHand = job.land === 'last' ? `git fetch && git checkout ${job.branch} && ${playbook}` : playbook;
    const probed = consumer.probe !== undefined;
    return [{ index, name: `Ansible role ${consumer.role}`, by: 'person', byHand, probed }];
  });
}

/** What a run of the playbook leaves on the hosts, which no undo of the job reaches. */
export function writtenBy(job: Job, { index }: RotationConsumer): string {
  const consumer = job.registration.spec.consumers[index];
  return consumer?.kind === 'ansible' ? `${consumer.dest} on the hosts of ${consumer.playbook}` : '';
}
