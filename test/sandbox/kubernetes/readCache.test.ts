import { expect, it } from 'vitest';
import { cachedReads } from '../../../sandbox/kubernetes/readCache.ts';
import type { ApplyingCluster } from '../../../sandbox/kubernetes/applyingCluster.ts';

it('asks once a version, and lets nobody change what others read', async () => {
  let version = 1;
  let asked = 0;
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'it' } };
  const cluster = {
    get: async () => {
      asked += 1;
      return { ...object, metadata: { name: `it-${asked}` } };
    },
  } as unknown as ApplyingCluster;
  const cached = cachedReads(cluster, () => version);
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name: 'it' };

  const [first, second] = [await cached.get(ref), await cached.get(ref)];
  version = 2;
  const third = await cached.get(ref);

  expect([first, second, third].map((each) => each?.metadata.name)).toEqual(['it-1', 'it-1', 'it-2']);
  expect(() => Object.assign(first?.metadata ?? {}, { name: 'other' })).toThrow(TypeError);
});
