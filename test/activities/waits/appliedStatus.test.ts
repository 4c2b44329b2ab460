import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { hashOf } from '../../../activities/state/appliedHash.ts';
import { pollUntilApplied } from '../../../activities/waits/applied.ts';
import type { Job } from '../../../core/run/job.ts';
import type { ApplyTask } from '../../../integrations/authentik/authentik.ts';

const TEXT = 'version: 1\n';
const job = {
  land: 'first',
  mode: 'apply',
  names: { blueprintPath: 'custom/zot.yaml', blueprintKey: 'zot.yaml', clientId: 'zot' },
  blueprint: { text: TEXT, hash: hashOf(TEXT) },
} as unknown as Job;

const asked = { instance: 'i', knownTasks: [], lastApplied: '2026-01-01T00:00:00Z' };
const SOON = {
  timings: { pollMs: 1, applyAgainMs: 1, mountRefreshMs: 10_000 },
  authentik: { namespace: 'identity', externalSecret: {}, blueprints: {} },
};

/** Authentik whose instance is successful with our text, and whose applies end so, one after the other. */
function ending(...worst: readonly ApplyTask['worst'][]) {
  const tasks: ApplyTask[] = [];
  const end = (): void => {
    const id = String(tasks.length);
    tasks.unshift({ id, state: 'done', warnings: [`word ${id}`], worst: worst[tasks.length] });
  };
  end();
  const deps = {
    installation: { timings: { pollMs: 1, applyAgainMs: 10_000, mountRefreshMs: 1 }, authentik: { blueprints: {} } },
    authentik: {
      instancesByPath: async () => [
        {
          pk: 'i',
          path: 'custom/zot.yaml',
          enabled: true,
          status: 'successful',
          lastApplied: `2026-01-01T00:00:0${tasks.length}Z`,
          lastAppliedHash: hashOf(TEXT),
        },
      ],
      applyTasks: async () => [...tasks],
      apply: async () => end(),
    },
  } as unknown as Deps;
  const poll = (differences: readonly string[] = []) =>
    new MockActivityEnvironment().run(() => pollUntilApplied(deps, job, asked, async () => differences));
  return { deps, poll, applies: () => tasks.length };
}

describe('an apply that waits for what other work Authentik has', () => {
  /** Whose workers come to the first apply once so many more were asked for, which ends so, and then to those after these. */
  function busy(until: number, worst?: ApplyTask['worst']) {
    const asks: number[] = [];
    const { deps } = ending();
    const ends = (): boolean => asks.length >= until;
    const task = (id: number, state: string): ApplyTask => ({ id: String(id), state, warnings: [], worst: undefined });
    const authentik = {
      instancesByPath: async () => [
        {
          ...(await deps.authentik.instancesByPath('custom/zot.yaml'))[0],
          lastApplied: ends() ? `2026-01-01T00:00:0${asks.length}Z` : asked.lastApplied,
        },
      ],
      applyTasks: async () => [
        ...asks.map((ask) => task(ask, ask < until ? 'queued' : 'done')).toReversed(),
        { ...task(-1, ends() ? 'done' : 'running'), worst },
      ],
      apply: async () => void asks.push(asks.length),
    };
    const all = { ...deps, authentik, installation: { ...deps.installation, ...SOON } } as unknown as Deps;
    const poll = () => new MockActivityEnvironment().run(() => pollUntilApplied(all, job, asked, async () => []));
    return { poll, asks };
  }

  it('is waited for, however often it was asked for once more; the first that ends counts', async () => {
    const { poll, asks } = busy(6);
    expect(await poll()).toEqual({ status: 'successful' });
    expect(asks).toHaveLength(6);
  });

  it('that said an error at last has all its tries left', async () => {
    const { poll, asks } = busy(5, 'error');
    expect(await poll()).toEqual({ status: 'successful' });
    expect(asks).toHaveLength(6);
  });
});

describe('an apply of a text that reads the secret from a file', () => {
  const named = { vaultField: 'zot', secretKey: 'zot-key', envVar: 'ZOT', secretFile: '/s/zot-key' };
  const byFile = { ...job, names: { ...job.names, ...named } } as unknown as Job;

  it('has ended well once Authentik takes what the Secret holds; the vault is not asked', async () => {
    const { deps, applies } = ending(undefined, undefined, undefined);
    const held: string[] = [];
    const cluster = {
      externalSecrets: {
        glance: async () => ({ targetSecret: 'env' }),
        secretValue: async (...place: readonly string[]) => (held.push(place.slice(0, 3).join('/')), 'held'),
      },
    };
    const testSecret = async (_id: string, secret: unknown) => (secret === 'held' && applies() > 1 ? 'right' : 'wrong');
    const authentik = { ...deps.authentik, testSecret };
    const installation = { ...deps.installation, ...SOON };
    const all = { ...deps, ...cluster, authentik, installation } as unknown as Deps;

    await new MockActivityEnvironment().run(() => pollUntilApplied(all, byFile, asked, async () => []));

    expect(applies()).toBe(2);
    expect(held).toEqual(['identity/env/zot-key']);
  });
});

describe('an apply of a text that stands as it is', () => {
  it('has ended well, with what it warned of', async () => {
    const plain = ending(undefined);
    expect(await plain.poll()).toEqual({ status: 'successful' });
    const warned = ending('warning');
    expect(await warned.poll()).toEqual({
      status: 'successful',
      warned: 'Authentik says "successful", and of the apply "warning": word 0',
    });
    expect([plain.applies(), warned.applies()]).toEqual([1, 1]);
  });

  it('that logged an error is asked for again, until it is not well', async () => {
    const once = ending('error');
    expect(await once.poll()).toEqual({ status: 'successful' });
    expect(once.applies()).toBe(2);
    await expect(ending('error', 'error', 'error', 'error').poll()).rejects.toThrow(
      /was applied 4 times and never ended well: Authentik says "successful", and of the apply "error": word 3/,
    );
  });

  it('that warned is none where Authentik does not hold what is asked', async () => {
    const lacking = ending('warning', 'warning', 'warning', 'warning');
    await expect(lacking.poll(['it lacks a group'])).rejects.toThrow(
      'never ended well: successful, but it lacks a group',
    );
  });

  it('that takes no end of access is told with what to do', async () => {
    const differences = ['access of staff does not end, and is asked to be one that ends on 2027-06-30T18:00:00Z'];
    await expect(ending('warning', 'warning', 'warning', 'warning').poll(differences)).rejects.toMatchObject({
      remedy: expect.stringContaining('take "until" out of spec.access'),
    });
    await expect(ending('error', 'error', 'error', 'error').poll()).rejects.toMatchObject({
      remedy: expect.stringContaining('Mend what Authentik names'),
    });
  });
});
