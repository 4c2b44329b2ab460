import type { LiveConsumer, LiveKind } from '../../../../../activities/consumers/liveConsumer.ts';
import type { Deps } from '../../../../../activities/deps.ts';
import { orderOf } from '../../../../../activities/branch/landing/order.ts';
import { secretOf } from '../../../../../activities/state/vaultSecret.ts';
import type { Secret } from '../../../../../core/base/secret.ts';
import { consumerAt } from '../../../../../core/run/rotationTargets.ts';
import type { DeviceConsumer } from '../../../core/consumers/device/schema.ts';

/** What a device holds: the file as it was given, and the secret. */
interface Held {
  readonly text: string;
  readonly secret: Secret;
}

/** Every device, by name. */
export const devices = new Map<string, Held>();

const NOTHING = { kept: [], blocks: false };

const kind: LiveKind<DeviceConsumer> = {
  kind: 'device',
  warnings: async (_deps, { greeting }) => (greeting === 'Boo' ? ['such a greeting may frighten people'] : []),
  live(deps, { vaultField }, { name, file }, at): LiveConsumer {
    const label = `device ${name}`;
    const give = async (commit: string): Promise<void> => {
      const text = await deps.git.readFile(commit, file);
      if (text === undefined) throw new Error(`${file} is not there at ${commit}`);
      devices.set(name, { text, secret: secretOf(await deps.vault.read(), vaultField) });
    };
    return {
      ...at,
      label,
      system: 'Consumer',
      holder: `memory of ${name}`,
      heldAt: label,
      looksBeforeTurn: () => [],
      looks: () => [],
      looksAsFormer: () => [],
      looksBeforeRemoval: () => [],
      missing: async () => (devices.has(name) ? undefined : `${label} has nothing`),
      lingering: async () => (devices.has(name) ? `${label} has something` : undefined),
      withoutSecret: async () =>
        holds(name, secretOf(await deps.vault.read(), vaultField)) ? undefined : `${label} has another secret`,
      async deliver(_job, { commit }) {
        await give(commit);
        return `${label} has the secret`;
      },
      remove: async () => void devices.delete(name),
      remainder: async () => NOTHING,
      async takeBack(job, journal) {
        if (!devices.has(name)) return NOTHING;
        const { commit } = await orderOf(job).before(deps, job);
        const before = await deps.git.readFile(commit, file);
        const deed = { what: label, done: `${label} is as before` };
        await journal.begin(deed);
        if (before === undefined) devices.delete(name);
        else await give(commit);
        journal.done(deed);
        return NOTHING;
      },
      async bringBack(job, journal) {
        const deed = { what: label, done: `${label} has the secret again` };
        await journal.begin(deed);
        await give((await orderOf(job).before(deps, job)).commit);
        journal.done(deed);
      },
    };
  },
  rotation: {
    check: async () => undefined,
    async deliver(deps: Deps, job, target) {
      const { name } = consumerAt(job, target) as unknown as DeviceConsumer;
      const held = devices.get(name);
      if (held !== undefined)
        devices.set(name, { ...held, secret: secretOf(await deps.vault.read(), job.names.vaultField) });
    },
  },
};

export const device = kind as unknown as LiveKind;

function holds(name: string, secret: Secret): boolean {
  return devices.get(name)?.secret.equals(secret) === true;
}
