import type { RotationJob } from '../../core/run/rotation.ts';
import type { Standing } from './standing.ts';

/** What an activity does to what is there of its client. */
export type Act = (standing: Standing, job: RotationJob) => object;

export const NOTHING = { undone: [], kept: [], blocks: false } as const;
export const ASKED = { asked: { instance: 'pk', knownTasks: [], lastApplied: '' } } as const;

interface Host {
  readonly broken: (what: string) => void;
  /** The client is registered whole, and the turn is its own. */
  readonly needsAll: (what: string, job: RotationJob) => object;
  readonly release: (client: string) => void;
  readonly newValue: () => number;
}

/** Where the values of a secret come to be in a rotation, beside the vault. */
export function rotationActs({ broken, needsAll, release, newValue }: Host): Readonly<Record<string, Act>> {
  return {
    createSecret: ({ secret }, job) => {
      if (secret.next === 0) secret.next = newValue();
      return needsAll('createSecret', job);
    },
    setSecret: ({ secret }, job) => {
      if (secret.next > 0) {
        [secret.previous, secret.inService, secret.next] = [secret.inService, secret.next, 0];
      } else if (secret.previous === 0) broken(`setSecret of ${job.client} without a new value`);
      needsAll('setSecret', job);
      return { ...ASKED, askedAt: 1_000 };
    },
    finishRotation: (standing, { client }) => {
      const { secret } = standing;
      if (secret.atAuthentik !== secret.inService || secret.atConsumer !== secret.inService)
        broken(`the previous value of ${client} is dropped while it is in use`);
      secret.previous = 0;
      secret.next = 0;
      release(client);
      return {};
    },

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
