import { kindOf } from '../consumers/consumersOf.ts';
import type { Installation } from '../installation/installation.ts';
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
  const { consumers } = registration.spec;
  return consumers.map((consumer, index) => ({
    index,
    ...kindOf(consumer).target(consumer, { names, installation }),
    probed: consumer.probe !== undefined,
  }));
}

/** The consumer behind a target. */
export function consumerAt(job: Pick<RotationJob, 'registration'>, { index }: RotationConsumer): Consumer {
  const consumer = job.registration.spec.consumers[index];
  if (consumer === undefined) throw new TypeError(`there is no consumer ${index}`);
  return consumer;
}

/** A command of registrar.yaml for one consumer. */
export function wordsFor(client: string, consumer: Consumer, command: readonly string[]): readonly string[] {
  return fillCommand(command, { client, ...kindOf(consumer).words?.(consumer) });
}

/** What the registration asks of registrar.yaml and does not find there, one sentence each. Pure. */
export function unconfigured(registration: Registration, installation: Installation): readonly string[] {
  return registration.spec.consumers.flatMap((consumer, i) => {
    const { probe } = consumer;
    const missing = [
      kindOf(consumer).unconfigured?.(consumer, installation),
      probe !== undefined && 'command' in probe && own(installation.probes, probe.command) === undefined
        ? `probe names "${probe.command}", which registrar.yaml does not have under probes`
        : undefined,
    ];
    return missing.flatMap((sentence) => (sentence === undefined ? [] : [`spec.consumers.${i}.${sentence}`]));
  });
}
