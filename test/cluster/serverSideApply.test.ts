import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FieldsV1, ManagedFieldsEntry } from '../../core/kubernetes/managedFields.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { createApplyingCluster, type ApplyingCluster } from '../../sandbox/kubernetes/applyingCluster.ts';
import type { World } from '../../sandbox/world/world.ts';
import { BACKENDS } from './backends.ts';
import { startWorld } from './startWorld.ts';

const NAMESPACE = 'identity';

describe.each(BACKENDS)('server-side apply on $name', ({ options }) => {
  let world: World;
  let one: ApplyingCluster;
  let two: ApplyingCluster;
  beforeAll(async () => {
    world = await startWorld(options);
    const kubeconfig = path.join(world.dir, 'controllers-edge.kubeconfig');
    const as = (fieldManager: string): Promise<ApplyingCluster> =>
      createApplyingCluster({ name: 'edge', kubeconfig, timeoutMs: 10_000, fieldManager });
    [one, two] = [await as('one'), await as('two')];
  });
  afterAll(async () => world?.destroy());

  const map = (name: string, data: Record<string, string>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: NAMESPACE },
    data,
  });
  const live = async ({ apiVersion, kind, metadata: { name } }: KubernetesObject): Promise<KubernetesObject> => {
    const object = await one.get({ apiVersion, kind, namespace: NAMESPACE, name });
    if (object === undefined) throw new Error(`no ${kind} ${name}`);
    return object;
  };

  it('adds a key beside those of others, and of less takes it away again', async () => {
    await one.apply(map('beside', { one: '1' }));
    await two.apply(map('beside', { two: '2' }));
    expect((await live(map('beside', {})))['data']).toEqual({ one: '1', two: '2' });

    await two.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'beside', namespace: NAMESPACE } });

    const left = await live(map('beside', {}));
    expect(left['data']).toEqual({ one: '1' });
    expect(managersOf(left, ['f:data'])).toEqual(['one']);
  });

  it("is a conflict over another manager's value, asked by a dry run as well, and with force it is taken over", async () => {
    await one.apply(map('disputed', { key: 'a', other: 'a' }));
    const conflicts = [{ manager: 'one', field: '.data.key' }];
    expect(await two.apply(map('disputed', { key: 'b' }), { dryRun: true })).toEqual({ conflicts });
    expect(await two.apply(map('disputed', { key: 'b' }))).toEqual({ conflicts });
    expect(await two.apply(map('disputed', { key: 'a' }), { dryRun: true })).toHaveProperty('object');

    await two.apply(map('disputed', { key: 'b' }), { force: true });

    const after = await live(map('disputed', {}));
    expect(after['data']).toEqual({ key: 'b', other: 'a' });
    expect(managersOf(after, ['f:data', 'f:key'])).toEqual(['two']);
  });

  it('names an update and its manager as well, and each field of a conflict in several', async () => {
    await one.create(map('updated', { a: '1', b: '1' }));
    expect(await two.apply(map('updated', { a: '2', b: '2' }))).toEqual({
      conflicts: [
        { manager: 'one', field: '.data.a' },
        { manager: 'one', field: '.data.b' },
      ],
    });
  });

  it('of an older version is a conflict that a repetition mends', async () => {
    await one.apply(map('versioned', { a: '1' }));
    const { resourceVersion = '' } = (await live(map('versioned', {}))).metadata;
    await one.mergePatch(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'versioned' },
      { data: { b: '1' } },
    );
    const old = {
      ...map('versioned', { c: '1' }),
      metadata: { name: 'versioned', namespace: NAMESPACE, resourceVersion },
    };
    await expect(two.apply(old)).rejects.toMatchObject({ kind: 'Conflict', status: 409 });
  });

  describe('of an environment variable', () => {
    const deployment = (names: readonly string[], whole = false): KubernetesObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'applied', namespace: NAMESPACE },
      spec: {
        ...(whole ? { replicas: 0, selector: { matchLabels: { app: 'applied' } } } : {}),
        template: {
          ...(whole ? { metadata: { labels: { app: 'applied' } } } : {}),
          spec: {
            containers: [
              {
                name: 'worker',
                ...(whole ? { image: 'app:1' } : {}),
                env: names.map((name) => ({
                  name,
                  valueFrom: { secretKeyRef: { name: 'secrets', key: name.toLowerCase() } },
                })),
              },
            ],
          },
        },
      },
    });
    const env = async (): Promise<readonly string[]> => {
      const [container] = (await live(deployment([])))['spec'].template.spec.containers;
      return container.env.map((entry: { name: string }) => entry.name);
    };

    it('merges by name; of less it takes away its own, and leaves what another manager holds too', async () => {
      await one.apply(deployment(['A', 'SHARED'], true));
      expect(await two.apply(deployment(['SHARED', 'OURS']))).toHaveProperty('object');
      expect(await env()).toEqual(['A', 'SHARED', 'OURS']);
      const entry = (name: string) => [
        'f:spec',
        'f:template',
        'f:spec',
        'f:containers',
        'k:{"name":"worker"}',
        'f:env',
        `k:{"name":"${name}"}`,
      ];
      const during = await live(deployment([]));
      expect(managersOf(during, entry('SHARED'))).toEqual(['one', 'two']);
      expect(managersOf(during, entry('OURS'))).toEqual(['two']);

      await two.apply({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'applied', namespace: NAMESPACE },
      });

      expect(await env()).toEqual(['A', 'SHARED']);
      expect(managersOf(await live(deployment([])), entry('SHARED'))).toEqual(['one']);
    });
  });

  it('of an entry of spec.data is of the whole list: a conflict with whoever applied it', async () => {
    const secret = (...keys: readonly string[]): KubernetesObject => ({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'applied', namespace: NAMESPACE },
      spec: {
        refreshInterval: '1h0m0s',
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-orchard' },
        target: { name: 'applied' },
        data: keys.map((secretKey) => ({ secretKey, remoteRef: { key: 'Authentik (orchard)', property: secretKey } })),
      },
    });
    const list = (...keys: readonly string[]): KubernetesObject => ({
      ...secret(),
      spec: { data: secret(...keys)['spec'].data },
    });
    await one.apply(secret('secret-key'));
    expect(await two.apply(list('secret-key', 'database-password'))).toEqual({
      conflicts: [{ manager: 'one', field: '.spec.data' }],
    });

    await two.apply(list('secret-key', 'database-password'), { force: true });

    const after = await live(secret());
    expect(after['spec'].data).toHaveLength(2);
    expect(managersOf(after, ['f:spec', 'f:data'])).toEqual(['two']);
    await one.delete({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      namespace: NAMESPACE,
      name: 'applied',
    });
  });
});

/** Managers that hold a field, or anything below it, each once. */
function managersOf({ metadata }: KubernetesObject, path: readonly string[]): readonly string[] {
  const holding = ((metadata.managedFields ?? []) as readonly ManagedFieldsEntry[]).filter(
    ({ fieldsV1 }) => fieldsV1 !== undefined && path.reduce<FieldsV1 | undefined>((at, key) => at?.[key], fieldsV1),
  );
  return [...new Set(holding.map((entry) => entry.manager ?? 'somebody'))];
}
