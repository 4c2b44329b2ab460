import type { Installation } from '../installation/installation.ts';
import { manualSteps } from '../names/manualSteps.ts';
import type { Consumer, Registration } from '../registration/registration.ts';
import type { Names } from '../names/names.ts';
import { fillCommand, type RotationConsumer, type RotationJob } from './rotation.ts';
import { own } from '../base/own.ts';

/** Where a rotation must bring the secret, and who does it. Pure. */
export function targetsOf(
  registration: Registration,
  names: Names,
  installation: Pick<Installation, 'vault'>,
): readonly RotationConsumer[] {
  return registration.spec.consumers.flatMap((consumer, index): readonly RotationConsumer[] => {
    const probed = consumer.probe !== undefined;
    switch (consumer.kind) {
      case 'ansible': {
        const by = consumer.apply === 'command' ? ('command' as const) : ('person' as const);
        const byHand = `ansible-playbook ${consumer.playbook} --tags ${consumer.tags.join(',')}`;
        return [{ index, name: `Ansible role ${consumer.role}`, by, byHand, probed }];
      }
      case 'manual':
        return [
          { index, name: consumer.name, by: 'person', byHand: manualSteps(consumer, names, installation), probed },
        ];
      case 'externalSecret': {
        const { name, namespace, restart } = consumer;
        const refresh = `kubectl -n ${namespace} annotate externalsecret ${name} force-sync=$(date +%s) --overwrite`;
        const rolls = restart.map((each) => `kubectl -n ${namespace} rollout restart deployment ${each}`);
        const byHand = [refresh, ...rolls].join(' && ');
        return [{ index, name: `ExternalSecret ${namespace}/${name}`, by: 'cluster', byHand, probed }];
      }
    }
  });
}

/** The consumer behind a target. */
export function consumerAt(job: Pick<RotationJob, 'registration'>, { index }: RotationConsumer): Consumer {
  const consumer = job.registration.spec.consumers[index];
  if (consumer === undefined) throw new TypeError(`there is no consumer ${index}`);
  return consumer;
}

/** A command of registrar.yaml for one consumer; only Ansible ones have a playbook and tags. */
export function wordsFor(client: string, consumer: Consumer, command: readonly string[]): readonly string[] {
  const ansible = consumer.kind === 'ansible' ? { playbook: consumer.playbook, tags: consumer.tags.join(',') } : {};
  return fillCommand(command, { client, ...ansible });
}

/** What the registration asks of registrar.yaml and does not find there, one sentence each. Pure. */
export function unconfigured(registration: Registration, { ansible, probes }: Installation): readonly string[] {
  return registration.spec.consumers.flatMap((consumer, i) => {
    const where = `spec.consumers.${i}`;
    const { probe } = consumer;
    const noCommand = consumer.kind === 'ansible' && consumer.apply === 'command' && ansible.apply === undefined;
    const noProbe = probe !== undefined && 'command' in probe && own(probes, probe.command) === undefined;
    return [
      ...(noCommand ? [`${where}.apply is "command", but registrar.yaml has no ansible.apply`] : []),
      ...(noProbe ? [`${where}.probe names "${probe.command}", which registrar.yaml does not have under probes`] : []),
    ];
  });
}
