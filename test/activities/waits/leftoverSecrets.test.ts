import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { withLeftoverSecret } from '../../../activities/waits/consumerSecret.ts';
import type { ConsumerPlace } from '../../../activities/deploy/consumers/place.ts';
import type { Deps } from '../../../activities/deps.ts';
import { withLeftoverKey } from '../../../activities/waits/ownSecret.ts';
import type { Job } from '../../../core/run/job.ts';

const JOB = {
  names: { secretKey: 'zot-secret' },
  edits: [{ entry: 'externalSecret', kind: 'changed' }],
} as unknown as Job;
const PLACE = {
  consumer: { secretKey: 'zot-secret', keys: {}, target: { name: 'zot', creationPolicy: 'Orphan' } },
  ref: { namespace: 'registry', name: 'zot' },
} as unknown as ConsumerPlace;

/** A key that stays in its Secret; the activity is cancelled at the first look at it. */
function lingering(env: MockActivityEnvironment): { readonly deps: Deps; readonly looks: string[] } {
  const looks: string[] = [];
  const externalSecrets = {
    glance: async () => ({ targetSecret: 'authentik' }),
    secretValue: async (namespace: string, name: string) => {
      looks.push(`${namespace}/${name}`);
      env.cancel();
      return 'value';
    },
  };
  const deps = {
    installation: {
      authentik: { cluster: 'hub', namespace: 'sso', externalSecret: { name: 'authentik' } },
      timings: { pollMs: 5 },
    },
    externalSecrets,
    consumerCluster: async () => ({ externalSecrets }),
  };
  return { deps: deps as unknown as Deps, looks };
}

test.each<[string, (deps: Deps) => Promise<unknown>, string]>([
  ["Authentik's Secret", (deps) => withLeftoverKey(deps, JOB, { kept: [], blocks: false }), 'sso/authentik'],
  ["a consumer's Secret", (deps) => withLeftoverSecret(deps, PLACE), 'registry/zot'],
])('a cancel ends the wait for a key to go from %s', async (_name, look, secret) => {
  const env = new MockActivityEnvironment({ heartbeatTimeoutMs: 0 });
  const { deps, looks } = lingering(env);
  await expect(env.run(() => look(deps))).rejects.toBeInstanceOf(CancelledFailure);
  expect(looks).toEqual([secret]);
});
