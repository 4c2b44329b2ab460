import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { createApplyingCluster, type ApplyingCluster } from '../../../sandbox/kubernetes/applyingCluster.ts';
import { CLUSTER_TOKEN, temporaryFolder, testCluster } from '../../fixtures/clusters.ts';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const META = { name: 'thing', namespace: 'identity' };
const map = (data: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: META,
  data,
});
const deployment = (env: readonly unknown[], container: object = { name: 'worker' }): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: META,
  spec: { template: { spec: { containers: [{ ...container, env }] } } },
});
const variable = (name: string, key = name.toLowerCase()) => ({
  name,
  valueFrom: { secretKeyRef: { name: 'secrets', key } },
});
const ref = ({ apiVersion, kind }: KubernetesObject) => ({ apiVersion, kind, ...META });

/** One stand-in, and a client for each field manager. */
async function managers(): Promise<(name: string) => Promise<ApplyingCluster>> {
  const { standIn } = await testCluster();
  const kubeconfig = path.join(await temporaryFolder(), 'kubeconfig');
  await writeFile(kubeconfig, standIn.kubeconfig(CLUSTER_TOKEN));
  return (fieldManager) => createApplyingCluster({ name: 'edge', kubeconfig, timeoutMs: 5_000, fieldManager });
}

function fieldsOf(object: KubernetesObject | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (object?.metadata.managedFields ?? []).map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]),
  );
}

describe('server-side apply', () => {
  test('makes what is not there, and notes who holds which field', async () => {
    const as = await managers();
    const one = await as('one');
    await one.apply(deployment([variable('A')], { name: 'worker', image: 'app' }));
    expect(fieldsOf(await one.get(ref(deployment([]))))).toEqual({
      'one Apply': {
        'f:spec': {
          'f:template': {
            'f:spec': {
              'f:containers': {
                'k:{"name":"worker"}': {
                  '.': {},
                  'f:name': {},
                  'f:image': {},
                  'f:env': {
                    'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:valueFrom': { 'f:secretKeyRef': {} } },
                  },
                },
              },
            },
          },
        },
      },
    });
  });

  test('of less takes away what only this manager held', async () => {
    const as = await managers();
    const [one, two] = [await as('one'), await as('two')];
    await one.apply(deployment([variable('A'), variable('B')], { name: 'worker', image: 'app' }));
    await two.apply(deployment([variable('B'), variable('C')]));

    await two.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: META });

    const left = await one.get(ref(deployment([])));
    expect(left?.['spec'].template.spec.containers).toEqual([
      { name: 'worker', image: 'app', env: [variable('A'), variable('B')] },
    ]);
    expect(Object.keys(fieldsOf(left))).toEqual(['one Apply']);
  });

  test("of another value than a manager's own is a conflict in the words of the API server; with force it is taken over", async () => {
    const as = await managers();
    const [one, two] = [await as('one'), await as('two')];
    await one.apply(map({ a: '1', b: '1' }));
    expect(await two.apply(map({ a: '1' }))).toHaveProperty('object');
    expect(await two.apply(map({ a: '2', b: '2' }))).toEqual({
      conflicts: [
        { manager: 'one', field: '.data.a' },
        { manager: 'one', field: '.data.b' },
      ],
    });
    expect((await one.get(ref(map({}))))?.['data']).toEqual({ a: '1', b: '1' });

    await two.apply(map({ a: '2' }), { force: true });

    const after = await one.get(ref(map({})));
    expect(after?.['data']).toEqual({ a: '2', b: '1' });
    expect(fieldsOf(after)).toEqual({
      'one Apply': { 'f:data': { 'f:b': {} } },
      'two Apply': { 'f:data': { 'f:a': {} } },
    });
  });

  test('meets what was written otherwise: an update holds what it changed, and takes it from others', async () => {
    const as = await managers();
    const [kubectl, ours] = [await as('kubectl-edit'), await as('ours')];
    await ours.apply(map({ a: '1' }));
    await kubectl.mergePatch(ref(map({})), { data: { a: '2' } });
    const outcome = await ours.apply(map({ a: '1' }));
    expect(outcome).toEqual({ conflicts: [{ manager: 'kubectl-edit', field: '.data.a' }] });
  });

  test('of a list of an ExternalSecret is of the whole list', async () => {
    const as = await managers();
    const [one, two] = [await as('one'), await as('two')];
    const secret = (...keys: readonly string[]): KubernetesObject => ({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: META,
      spec: { data: keys.map((secretKey) => ({ secretKey, remoteRef: { key: 'item', property: secretKey } })) },
    });
    await one.apply(secret('a'));
    expect(await two.apply(secret('a', 'b'))).toEqual({ conflicts: [{ manager: 'one', field: '.spec.data' }] });
    await two.apply(secret('a', 'b'), { force: true });
    expect((await one.get(ref(secret())))?.['spec'].data).toHaveLength(2);
  });

  test('as a dry run changes nothing; with an older version it is a conflict of another kind', async () => {
    const as = await managers();
    const one = await as('one');
    await one.apply(map({ a: '1' }));
    const first = await one.get(ref(map({})));

    const asked = await one.apply(map({ a: '2' }), { dryRun: true });

    expect('object' in asked && asked.object['data']).toEqual({ a: '2' });
    expect(await one.get(ref(map({})))).toEqual(first);
    await one.mergePatch(ref(map({})), { data: { b: '1' } });
    const old = { ...map({ a: '3' }), metadata: { ...META, resourceVersion: first?.metadata.resourceVersion ?? '' } };
    await expect(one.apply(old)).rejects.toMatchObject({ kind: 'Conflict', status: 409 });
  });

  test('again says nothing new and keeps the version', async () => {
    const as = await managers();
    const one = await as('one');
    await one.apply(map({ a: '1' }));
    const before = await one.get(ref(map({})));
    await one.apply(map({ a: '1' }));
    expect(await one.get(ref(map({})))).toEqual(before);
  });
});
