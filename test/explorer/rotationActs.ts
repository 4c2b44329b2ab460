import type { RotationJob } from '../../core/run/rotation.ts';
import type { Standing } from './standing.ts';

/** What an activity does to what is there of its client. */
export type Act = (standing: Standing, job: RotationJob) => object;

export const NOTHING = { undone: [], kept: [], blocks: false } as const;

/** Where the values of a secret come to be in a rotation, beside the vault. */
export function rotationActs(broken: (what: string) => void): Readonly<Record<string, Act>> {
  return {
    testSecret: ({ secret }, { client }) => {
      if (secret.atAuthentik !== secret.inService) broken(`testSecret of ${client} before it is applied`);
      return { checks: [], at: 2_000 };
    },
    applyAtConsumer: ({ secret }, { client }) => {
      if (secret.atAuthentik !== secret.inService) broken(`applyAtConsumer of ${client} before it is tested`);
      secret.atConsumer = secret.inService;
      return { at: 3_000 };
    },
    restoreSecret: ({ secret }) => {
      if (secret.previous > 0) {
        [secret.next, secret.inService, secret.previous] = [secret.inService, secret.previous, 0];
      }
      secret.atAuthentik = secret.inService;
      return NOTHING;
    },
    restoreConsumer: ({ secret }, { client }) => {
      if (secret.previous > 0) broken(`the consumer of ${client} is restored while the new value is in service`);
      secret.atConsumer = secret.inService;
      return NOTHING;
    },
    undoCreateSecret: ({ secret }, { client }) => {
      const inUse =
        secret.previous > 0 || secret.atAuthentik !== secret.inService || secret.atConsumer !== secret.inService;
      if (inUse) broken(`the new value of ${client} is removed while it is in use`);
      secret.next = 0;
      return NOTHING;
    },
  };
}
