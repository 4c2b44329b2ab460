import { describe, expect, it } from 'vitest';
import { isSubset } from '../../../core/kubernetes/isSubset.ts';
import { driftPaths, isAllowedDrift } from '../../../core/kubernetes/jsonDrift.ts';
import { sameDuration, sameQuantity } from '../../../core/kubernetes/kubernetesValues.ts';

const wanted = {
  replicas: 2,
  template: { spec: { containers: [{ name: 'worker', env: [{ name: 'A', value: 'b' }] }] } },
};
const live = {
  replicas: 2,
  revisionHistoryLimit: 10,
  template: {
    metadata: { annotations: { restartedAt: 'now' } },
    spec: { containers: [{ name: 'worker', imagePullPolicy: 'Always', env: [{ name: 'A', value: 'b' }] }] },
  },
};

describe('driftPaths and covers', () => {
  it('pass over what only the cluster says', () => {
    expect(driftPaths(wanted, live)).toEqual([]);
    expect(isSubset(live, wanted)).toBe(true);
    expect(isSubset(wanted, live)).toBe(false);
  });

  it.each<[string, unknown, unknown, readonly string[]]>([
    ['another value', { a: { b: 1 } }, { a: { b: 2 } }, ['/spec/a/b']],
    ['a missing field', { a: 'x' }, {}, ['/spec/a']],
    ['a text for a number', { a: 1 }, { a: '1' }, ['/spec/a']],
    ['an object for a list', { a: [1] }, { a: { 0: 1 } }, ['/spec/a']],
    ['a list for an object', { a: { 0: 1 } }, { a: [1] }, ['/spec/a']],
    ['nothing for an object', { a: { b: 1 } }, { a: null }, ['/spec/a']],
    ['a longer list', { a: [1] }, { a: [1, 2] }, ['/spec/a']],
    ['a shorter list', { a: [1, 2] }, { a: [1] }, ['/spec/a']],
    ['another order', { a: [1, 2] }, { a: [2, 1] }, ['/spec/a/0', '/spec/a/1']],
    ['keys with signs of a pointer', { 'a/b~c': 1 }, {}, ['/spec/a~1b~0c']],
    ['two at once', { a: 1, b: [{ c: 1 }] }, { b: [{ c: 2 }] }, ['/spec/a', '/spec/b/0/c']],
    ['everything', { a: 1 }, undefined, ['/spec']],
    ['an empty text among data', { note: '' }, {}, ['/spec/note']],
    [
      'a value of env that looks like an amount',
      { env: [{ value: '1000m' }] },
      { env: [{ value: '1' }] },
      ['/spec/env/0/value'],
    ],
    ['another amount', { limits: { cpu: '1000m' } }, { limits: { cpu: '2' } }, ['/spec/limits/cpu']],
    ['another time', { refreshInterval: '1h' }, { refreshInterval: '1h0m1s' }, ['/spec/refreshInterval']],
  ])('name the path, never the value, of %s', (_, mine, theirs, paths) => {
    expect(driftPaths(mine, theirs, '/spec')).toEqual(paths);
    expect(isSubset(theirs, mine)).toBe(false);
  });

  it.each<[string, unknown, unknown]>([
    ['amounts', { limits: { cpu: '1000m', memory: '1024Mi' } }, { limits: { cpu: '1', memory: '1Gi' } }],
    ['amounts as numbers', { requests: { cpu: 1, memory: 1024 } }, { requests: { cpu: '1', memory: '1Ki' } }],
    ['the size of a volume', { emptyDir: { sizeLimit: '1024Ki' } }, { emptyDir: { sizeLimit: '1Mi' } }],
    ['the refresh interval of an ExternalSecret', { refreshInterval: '1h' }, { refreshInterval: '1h0m0s' }],
    ['empty objects and lists', { resources: {}, volumes: [] }, {}],
    ['null, which unsets', { creationTimestamp: null }, { creationTimestamp: 'now' }],
    ['false and zero', { hostNetwork: false, minReadySeconds: 0 }, {}],
    ['an empty value of env', { env: [{ name: 'A', value: '' }] }, { env: [{ name: 'A' }] }],
  ])('pass over what the API server drops or rewrites: %s', (_, mine, theirs) => {
    expect(driftPaths(mine, theirs)).toEqual([]);
    expect(isSubset(theirs, mine)).toBe(true);
  });
});

describe('sameQuantity', () => {
  it.each([
    ['1', '1000m'],
    ['0.5', '500m'],
    ['1Gi', '1024Mi'],
    ['1G', '1000M'],
    ['1e3', '1k'],
    ['+1', '1'],
    ['.5', '500m'],
    ['100u', '0.1m'],
  ])('%s is %s', (one, other) => {
    expect(sameQuantity(one, other)).toBe(true);
  });

  it.each([
    ['1Gi', '1G'],
    ['1', '1001m'],
    ['', ''],
    ['x', 'x'],
    ['1 Gi', '1Gi'],
    ['undefined', '0'],
  ])('%j is not %j', (one, other) => {
    expect(sameQuantity(one, other)).toBe(false);
  });
});

describe('sameDuration', () => {
  it.each([
    ['1h', '1h0m0s'],
    ['60m', '1h0m0s'],
    ['90s', '1m30s'],
    ['1.5h', '90m'],
    ['0', '0s'],
    ['1500ms', '1.5s'],
  ])('%s is %s', (one, other) => {
    expect(sameDuration(one, other)).toBe(true);
  });

  it.each([
    ['1h', '1m'],
    ['1', '1'],
    ['undefined', '0'],
    ['1h', '1h '],
  ])('%j is not %j', (one, other) => {
    expect(sameDuration(one, other)).toBe(false);
  });
});

describe('isAllowedDrift', () => {
  it.each([
    ['/spec/env/1', '/spec/env/1', true],
    ['/spec/env/1/value', '/spec/env/1', true],
    ['/spec/env/1/value', '/spec/env/1/', true],
    ['/spec/env/11', '/spec/env/1', false],
    ['/spec/replicasOfOthers', '/spec/replicas', false],
    ['/data/zot.yaml', '/data/zot', false],
    ['/spec/env', '/spec/env/1', false],
    ['/data/a~1b', '/data/a', false],
    ['/spec/env/1', '/', true],
    ['/', '/', true],
    ['/', '/spec', false],
  ])('%s under %s: %s', (path, allowed, expected) => {
    expect(isAllowedDrift(path, [{ path: '/status' }, { path: allowed }])).toBe(expected);
  });
});
