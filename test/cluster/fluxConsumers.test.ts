import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { Layout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister } from '../e2e/deregistering.ts';
import { useTestBed, type TestBed } from '../e2e/testBed.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { FLUX_WORLDS } from './backends.ts';
import { fluxLayout } from './flux/layout.ts';
import { garbageIsCollected } from '../fixtures/garbage.ts';
import { IDS } from '../../core/run/ids.ts';

// A service in a namespace of its own, with a Kustomization of its own, that reads the secret through its own ExternalSecret.

const NAME = 'photos';
const FILE = 'apps/photos/external-secret.yaml';
const live = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace: NAME, name: 'photos-oidc' };
const LAYOUT = await withService();

describe.each(FLUX_WORLDS)(
  "under Flux on $name, a service's own ExternalSecret",
  { timeout: 300_000 },
  ({ options }) => {
    let bed: TestBed;
    let before: unknown;
    useTestBed({ ...options, layout: LAYOUT }, (started) => {
      bed = started;
    });
    beforeAll(async () => {
      await garbageIsCollected(bed.world.cluster);
      await bed.world.settled();
      before = await bed.world.snapshot();
    });

    async function delivered(): Promise<readonly string[]> {
      const secret = await bed.world.cluster.get({ ...live, apiVersion: 'v1', kind: 'Secret' });
      return Object.values((secret?.['data'] ?? {}) as Readonly<Record<string, string>>).map((value) =>
        Buffer.from(value, 'base64').toString(),
      );
    }

    function inVault(): readonly string[] {
      const fields = bed.world.connect.store.all().flatMap((item) => item.fields);
      return fields.flatMap(({ label, value }) =>
        label === 'PHOTOS_OIDC_SECRET' && value !== undefined ? [value] : [],
      );
    }

    async function check(): Promise<readonly string[]> {
      const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(NAME), args: [{ client: NAME }] };
      const { findings }: CheckResult = await bed.client.workflow.execute('checkClient', options);
      return findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
    }

    it('is pruned again where the verification fails', async () => {
      await failStep(bed.world, 'verifyRegistration', { land: 'first', slug: NAME, mayApply: true });

      const failure = await bed.fail(NAME, registration());

      expect(failure.kept).toEqual([]);
      // Flux may have followed the revert before the undo came to look.
      expect(await bed.world.cluster.get(live)).toBeUndefined();
      await bed.expectAsBefore(before);
    });

    it('brings the secret to the service', async () => {
      const result = await bed.register(NAME, registration());

      expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['registered', []]);
      expect(await delivered()).toEqual(inVault());
      await bed.world.repository.commitAs('ada', { [`clients/${NAME}.yaml`]: stringify(registration()) }, 'As asked');
      await bed.world.settled();
      expect(await check()).toEqual([]);
    });

    it('that somebody has changed live is found by a check, and a repair brings it back', async () => {
      const remoteRef = { key: 'authentik', property: 'SECRET_KEY' };
      await bed.world.cluster.mergePatch(live, { spec: { data: [{ secretKey: 'clientSecret', remoteRef }] } });
      expect((await check()).join()).toContain('ExternalSecret photos/photos-oidc of cluster harbour is otherwise at');

      expect((await bed.register(NAME, { client: NAME, repair: true })).outcome).toBe('repaired');

      expect(await delivered()).toEqual(inVault());
      expect(await check()).toEqual([]);
    });

    it('is refreshed by a rotation', async () => {
      const old = inVault();
      expect((await bed.rotate(NAME)).outcome).toBe('rotated');
      expect(inVault()).not.toEqual(old);
      expect(await delivered()).toEqual(inVault());
    });

    it('goes with the client', async () => {
      const result = await deregister(bed, NAME, { client: NAME, purge: true });

      expect(result.removed).toContain('ExternalSecret photos/photos-oidc of cluster harbour');
      await expect(bed.world.repository.read(FILE)).rejects.toThrow();
      await bed.expectAsBefore(before);
    });
  },
);

function registration(): RegistrationInput {
  const { spec, ...client } = clientNamed(NAME, 'flux');
  const service = {
    kind: 'externalSecret' as const,
    file: FILE,
    kustomization: 'apps/photos/kustomization.yaml',
    name: live.name,
    namespace: live.namespace,
    fluxKustomization: NAME,
    secretStoreRef: { name: 'onepassword' },
  };
  return { ...client, spec: { ...spec, consumers: [service] } };
}

async function withService(): Promise<Layout> {
  const layout = await fluxLayout();
  const kustomization = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: NAME, namespace: 'flux-system' },
    spec: {
      interval: '30m',
      retryInterval: '1m',
      path: './apps/photos',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
    },
  };
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'photos', namespace: NAME },
    data: { of: 'photos' },
  };
  return {
    ...layout,
    furtherNamespace: NAME,
    files: {
      ...layout.files,
      'clusters/harbour/photos.yaml': stringify(kustomization),
      'apps/photos/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - settings.yaml\n',
      'apps/photos/settings.yaml': stringify(settings),
    },
  };
}
