import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { withLeftoverSecret } from '../../../activities/waits/consumerSecret.ts';
import type { ConsumerPlace } from '../../../activities/deploy/consumers/place.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { withLeftoverKey } from '../../../activities/waits/ownSecret.ts';
import type { UndoRemainder } from '../../../activities/kit/undoJournal.ts';
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
function lingering(
  env: MockActivityEnvironment,
  answer: () => Promise<string> = async () => {
    env.cancel();
    return 'value';
  },
): { readonly deps: Deps; readonly looks: string[] } {
  const looks: string[] = [];
  const externalSecrets = {
    glance: async () => ({ targetSecret: 'authentik' }),
    secretValue: async (namespace: string, name: string) => {
      looks.push(`${namespace}/${name}`);
      return answer();
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

test.each<[string, (deps: Deps) => Promise<UndoRemainder>, string]>([
  ["Authentik's Secret", (deps) => withLeftoverKey(deps, JOB, { kept: [], blocks: false }), 'sso/authentik'],
  ["a consumer's Secret", (deps) => withLeftoverSecret(deps, PLACE), 'registry/zot'],
])('%s that may not be read is listed, for what is not known may be there', async (_name, look, secret) => {
  const env = new MockActivityEnvironment();
  const refusal = new RegistrarError({
    system: 'Kubernetes',
    kind: 'Unauthorized',
    message: 'cluster hub answered 403',
    remedy: 'Grant it.',
  });
  const { deps } = lingering(env, () => Promise.reject(refusal));
  const { kept } = await env.run<[], UndoRemainder, () => Promise<UndoRemainder>>(async () => look(deps));
  expect(kept).toEqual([
    {
      what: `key zot-secret of Secret ${secret}`,
      why: expect.stringMatching(/^whether it is still there could not be looked at: cluster hub answered 403\. ./),
      remedy: expect.stringContaining('kubectl'),
    },
  ]);
});
