import { describe, expect, test } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { assertMounted } from '../../../activities/preflight/secretMount.ts';
import type { SharedObjects } from '../../../activities/preflight/world.ts';

const deployment = { file: 'worker.yaml', name: 'authentik-worker', container: 'worker' };
const authentik = { delivery: 'file', secretFolder: '/s', namespace: 'identity', externalSecret: {}, blueprints: {} };
const deps = { installation: { authentik: { ...authentik, deployment } } } as unknown as Pick<Deps, 'installation'>;

/** Judges a live worker that mounts this volume of a Secret at /s. */
function judged(secret: object): () => void {
  const spec = {
    containers: [{ name: 'worker', volumeMounts: [{ name: 'secrets', mountPath: '/s/' }] }],
    volumes: [{ name: 'secrets', secret }],
  };
  const live = { externalSecret: { targetSecret: 'authentik-env' }, deployment: { spec: { template: { spec } } } };
  return () => assertMounted(deps, live as unknown as SharedObjects);
}

describe('the live mount of the client secrets', () => {
  const items = [{ key: 'wiki', path: 'wiki' }];

  test('is well where the whole Secret is mounted', () => {
    expect(judged({ secretName: 'authentik-env' })).not.toThrow();
  });

  test('is well by single keys, to which the job adds its own', () => {
    expect(judged({ secretName: 'authentik-env', items })).not.toThrow();
  });

  test('of another Secret is refused with the lines to add', () => {
    expect(judged({ secretName: 'other' })).toThrow(
      expect.objectContaining({
        kind: 'Refused',
        message:
          'Deployment authentik-worker does not have the client secrets as files: its container worker mounts Secret other at /s, not authentik-env',
        remedy: expect.stringContaining('mountPath: /s'),
      }),
    );
  });
});
