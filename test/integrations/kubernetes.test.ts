import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import type { KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { FaultEffect } from '../../sandbox/faults/faults.ts';
import { CLUSTER_TOKEN, temporaryFolder, testCluster } from '../fixtures/clusters.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';

const NAMESPACE = 'identity';

function refOf(kind: string, name: string, apiVersion = 'v1'): ObjectRef {
  return { apiVersion, kind, namespace: NAMESPACE, name };
}

function configMap(name: string, data: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data };
}

const externalSecret: KubernetesObject = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'authentik', namespace: NAMESPACE },
  spec: { data: [] },
};

describe('objects', () => {
  test('what was created is read back, changed, and gone after a delete', async () => {
    const { cluster } = await testCluster();
    const created = await cluster.create(configMap('blueprints', { 'a.yaml': 'version: 1\n' }));
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await cluster.get(refOf('ConfigMap', 'blueprints'))).toEqual(created);

    await cluster.replace({ ...created, data: { 'b.yaml': 'ü' } });
    expect((await cluster.get(refOf('ConfigMap', 'blueprints')))?.['data']).toEqual({ 'b.yaml': 'ü' });

    await cluster.delete(refOf('ConfigMap', 'blueprints'));
    expect(await cluster.get(refOf('ConfigMap', 'blueprints'))).toBeUndefined();
    await cluster.delete(refOf('ConfigMap', 'blueprints'));
  });

  test('a name that is taken is a conflict, and so is a write over a stale version', async () => {
    const { cluster } = await testCluster();
    const first = await cluster.create(configMap('blueprints', { a: '1' }));
    expect(await errorOf(cluster.create(configMap('blueprints', { a: '2' })))).toMatchObject({
      kind: 'Conflict',
      status: 409,
    });
    await cluster.replace({ ...first, data: { a: '2' } });
    const stale = await errorOf(cluster.replace({ ...first, data: { a: '3' } }));
    expect(stale).toMatchObject({ system: 'Kubernetes', kind: 'Conflict', status: 409 });
    expect(stale.message).toContain('cluster edge: cannot update ConfigMap identity/blueprints');
    expect((await cluster.get(refOf('ConfigMap', 'blueprints')))?.['data']).toEqual({ a: '2' });
  });

  test('a delete with a stale version or another uid is a conflict and deletes nothing', async () => {
    const { cluster } = await testCluster();
    const first = await cluster.create(configMap('blueprints', { a: '1' }));
    const second = await cluster.replace({ ...first, data: { a: '2' } });
    const ref = refOf('ConfigMap', 'blueprints');
    const before = { resourceVersion: first.metadata.resourceVersion ?? '' };
    expect(await errorOf(cluster.delete(ref, before))).toMatchObject({ kind: 'Conflict' });
    expect(await errorOf(cluster.delete(ref, { uid: 'another' }))).toMatchObject({ kind: 'Conflict' });
    await cluster.delete(ref, { resourceVersion: second.metadata.resourceVersion ?? '' });
    expect(await cluster.get(ref)).toBeUndefined();
  });

  test('a merge patch changes what it names and takes away what it calls null', async () => {
    const { cluster } = await testCluster();
    await cluster.create({
      ...externalSecret,
      metadata: { ...externalSecret.metadata, annotations: { keep: 'yes', drop: 'yes' } },
    });
    const ref = refOf('ExternalSecret', 'authentik', 'external-secrets.io/v1');
    await cluster.mergePatch(ref, { metadata: { annotations: { 'force-sync': 'a', drop: null } } });
    const live = await cluster.get(ref);
    expect(live?.metadata.annotations).toEqual({ keep: 'yes', 'force-sync': 'a' });
    expect(live?.metadata.generation).toBe(1);
    expect(await errorOf(cluster.mergePatch({ ...ref, name: 'other' }, {}))).toMatchObject({ kind: 'NotFound' });
  });

  test('the status is written by its own address only', async () => {
    const { cluster } = await testCluster();
    const created = await cluster.create({ ...externalSecret, status: { refreshTime: 'now' } });
    expect(created['status']).toBeUndefined();
    const ref = refOf('ExternalSecret', 'authentik', 'external-secrets.io/v1');
    await cluster.mergePatch({ ...ref, subresource: 'status' }, { status: { refreshTime: 'then' } });
    await cluster.mergePatch(ref, { spec: { data: [{ secretKey: 'a' }] }, status: { refreshTime: 'never' } });
    const live = await cluster.get(ref);
    expect(live?.['status']).toEqual({ refreshTime: 'then' });
    expect(live?.metadata.generation).toBe(2);
  });

  test('a guarded JSON patch goes through on an absent path and is a conflict on a present one', async () => {
    const { cluster } = await testCluster();
    const ref = refOf('Application', 'authentik', 'argoproj.io/v1alpha1');
    await cluster.create({ ...ref, metadata: { name: 'authentik', namespace: NAMESPACE }, spec: {} });
    const guarded = [
      { op: 'test', path: '/operation', value: null },
      { op: 'add', path: '/operation', value: { sync: {} } },
    ] as const;
    await cluster.jsonPatch(ref, guarded);
    expect(await errorOf(cluster.jsonPatch(ref, guarded))).toMatchObject({ kind: 'Conflict', status: 422 });
  });

  test('a value that the API refuses is bad input, not a conflict that waiting mends', async () => {
    const { cluster, faults } = await testCluster();
    const body = {
      kind: 'Status',
      code: 422,
      reason: 'Invalid',
      message: 'Application.argoproj.io "authentik" is invalid: operation.sync.revision: Invalid value: "integer"',
    };
    faults.add({ system: 'kubernetes/edge', method: 'PATCH', effect: { kind: 'error', status: 422, body } });
    const ref = refOf('Application', 'authentik', 'argoproj.io/v1alpha1');
    const error = await errorOf(cluster.jsonPatch(ref, [{ op: 'add', path: '/operation', value: {} }]));
    expect(error).toMatchObject({ kind: 'BadInput', retryable: false });
    expect(error.message).toContain('operation.sync.revision');
  });

  test('cluster-wide kinds have no namespace in their address', async () => {
    const { cluster } = await testCluster();
    const kind = { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore' };
    await cluster.create({ ...kind, metadata: { name: 'vault' }, spec: { provider: {} } });
    expect((await cluster.get({ ...kind, namespace: '', name: 'vault' }))?.['spec']).toEqual({ provider: {} });
    expect(await cluster.list({ ...kind, namespace: '' })).toHaveLength(1);
  });
});

describe('lists', () => {
  test('more objects than a page holds come all, each once, with apiVersion and kind', async () => {
    const { cluster, standIn, faults } = await testCluster();
    const kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, status: false };
    for (let i = 0; i < 1203; i += 1) standIn.store.create(kind, NAMESPACE, configMap(`map-${i}`, {}));
    standIn.store.create(kind, 'elsewhere', configMap('not-ours', {}));
    const asked: string[] = [];
    const strike = faults.strike.bind(faults);
    faults.strike = (system, request) => {
      asked.push(request.path);
      return strike(system, request);
    };
    const found = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE });
    expect(asked).toHaveLength(3);
    expect(new Set(found.map((object) => object.metadata.name)).size).toBe(1203);
    expect(found[700]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  test('labels and fields select', async () => {
    const { cluster } = await testCluster();
    for (const app of ['a', 'b']) {
      const object = configMap(`map-${app}`, {});
      await cluster.create({ ...object, metadata: { ...object.metadata, labels: { app, tier: 'x' } } });
    }
    const all = { apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE };
    const names = async (more: object): Promise<readonly string[]> =>
      (await cluster.list({ ...all, ...more })).map((object) => object.metadata.name);
    expect(await names({ labelSelector: 'app=b,tier=x' })).toEqual(['map-b']);
    expect(await names({ fieldSelector: 'metadata.name=map-a' })).toEqual(['map-a']);
    expect(await names({ labelSelector: 'app=c' })).toEqual([]);
  });

  test('a page that expired is tried again from the start by whoever retries', async () => {
    const { cluster, faults } = await testCluster();
    faults.add({
      system: 'kubernetes/edge',
      effect: { kind: 'error', status: 410, body: { kind: 'Status', reason: 'Expired' } },
    });
    const error = await errorOf(cluster.list({ apiVersion: 'v1', kind: 'Event', namespace: NAMESPACE }));
    expect(error).toMatchObject({ kind: 'Unavailable', retryable: true });
  });
});

describe('what goes wrong', () => {
  test('a wrong token is unauthorized, and so is a forbidden object', async () => {
    const { as, cluster, faults } = await testCluster();
    const wrong = await as('another-token');
    expect(await errorOf(wrong.get(refOf('Secret', 'authentik')))).toMatchObject({ kind: 'Unauthorized', status: 401 });
    const body = { kind: 'Status', code: 403, message: 'secrets "authentik" is forbidden' };
    faults.add({ system: 'kubernetes/edge', path: '/secrets/', effect: { kind: 'error', status: 403, body } });
    const error = await errorOf(cluster.get(refOf('Secret', 'authentik')));
    expect(error).toMatchObject({ kind: 'Unauthorized', status: 403 });
    expect(error.remedy).toContain('clusters.edge');
  });

  test('an API server that never answers is unavailable within the time limit', async () => {
    const { as, faults } = await testCluster();
    const impatient = await as(CLUSTER_TOKEN, 200);
    faults.add({ system: 'kubernetes/edge', effect: { kind: 'hang' } });
    const error = await errorOf(impatient.get(refOf('Secret', 'authentik')));
    expect(error).toMatchObject({ kind: 'Unavailable' });
    expect(error.message).toContain('does not answer GET /api/v1/namespaces/identity/secrets/authentik within 200 ms');
  });

  test('a body that stops in the middle is unavailable within the time limit', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"kind":');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cluster = await createCluster({ name: 'edge', kubeconfig: await kubeconfig(url), timeoutMs: 200 });
    expect(await errorOf(cluster.get(refOf('Secret', 'authentik')))).toMatchObject({ kind: 'Unavailable' });
  });

  test('a lost answer and a closed port are unavailable', async () => {
    const { cluster, faults, standIn } = await testCluster();
    faults.add({ system: 'kubernetes/edge', times: 1, effect: { kind: 'loseAnswer' } });
    const lost = await errorOf(cluster.create(configMap('blueprints', {})));
    expect(lost).toMatchObject({ kind: 'Unavailable' });
    // The work was done all the same.
    expect(await errorOf(cluster.create(configMap('blueprints', {})))).toMatchObject({ kind: 'Conflict' });
    await standIn.close();
    expect(await errorOf(cluster.get(refOf('Secret', 'authentik')))).toMatchObject({ kind: 'Unavailable' });
  });

  test('an answer that is not JSON is unavailable, whatever its status', async () => {
    const { cluster, faults } = await testCluster();
    faults.add({
      system: 'kubernetes/edge',
      effect: { kind: 'error', status: 502, body: '<html>bad gateway</html>' },
    });
    const error = await errorOf(cluster.get(refOf('ConfigMap', 'blueprints')));
    expect(error).toMatchObject({ kind: 'Unavailable', status: 502 });
    expect(error.message).not.toContain('html');
  });

  test('neither a token nor the value of a Secret is in any error', async () => {
    const { as, cluster, faults, standIn } = await testCluster();
    const value = 'c2VjcmV0LXZhbHVlLW5vYm9keS1tYXktc2Vl';
    await cluster.create({ ...configMap('authentik', { key: value }), kind: 'Secret' });
    const invalid = {
      kind: 'Status',
      message: `Secret "authentik" is invalid: data[key]: Invalid value: "${value}"`,
      reason: 'Invalid',
    };
    const ref = refOf('Secret', 'authentik');
    const struck = async (effect: FaultEffect) => {
      faults.add({ system: 'kubernetes/edge', times: 1, effect });
      return errorOf((await as(CLUSTER_TOKEN, 200)).mergePatch(ref, { data: { key: value } }));
    };
    const errors = [
      await struck({ kind: 'error', status: 422, body: invalid }),
      await struck({ kind: 'error', status: 500, body: value }),
      await struck({ kind: 'hang' }),
      await struck({ kind: 'loseAnswer' }),
      await struck({ kind: 'conflict' }),
    ];
    await standIn.close();
    errors.push(await errorOf(cluster.get(ref)));
    for (const error of errors) {
      expect(everythingOf(error)).not.toContain(value);
      expect(everythingOf(error)).not.toContain(CLUSTER_TOKEN);
    }
    expect(errors[0]?.message).toContain('422 Invalid');
  });
});

async function kubeconfig(server: string, context = 'here'): Promise<string> {
  const file = path.join(await temporaryFolder(), 'kubeconfig');
  const text = {
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: CLUSTER_TOKEN } }],
    contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
    'current-context': context,
  };
  await writeFile(file, JSON.stringify(text));
  return file;
}

describe('kubeconfigs', () => {
  test('a context that the kubeconfig does not have is bad input', async () => {
    const file = await kubeconfig('http://127.0.0.1:1');
    const options = { name: 'edge', kubeconfig: file, context: 'there', timeoutMs: 100 };
    const error = await errorOf(createCluster(options));
    expect(error).toMatchObject({ kind: 'BadInput' });
    expect(error.message).toContain('"there"');
  });

  test('a kubeconfig that does not parse or does not exist is bad input, and shows none of its lines', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'broken');
    await writeFile(file, `users:\n- name: u\n  user:\n    token: ${CLUSTER_TOKEN}\n   broken: [\n`);
    const broken = await errorOf(createCluster({ name: 'edge', kubeconfig: file, timeoutMs: 100 }));
    expect(broken).toMatchObject({ kind: 'BadInput' });
    expect(everythingOf(broken)).not.toContain(CLUSTER_TOKEN);
    const missing = createCluster({ name: 'edge', kubeconfig: path.join(folder, 'none'), timeoutMs: 100 });
    expect(await errorOf(missing)).toMatchObject({ kind: 'BadInput' });
  });
});
