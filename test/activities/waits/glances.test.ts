import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { waitForRollout } from '../../../activities/waits/rollout.ts';
import { type SecretKey, waitForSecret } from '../../../activities/waits/secretValue.ts';
import { Secret } from '../../../core/base/secret.ts';
import type { Job } from '../../../core/run/job.ts';

const JOB = { client: 'zot', changeId: 'change', land: 'last', names: { vaultField: 'zot' } } as unknown as Job;
const NEVER_MS = 3_600_000;

function installation(forceSyncMs: number): Deps['installation'] {
  const authentik = { namespace: 'sso', deployment: { name: 'worker' } };
  return { timings: { pollMs: 2, forceSyncMs }, authentik } as unknown as Deps['installation'];
}

/** Sentences that an activity waited with. */
async function waitingOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const env = new MockActivityEnvironment({ heartbeatTimeoutMs: 0 });
  const told: string[] = [];
  env.on('heartbeat', ({ waiting }: { readonly waiting: string }) => told.push(waiting));
  await env.run(act);
  return told;
}

describe('a roll-out that is waited for', () => {
  const COMPLETE = { complete: true, failure: undefined, summary: 'all', currentPods: ['a'] };

  /** By its Deployment alone it is under way for so many looks. */
  function rollingOut(looks: number, forceSyncMs: number) {
    const asked: string[] = [];
    const glance = async () => {
      asked.push('glance');
      return asked.length > looks ? COMPLETE : { underWay: 'one of two pods updated' };
    };
    const rollout = async () => {
      asked.push('rollout');
      return { ...COMPLETE, complete: false, failure: 'ImagePullBackOff in pod b' };
    };
    const deps = { installation: installation(forceSyncMs), deployments: { glance, rollout } } as unknown as Deps;
    return { deps, asked };
  }

  it('is told by the Deployment until that shows its end, and by its pods once, then', async () => {
    const { deps, asked } = rollingOut(3, NEVER_MS);
    expect(await waitingOf(async () => expect(await waitForRollout(deps, JOB)).toBe(COMPLETE))).toHaveLength(3);
    expect(asked).toEqual(['glance', 'glance', 'glance', 'glance']);
  });

  it('is asked of its pods once in a while, which tell why one does not start', async () => {
    const { deps, asked } = rollingOut(NEVER_MS, 8);
    await expect(waitingOf(() => waitForRollout(deps, JOB))).rejects.toThrow('ImagePullBackOff in pod b');
    expect(asked.filter((each) => each === 'rollout')).toHaveLength(1);
  });
});

describe('a Secret that is waited for', () => {
  const FIELDS = [{ id: 'f', label: 'zot', value: new Secret('value'.repeat(8)) }];
  const REFRESHED = { seen: true, ready: true, targetSecret: 'env' };

  /** An ExternalSecret that is refreshed well after so many looks at it. */
  function refreshing(looks: number, forceSyncMs: number, whole: object) {
    const asked: string[] = [];
    const externalSecrets = {
      read: async () => (asked.push('read'), { ...whole }),
      forceSync: async () => undefined,
    };
    const secret = {
      label: 'ExternalSecret env',
      ref: { namespace: 'sso', name: 'env' },
      externalSecrets,
      key: 'zot',
      read: async () => (asked.push('glance'), asked.length > looks ? REFRESHED : { ...REFRESHED, ready: false }),
      isRight: async () => true,
    } as unknown as SecretKey;
    const vault = { read: async () => ({ system: '1Password', place: 'item', fields: FIELDS }) };
    const deps = { installation: installation(forceSyncMs), vault } as unknown as Deps;
    return { wait: () => waitingOf(() => waitForSecret(deps, JOB, secret)), asked };
  }

  const FAILED = { message: 'no field zot', count: 3, at: '2026-11-30T12:00:00Z' };

  it('is told by the object alone where it comes soon', async () => {
    const { wait, asked } = refreshing(2, NEVER_MS, {});
    expect(await wait()).toEqual(
      Array.from(
        { length: 2 },
        () => "the Secret env of ExternalSecret env does not hold the vault's value under zot yet",
      ),
    );
    expect(asked).toEqual(['glance', 'glance', 'glance']);
  });

  it('is told with why it does not come, once that was asked for, until it comes', async () => {
    const { wait } = refreshing(30, 16, { store: { ready: true }, lastFailure: FAILED });
    const told = await wait();
    expect(told.at(-1)).toBe('External Secrets could not refresh ExternalSecret env (try 3): no field zot');
  });

  it('is not waited for where its store is broken', async () => {
    const store = { kind: 'SecretStore', name: 'vault', ready: false, message: 'no token' };
    const { wait } = refreshing(NEVER_MS, 8, { store });
    await expect(wait()).rejects.toThrow('SecretStore vault of ExternalSecret env is not Ready: no token');
  });
});
