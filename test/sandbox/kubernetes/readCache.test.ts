import { expect, it } from 'vitest';
import type { ApplyingCluster } from '../../../sandbox/kubernetes/applyingCluster.ts';
import { readIn } from '../../../sandbox/kubernetes/readCache.ts';
import { RESOURCE_KINDS } from '../../../sandbox/kubernetes/resourceKinds.ts';
import { Store } from '../../../sandbox/kubernetes/store.ts';

const PODS = RESOURCE_KINDS.find(({ kind }) => kind === 'Pod') as (typeof RESOURCE_KINDS)[number];
const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'a' };

function podIn(store: Store, name: string, app: string): void {
  store.create(PODS, 'a', { ...pods, metadata: { name, labels: { app } } });
}

it('reads what the API server stores at that moment, and lets nobody change what others read', async () => {
  const store = new Store();
  const read = readIn(store, {} as ApplyingCluster);
  podIn(store, 'b', 'one');
  podIn(store, 'a', 'one');
  podIn(store, 'c', 'two');
  expect((await read.list(pods)).map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
  expect((await read.list({ ...pods, labelSelector: 'app=one' })).map(({ metadata }) => metadata.name)).toEqual([
    'a',
    'b',
  ]);
  expect(await read.list({ ...pods, namespace: 'other' })).toEqual([]);

  const ref = { ...pods, name: 'a' };
  const first = await read.get(ref);
  expect(await read.get(ref)).toBe(first);
  expect(() => Object.assign(first?.metadata ?? {}, { name: 'other' })).toThrow(TypeError);
  store.replace(PODS, 'a', { ...structuredClone(first as NonNullable<typeof first>), spec: { nodeName: 'node' } });
  expect((await read.get(ref))?.['spec']).toEqual({ nodeName: 'node' });
  expect(first?.['spec']).toBeUndefined();
  store.delete(PODS, 'a', 'a', undefined, 0);
  expect(await read.get(ref)).toBeUndefined();
});

it('lists what stands in no namespace, whichever is named', async () => {
  const store = new Store();
  const kind = RESOURCE_KINDS.find((each) => each.kind === 'Namespace');
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
  store.create(kind as NonNullable<typeof kind>, '', object);
  const read = readIn(store, {} as ApplyingCluster);
  for (const namespace of ['', 'other'])
    expect(await read.list({ apiVersion: 'v1', kind: 'Namespace', namespace })).toHaveLength(1);
});

it('asks the API server for what it does not serve', async () => {
  const refused = new Error('404 page not found');
  const cluster = { get: async () => Promise.reject(refused), list: async () => Promise.reject(refused) };
  const read = readIn(new Store(), cluster as unknown as ApplyingCluster);
  const foreign = { apiVersion: 'example.test/v1', kind: 'Pod', namespace: 'a' };
  await expect(read.get({ ...foreign, name: 'a' })).rejects.toBe(refused);
  await expect(read.list(foreign)).rejects.toBe(refused);
});
