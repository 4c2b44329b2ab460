import type { Installation } from '../../core/installation.ts';
import type { AnsibleConsumer, Registration } from '../../core/registration.ts';
import { fillCommand, type RotationConsumer, type RotationJob } from '../../core/rotation.ts';

/** Where a rotation must bring the secret, and who does it. Pure. */
export function targetsOf(registration: Registration): readonly RotationConsumer[] {
  return registration.spec.consumers.flatMap((consumer, index) => {
    if (consumer.kind !== 'ansible') return [];
    const by = consumer.apply === 'command' ? ('command' as const) : ('person' as const);
    const name = `Ansible role ${consumer.role}`;
    const byHand = `ansible-playbook ${consumer.playbook} --tags ${consumer.tags.join(',')}`;
    return [{ index, name, by, byHand, probed: consumer.probe !== undefined }];
  });
}

/** The consumer behind a target. */
export function consumerAt(job: Pick<RotationJob, 'registration'>, { index }: RotationConsumer): AnsibleConsumer {
  const consumer = job.registration.spec.consumers[index];
  if (consumer?.kind !== 'ansible') throw new TypeError(`consumer ${index} is no Ansible consumer`);
  return consumer;
}

/** A command of registrar.yaml for one consumer. */
export function wordsFor(client: string, consumer: AnsibleConsumer, command: readonly string[]): readonly string[] {
  return fillCommand(command, { client, playbook: consumer.playbook, tags: consumer.tags.join(',') });
}

/** What the registration asks of registrar.yaml and does not find there, one sentence each. Pure. */
export function unconfigured(registration: Registration, { ansible, probes }: Installation): readonly string[] {
  return registration.spec.consumers.flatMap((consumer, i) => {
    if (consumer.kind !== 'ansible') return [];
    const where = `spec.consumers.${i}`;
    const { probe, apply } = consumer;
    const noCommand = apply === 'command' && ansible.apply === undefined;
    const noProbe = probe !== undefined && 'command' in probe && probes[probe.command] === undefined;
    return [
      ...(noCommand ? [`${where}.apply is "command", but registrar.yaml has no ansible.apply`] : []),
      ...(noProbe ? [`${where}.probe names "${probe.command}", which registrar.yaml does not have under probes`] : []),
    ];
  });
}
