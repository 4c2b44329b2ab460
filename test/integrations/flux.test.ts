import { expect, test } from 'vitest';
import { createFlux } from '../../integrations/flux/fluxObjects.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';

const REF = { namespace: 'flux-system', name: 'apps' };

/** Flux of a cluster that has one object, and what was patched. */
function fluxWith(kind: string, object: object = {}) {
  const patches: unknown[] = [];
  const cluster = {
    name: 'hub',
    get: async () => ({ kind, metadata: { ...REF }, spec: {}, ...object }),
    mergePatch: async (_ref: unknown, patch: unknown) => void patches.push(patch),
  } as unknown as Cluster;
  return { flux: createFlux(cluster), patches };
}

test('an object that no controller has come to says nothing', async () => {
  const { flux } = fluxWith('Kustomization');
  expect(await flux.kustomization(REF)).toMatchObject({
    label: 'Kustomization flux-system/apps',
    suspended: false,
    ready: undefined,
    lastHandledReconcileAt: undefined,
    path: '',
    prune: false,
    inventory: undefined,
    lastAppliedRevision: undefined,
    postBuild: undefined,
  });
});

test.each([
  ['./apps/one/', 'apps/one'],
  ['/apps', 'apps'],
  ['././apps', 'apps'],
  ['.', ''],
  ['./', ''],
  ['.hidden', '.hidden'],
])('the path %s is %j', async (path, expected) => {
  expect((await fluxWith('Kustomization', { spec: { path } }).flux.kustomization(REF)).path).toBe(expected);
});

test.each<[object | undefined, string | undefined, string]>([
  [undefined, 'master', 'branch master'],
  [{ branch: 'main' }, 'main', 'branch main'],
  [{ branch: 'main', commit: 'abc' }, undefined, 'commit abc'],
  [{ branch: 'main', semver: '>=1' }, undefined, 'semver >=1'],
  [{ branch: 'main', tag: 'v1' }, undefined, 'tag v1'],
  [{ branch: 'main', name: 'refs/heads/next' }, 'next', 'name refs/heads/next'],
  [{ name: 'refs/pull/1/head' }, undefined, 'name refs/pull/1/head'],
])('a GitRepository with ref %j follows branch %s', async (ref, branch, follows) => {
  expect(await fluxWith('GitRepository', { spec: { ref } }).flux.gitRepository(REF)).toMatchObject({ branch, follows });
});

test('a message is told on one line, and not in all its length', async () => {
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'BuildFailed',
    message: `one\n  two ${'x'.repeat(5_000)}`,
  };
  const { ready } = await fluxWith('Kustomization', { status: { conditions: [condition] } }).flux.kustomization(REF);
  expect(ready?.message).toMatch(/^one two x+ …$/);
  expect(ready?.message.length).toBeLessThan(1_100);
});

test('a request is the annotation that flux reconcile writes, and a forced one both', async () => {
  const { flux, patches } = fluxWith('HelmRelease');
  await flux.reconcile('HelmRelease', REF, 'now');
  await flux.reconcile('HelmRelease', REF, 'later', { force: true });
  expect(patches).toEqual([
    { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } },
    {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'later', 'reconcile.fluxcd.io/forceAt': 'later' } },
    },
  ]);
});

test('a password in an address is masked where the message is cut off behind it', async () => {
  const message = `${'x'.repeat(960)} https://git:${'hunter2'.repeat(6)}@git.example/repo`;
  const status = { conditions: [{ type: 'Ready', status: 'False', reason: 'GitOperationFailed', message }] };
  const { ready } = await fluxWith('GitRepository', { status }).flux.gitRepository(REF);
  expect(ready?.message).not.toContain('hunter2');
});
