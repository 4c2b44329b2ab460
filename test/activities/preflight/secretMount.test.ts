import { describe, expect, test } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { checkSecretMount } from '../../../activities/preflight/secretMount.ts';
import type { DeployBy } from '../../../core/installation/deployBy.ts';

/** A live worker that mounts this volume of a Secret at /s. */
function withVolume(secret: object, deployBy: DeployBy = 'argocd'): Deps {
  const spec = {
    containers: [{ name: 'worker', volumeMounts: [{ name: 'secrets', mountPath: '/s/' }] }],
    volumes: [{ name: 'secrets', secret }],
  };
  const deployment = { file: 'worker.yaml', name: 'authentik-worker', container: 'worker' };
  return {
    installation: {
      authentik: {
        delivery: 'file',
        secretFolder: '/s',
        namespace: 'identity',
        externalSecret: { name: 'authentik' },
        blueprints: {},
        deployment,
        deployBy,
      },
    },
    externalSecrets: { read: async () => ({ targetSecret: 'authentik-env' }) },
    cluster: { get: async () => ({ spec: { template: { spec } } }) },
  } as unknown as Deps;
}

describe('the live mount of the client secrets', () => {
  const items = [{ key: 'wiki', path: 'wiki' }];

  test('is well where the whole Secret is mounted', async () => {
    await expect(checkSecretMount(withVolume({ secretName: 'authentik-env' }))).resolves.toBeUndefined();
  });

  test('is well by single keys, to which the job adds its own', async () => {
    await expect(checkSecretMount(withVolume({ secretName: 'authentik-env', items }))).resolves.toBeUndefined();
  });

  test('of another Secret is refused with the lines to add', async () => {
    await expect(checkSecretMount(withVolume({ secretName: 'other' }))).rejects.toMatchObject({
      kind: 'Refused',
      message:
        'Deployment authentik-worker does not have the client secrets as files: its container worker mounts Secret other at /s, not authentik-env',
      remedy: expect.stringContaining('mountPath: /s'),
    });
  });
});
