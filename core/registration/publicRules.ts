import type { ConsumerSchema } from '../consumers/consumerSchema.ts';
import type { Fault } from '../base/faults.ts';
import type { Consumer, Registration } from './registration.ts';

/** Fields that say something of the secret. */
const OF_THE_SECRET = ['vaultField', 'vaultItem', 'secretKey', 'envVar', 'rotation'] as const;

/** What a registration of a public client says of a secret, which such a client has not: it would mean nothing, so it is refused. */
export function secretsOfPublic(
  { spec }: Registration,
  schemaOf: (consumer: Consumer) => ConsumerSchema,
): readonly Fault[] {
  if (spec.clientType !== 'public') return [];
  return [
    ...OF_THE_SECRET.filter((field) => spec[field] !== undefined).map((field) => ({
      path: ['spec', field],
      message: `is of a secret, and a public client has none (spec.clientType): take ${field} out`,
    })),
    ...spec.consumers.flatMap((consumer, i) => {
      const path = ['spec', 'consumers', i];
      return schemaOf(consumer).ofSecret?.(consumer, path) ?? [delivers(consumer, path)];
    }),
  ];
}

function delivers({ kind }: Consumer, path: readonly PropertyKey[]): Fault {
  return {
    path: [...path, 'kind'],
    message:
      `"${kind}" brings a secret, and a public client has none (spec.clientType): take the consumer out, ` +
      'write client id and issuer where the app is configured, or name a step for a person (kind: manual)',
  };
}
