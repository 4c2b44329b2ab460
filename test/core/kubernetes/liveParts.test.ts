import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addedByHand, digestsOf, othersSince, ownPaths, partsOf } from '../../../core/kubernetes/liveParts.ts';
import type { Names } from '../../../core/names/names.ts';

type Edit = (live: Live) => void;
type Live = ReturnType<typeof deployment>;

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const names = {
  envVar: 'AUTHENTIK_ZOT_CLIENT_SECRET',
  secretKey: 'zot-client-secret',
  blueprintKey: 'zot.yaml',
} as Names;
const digest = (path: string, value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([path, value]))
    .digest('hex');

interface Variable {
  name: string;
  value?: string;
}

/** As a client-side apply left it: what Git says, and the defaults of the API server. */
function deployment() {
  const env: Variable[] = [
    { name: 'A', value: 'one' },
    { name: 'B', value: 'two' },
  ];
  const spec = {
    replicas: 2,
    template: {
      metadata: { labels: { app: 'authentik' }, annotations: {} as Record<string, string> },
      spec: {
        containers: [{ name: 'worker', image: 'server:1', env }] as {
          name: string;
          image: string;
          env: Variable[];
          imagePullPolicy?: string;
        }[],
        volumes: [{ name: 'blueprints', configMap: { name: 'blueprints' } }],
        serviceAccountName: 'authentik',
      } as {
        containers: { name: string; image: string; env: Variable[]; imagePullPolicy?: string }[];
        volumes: { name: string; emptyDir?: object; configMap?: object }[];
        serviceAccountName: string;
        dnsPolicy?: string;
      },
    },
  };
  const live = {
    metadata: { annotations: { [LAST_APPLIED]: JSON.stringify({ spec }) } as Record<string, string> },
    spec,
  };
  live.spec.template.spec.dnsPolicy = 'ClusterFirst';
  return live;
}

function since(edit: Edit): readonly string[] {
  const live = deployment();
  const before = digestsOf(partsOf('deployment', live, names, 'worker'), digest);
  edit(live);
  const parts = partsOf('deployment', live, names, 'worker');
  return [...othersSince(before, parts, digest), ...addedByHand(before, parts)];
}

/** A person deploys: the live object and what was applied last say so both. */
function deployed(edit: (spec: Live['spec']) => void): Edit {
  return (live) => {
    const last = JSON.parse(live.metadata.annotations[LAST_APPLIED] ?? '{}') as { spec: Live['spec'] };
    edit(last.spec);
    edit(live.spec);
    live.metadata.annotations[LAST_APPLIED] = JSON.stringify(last);
  };
}

const containerOf = (spec: Live['spec']) => spec.template.spec.containers[0] as { image: string; env: Variable[] };

describe('of a Deployment, nobody has deployed where', () => {
  it.each<[string, Edit]>([
    ['nothing has changed', () => undefined],
    ['Reloader adds a variable', ({ spec }) => containerOf(spec).env.push({ name: 'STAKATER_X', value: 'hash' })],
    ['Reloader adds one in front', ({ spec }) => containerOf(spec).env.unshift({ name: 'STAKATER_X', value: 'hash' })],
    ['Reloader annotates the pods', ({ spec }) => Object.assign(spec.template.metadata.annotations, { reloaded: 'x' })],
    ['an autoscaler scales', ({ spec }) => (spec.replicas = 7)],
    [
      'a webhook adds a side-car',
      ({ spec }) => spec.template.spec.containers.push({ name: 'mesh', image: 'm', env: [] }),
    ],
    ['a webhook adds a volume', ({ spec }) => spec.template.spec.volumes.push({ name: 'mesh', emptyDir: {} })],
    ['the API server knows a new default', ({ spec }) => (spec.template.spec.dnsPolicy = 'Default')],
    ['our own entry comes', ({ spec }) => containerOf(spec).env.push({ name: names.envVar, value: 'x' })],
  ])('%s', (_, edit) => {
    expect(since(edit)).toEqual([]);
  });
});

describe('of a Deployment, somebody has changed', () => {
  const container = '/spec/template/spec/containers/worker';
  it.each<[string, Edit, string]>([
    ['the image by hand', ({ spec }) => (containerOf(spec).image = 'server:2'), `${container}/image`],
    ['a variable by hand', ({ spec }) => (containerOf(spec).env[0] = { name: 'A', value: 'x' }), `${container}/env/A`],
    ['a variable that is gone', ({ spec }) => containerOf(spec).env.pop(), `${container}/env/B`],
    [
      'a variable by a deployment that adds it',
      deployed((spec) => void containerOf(spec).env.push({ name: 'C', value: 'x' })),
      `${container}/env/C`,
    ],
    [
      'a variable by a deployment that takes it out',
      deployed((spec) => void containerOf(spec).env.pop()),
      `${container}/env/B`,
    ],
    ['a volume', ({ spec }) => (spec.template.spec.volumes = []), '/spec/template/spec/volumes/blueprints'],
    [
      'the account',
      ({ spec }) => (spec.template.spec.serviceAccountName = 'x'),
      '/spec/template/spec/serviceAccountName',
    ],
    [
      'a label with signs of a pointer, by a deployment',
      deployed((spec) => void Object.assign(spec.template.metadata.labels, { 'a/b': 'c' })),
      '/spec/template/metadata/labels/a~1b',
    ],
  ])('%s', (_, edit, path) => {
    expect(since(edit)).toEqual([path]);
  });

  it.each([
    ['nothing tells', undefined],
    ['an annotation that cannot be read tells', '{"spec":'],
  ])('anything, where %s what was deployed', (_, annotation) => {
    const live = deployment();
    delete live.metadata.annotations[LAST_APPLIED];
    if (annotation !== undefined) live.metadata.annotations[LAST_APPLIED] = annotation;
    const before = digestsOf(partsOf('deployment', live, names, 'worker'), digest);
    containerOf(live.spec).env.push({ name: 'X', value: 'x' });
    expect(othersSince(before, partsOf('deployment', live, names, 'worker'), digest)).toEqual([
      '/spec/template/spec/containers/worker/env/X',
    ]);
  });

  it('what a manager holds by server-side apply, and not what another one updated', () => {
    const live = deployment();
    delete live.metadata.annotations[LAST_APPLIED];
    const env = (name: string) => ({
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"worker"}': { 'f:env': { [`k:{"name":"${name}"}`]: { '.': {}, 'f:value': {} } } },
            },
          },
        },
      },
    });
    const managed = (manager: string, operation: string, fieldsV1: object) => ({ manager, operation, fieldsV1 });
    const metadata = {
      ...live.metadata,
      managedFields: [managed('argocd-controller', 'Apply', env('A')), managed('reloader', 'Update', env('B'))],
    };
    const before = digestsOf(partsOf('deployment', { ...live, metadata } as never, names, 'worker'), digest);
    expect(Object.keys(before.others)).toEqual(['/spec/template/spec/containers/worker/env/A']);
  });
});

describe('of what has no controllers beside it', () => {
  const map = (data: Record<string, string>, last = data) => ({
    metadata: { annotations: { [LAST_APPLIED]: JSON.stringify({ data: last }) } },
    data,
  });
  const of = (object: Parameters<typeof partsOf>[1], holder: 'configMap' | 'externalSecret' = 'configMap') =>
    partsOf(holder, object, names, 'worker');

  it('a key that a person adds by hand counts, unless it was there before', () => {
    const before = digestsOf(of(map({ 'a.yaml': '1', 'hand.yaml': '2' }, { 'a.yaml': '1' })), digest);
    const now = of(map({ 'a.yaml': '1', 'hand.yaml': '2', 'new.yaml': '3' }, { 'a.yaml': '1' }));
    expect(othersSince(before, now, digest)).toEqual([]);
    expect(addedByHand(before, now)).toEqual(['/data/new.yaml']);
  });

  it('a list of an ExternalSecret is one value, our entry aside', () => {
    const secret = (...keys: readonly string[]) => ({
      metadata: {},
      spec: { refreshInterval: '1h', data: keys.map((secretKey) => ({ secretKey })) },
    });
    const before = digestsOf(of(secret('a'), 'externalSecret'), digest);
    expect(othersSince(before, of(secret('a', names.secretKey), 'externalSecret'), digest)).toEqual([]);
    expect(othersSince(before, of(secret('a', 'b'), 'externalSecret'), digest)).toEqual(['/spec/data']);
  });

  it('our entry has a digest of its own, and a path that people can read', () => {
    const { own, others } = digestsOf(of(map({ 'zot.yaml': 'text of ours' })), digest);
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(others).toEqual({});
    expect(ownPaths('configMap', names, 'worker')).toEqual(['/data/zot.yaml']);
  });

  it('where a client has two keys, one of them alone is another entry, and each has its path', () => {
    const kept = { ...names, keptId: { vaultField: 'id', secretKey: 'zot-id', envVar: 'ZOT_ID' } };
    const secret = (...keys: string[]) => ({ metadata: {}, spec: { data: keys.map((secretKey) => ({ secretKey })) } });
    const parts = (...keys: string[]) => partsOf('externalSecret', secret(...keys), kept, 'worker');
    const digests = (...keys: string[]) => digestsOf(parts(...keys), digest);
    const both = digests('a', 'zot-client-secret', 'zot-id');
    expect(digests('a')).toEqual({ others: both.others });
    for (const key of ['zot-client-secret', 'zot-id']) {
      expect(digests('a', key).own).toMatch(/^[0-9a-f]{64}$/);
      expect(digests('a', key).own).not.toBe(both.own);
    }
    expect(ownPaths('externalSecret', kept, 'worker', parts('zot-id').own)).toEqual([
      '/spec/data/zot-client-secret',
      '/spec/data/zot-id',
    ]);
    expect(ownPaths('deployment', kept, 'worker')).toEqual([
      '/spec/template/spec/containers/worker/env/AUTHENTIK_ZOT_CLIENT_SECRET',
      '/spec/template/spec/containers/worker/env/ZOT_ID',
    ]);
  });

  it('no text stands in what is kept', () => {
    const kept = JSON.stringify(digestsOf(partsOf('deployment', deployment(), names, 'worker'), digest));
    for (const value of ['one', 'two', 'server:1']) expect(kept).not.toContain(value);
  });
});
