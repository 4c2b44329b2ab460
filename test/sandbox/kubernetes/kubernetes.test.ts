import { describe, expect, onTestFinished, test } from 'vitest';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { CLUSTER_TOKEN, testCluster, type TestCluster } from '../../fixtures/clusters.ts';
import { eventually } from '../../fixtures/polling.ts';

function configMap(name: string, data: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'identity' }, data };
}

const PATH = '/api/v1/namespaces/identity/configmaps';

interface Told {
  readonly type: string;
  readonly object: KubernetesObject & { readonly code?: number; readonly message?: string };
}

/** A watch as a client sees it: one JSON object a line. */
async function watched({ standIn }: TestCluster, query: string, path = PATH): Promise<Told[]> {
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const response = await fetch(`${standIn.url}${path}?watch=true&${query}`, {
    headers: { authorization: `Bearer ${CLUSTER_TOKEN}` },
    signal: ending.signal,
  });
  expect(response.status).toBe(200);
  const told: Told[] = [];
  void (async () => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      rest += Buffer.from(chunk as Uint8Array).toString('utf8');
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      told.push(...lines.map((line) => JSON.parse(line) as Told));
    }
  })().catch(() => undefined);
  return told;
}

function plain(told: readonly Told[]): readonly string[] {
  return told.map(({ type, object }) => `${type} ${object.metadata.name}`);
}

describe('a watch', () => {
  test('without a version tells what is there, then each change', async () => {
    const parts = await testCluster();
    const { cluster } = parts;
    const first = await cluster.create(configMap('a'));
    await cluster.create({ ...configMap('elsewhere'), metadata: { name: 'elsewhere', namespace: 'other' } });
    const told = await watched(parts, '');
    await cluster.replace({ ...first, data: { x: '1' } });
    await cluster.create(configMap('b'));
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: 'a' });
    await eventually(
      () => plain(told),
      (lines) => lines.length === 4,
    );
    expect(plain(told)).toEqual(['ADDED a', 'MODIFIED a', 'ADDED b', 'DELETED a']);
  });

  test('from a version tells what happened since, deletions included', async () => {
    const parts = await testCluster();
    const { cluster, standIn } = parts;
    await cluster.create(configMap('a'));
    await cluster.create(configMap('gone'));
    const since = standIn.store.version;
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: 'gone' });
    await cluster.create(configMap('b'));
    const told = await watched(parts, `resourceVersion=${since}`);
    await eventually(
      () => plain(told),
      (lines) => lines.length === 2,
    );
    expect(plain(told)).toEqual(['DELETED gone', 'ADDED b']);
  });

  test('from a version whose changes are no longer kept is answered 410 and ended', async () => {
    const parts = await testCluster();
    const created = await parts.cluster.create(configMap('a'));
    const kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true, status: false };
    const version = created.metadata.resourceVersion;
    const kept = await watched(parts, `resourceVersion=${version}`);
    for (let i = 0; i < 1001; i += 1) {
      parts.standIn.store.replace(kind, 'identity', configMap('a', { i: String(i) }));
    }
    const told = await watched(parts, `resourceVersion=${version}`);
    await eventually(
      () => told,
      (lines) => lines.length > 0,
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    // The one that was there all the time has missed nothing.
    await eventually(
      () => kept.length,
      (count) => count === 1001,
    );
  });

  test('obeys selectors, and needs a token as any request does', async () => {
    const parts = await testCluster();
    const told = await watched(parts, 'labelSelector=app%3Dzot');
    await parts.cluster.create(configMap('unlabelled'));
    const object = configMap('labelled');
    await parts.cluster.create({ ...object, metadata: { ...object.metadata, labels: { app: 'zot' } } });
    await eventually(
      () => plain(told),
      (lines) => lines.length === 1,
    );
    expect(plain(told)).toEqual(['ADDED labelled']);
    expect((await fetch(`${parts.standIn.url}${PATH}?watch=true`)).status).toBe(401);
    const unknown = await fetch(`${parts.standIn.url}/api/v1/namespaces/x/gadgets?watch=true`, {
      headers: { authorization: `Bearer ${CLUSTER_TOKEN}` },
    });
    expect(unknown.status).toBe(404);
  });
});

describe('the API server', () => {
  const ask = async ({ standIn }: TestCluster, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${standIn.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${CLUSTER_TOKEN}`, 'content-type': 'application/json' },
    });

  test('serves the discovery that general clients ask for first', async () => {
    const parts = await testCluster();
    const core = (await (await ask(parts, '/api/v1')).json()) as { resources: { name: string }[] };
    expect(core.resources.map(({ name }) => name)).toContain('configmaps');
    const secrets = (await (await ask(parts, '/apis/external-secrets.io/v1')).json()) as { groupVersion: string };
    expect(secrets.groupVersion).toBe('external-secrets.io/v1');
    expect((await ask(parts, '/apis/nobody.example/v1')).status).toBe(404);
  });

  test('refuses a name that is not the one in the address, and a body that is not JSON', async () => {
    const parts = await testCluster();
    await parts.cluster.create(configMap('a'));
    const other = await ask(parts, `${PATH}/a`, { method: 'PUT', body: JSON.stringify(configMap('b')) });
    expect(other.status).toBe(400);
    expect(((await other.json()) as { message: string }).message).toContain('does not match the name on the URL');
    expect((await ask(parts, `${PATH}/a`, { method: 'PUT', body: '{' })).status).toBe(400);
    expect((await ask(parts, `${PATH}/a`, { method: 'POST', body: '{}' })).status).toBe(405);
    expect((await ask(parts, `${PATH}/a`, { method: 'PATCH', body: '{}' })).status).toBe(415);
    expect((await ask(parts, `${PATH}/a/status`)).status).toBe(404);
  });

  test('moves the generation with the spec only, and the version with every real change only', async () => {
    const { cluster } = await testCluster();
    const kind = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' };
    const ref = { ...kind, namespace: 'identity', name: 'a' };
    const created = await cluster.create({ ...kind, metadata: { name: 'a', namespace: 'identity' }, spec: { x: 1 } });
    const labelled = await cluster.mergePatch(ref, { metadata: { labels: { a: 'b' } } });
    expect([created.metadata.generation, labelled.metadata.generation]).toEqual([1, 1]);
    expect(labelled.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
    const same = await cluster.mergePatch(ref, { metadata: { labels: { a: 'b' } }, spec: { x: 1 } });
    expect(same.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    expect((await cluster.mergePatch(ref, { spec: { x: 2 } })).metadata.generation).toBe(2);
  });

  test('collects what an owner owned, and what is made for an owner that is gone', async () => {
    const { cluster } = await testCluster();
    const owner = await cluster.create(configMap('owner'));
    const { apiVersion, kind, metadata } = owner;
    const ownerReferences = [{ apiVersion, kind, name: 'owner', uid: metadata.uid ?? '' }];
    const owned = (name: string): KubernetesObject => {
      const object = configMap(name);
      return { ...object, metadata: { ...object.metadata, ownerReferences } };
    };
    await cluster.create(owned('first'));
    await cluster.delete({ apiVersion, kind, namespace: 'identity', name: 'owner' });
    await cluster.create(owned('late'));
    expect(await cluster.list({ apiVersion, kind, namespace: 'identity' })).toEqual([]);
  });

  test('encodes stringData, and keeps what only the server may set', async () => {
    const { cluster } = await testCluster();
    const ref = { apiVersion: 'v1', kind: 'Secret', namespace: 'identity', name: 's' };
    const made = await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'identity' },
      stringData: { key: 'ü' },
    });
    expect(made['data']).toEqual({ key: Buffer.from('ü').toString('base64') });
    expect(made['stringData']).toBeUndefined();
    await cluster.mergePatch(ref, { metadata: { uid: 'forged', creationTimestamp: '1970-01-01T00:00:00Z' } });
    expect((await cluster.get(ref))?.metadata).toMatchObject({
      uid: made.metadata.uid,
      creationTimestamp: made.metadata.creationTimestamp,
    });
  });
});
