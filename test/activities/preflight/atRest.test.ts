import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Deps } from '../../../activities/deps.ts';
import { IDS } from '../../../core/run/ids.ts';
import { readCluster } from '../../../activities/preflight/cluster.ts';
import { readWorld } from '../../../activities/preflight/readWorld.ts';
import { assertMounted } from '../../../activities/preflight/secretMount.ts';
import type { ClusterFacts } from '../../../activities/preflight/world.ts';
import { readRotation } from '../../../activities/rotate/readRotation.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { Secret } from '../../../core/base/secret.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { attemptIn } from '../../fixtures/attempts.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const REQUEST = {
  input: { client: 'zot' },
  client: 'zot',
  changeId: '00000000-0000-4000-8000-000000000001',
  digest: '',
};
const FIELD = { id: 'f', label: 'zot-client-secret', value: new Secret('a'.repeat(32)), shown: undefined };

const forbidden = new RegistrarError({
  system: 'Kubernetes',
  kind: 'Unauthorized',
  message: 'cluster ringtail does not let the job read it',
  remedy: 'Give it the right.',
});

/** A client that nothing but its file and its vault field is there of. Authentik and the cluster say when they are asked. */
function systems(more: object = {}): { readonly deps: Deps; readonly asked: string[] } {
  const asked: string[] = [];
  const deps = {
    installation: installationSchema.parse({ ...caseInstallation, ...more }),
    git: {
      fetch: async () => undefined,
      head: async (branch: string) => (branch === 'main' ? 'base' : undefined),
      branches: async () => [],
      listFiles: async () => [],
      readFile: async (_commit: string, path: string) =>
        path === 'oidc-clients/zot.yaml' ? stringify(zotRegistration) : undefined,
    },
    runs: {
      idOf: IDS.client,
      findPlan: async () => undefined,
      registeredAs: async () => undefined,
      interruptedPlan: async () => undefined,
    },
    schedules: { read: async () => undefined },
    vault: { read: async () => ({ system: '1Password', place: 'item "x"', fields: [FIELD] }) },
    authentik: {
      permissions: async () => ({ missingView: [], apply: 'global' }),
      discoveryWarnings: async () => [],
      version: async () => '2026.5.0',
      secretDialect: async () => undefined,
      application: async () => {
        asked.push('what Authentik holds');
        throw forbidden;
      },
      group: async () => undefined,
      user: async () => undefined,
    },
    deployments: {
      async rollout() {
        asked.push('roll-out');
        return { complete: true, replicas: 1, env: [] };
      },
    },
    externalSecrets: { read: async () => ({ targetSecret: 'authentik', data: [] }) },
    cluster: { name: 'ringtail', get: async () => Promise.reject(forbidden) },
  };
  return { deps: deps as unknown as Deps, asked };
}

describe('a world that is read', () => {
  it.each([
    ['before a registration', (deps: Deps) => readWorld(deps, REQUEST)],
    ['before a rotation', (deps: Deps) => readRotation(deps, REQUEST)],
  ])('%s is at rest before Authentik is asked what it holds', async (_when, read) => {
    const { deps, asked } = systems();
    const seen = attemptIn(async () => undefined).run(() => read(deps));
    await expect(seen).rejects.toBe(forbidden);
    expect(asked).toEqual(['roll-out', 'what Authentik holds']);
  });

  it('holds a refusal of the cluster, which is judged in its turn', async () => {
    const { authentik } = caseInstallation;
    const { deps } = systems({ authentik: { ...authentik, delivery: 'file', secretFolder: '/s' } });
    const cluster: ClusterFacts = await attemptIn(async () => undefined).run(() => readCluster(deps));
    expect(() => assertMounted(deps, cluster)).toThrow(forbidden);
  });
});
