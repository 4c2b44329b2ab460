import { describe, expect, test } from 'vitest';
import { partsOf, type WrittenSource } from '../../../sandbox/argocd/part.ts';
import { manifestsOfParts, resolved } from '../../../sandbox/argocd/parts.ts';
import { testRepository } from '../../fixtures/gitops.ts';

const OURS = { repoURL: 'ours', targetRevision: 'main' };
const FILES = {
  'chart/Chart.yaml': 'name: home\ndependencies: [{ name: authentik, alias: sso }]\n',
  'chart/values.yaml': 'global: { env: [{ name: ALL }] }\nsso: { worker: { env: [{ name: OWN }] } }\n',
  'chart/prod.yaml': 'sso: { worker: { replicas: 3, env: [{ name: PROD }] } }\n',
  'values/home.yaml': 'worker: { env: [{ name: REF }] }\n',
  'map/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map }\ndata: { a: one }\n',
};
const CHART = { repoURL: 'https://charts.example', chart: 'authentik', targetRevision: '2026.*' };

async function madeOf(written: readonly WrittenSource[], revisions: readonly string[] = []) {
  const { server } = await testRepository(FILES);
  const parts = partsOf(written, () => server.dir);
  const at = await Promise.all(parts.map((part, i) => resolved(part, revisions[i])));
  return { at, objects: await manifestsOfParts(parts, at, { name: 'authentik', namespace: 'identity' }) };
}

async function workerOf(...written: readonly WrittenSource[]): Promise<unknown> {
  const { objects } = await madeOf(written);
  const spec = objects.find(({ metadata }) => metadata.name === 'authentik-worker')?.['spec'];
  return [spec.replicas, ...spec.template.spec.containers[0].env.map(({ name }: { name: string }) => name)];
}

describe('the manifests of several sources', () => {
  test('are those of each, a source of a ref alone having none', async () => {
    const ref = { ...OURS, ref: 'values' };
    const chart = { ...CHART, helm: { valueFiles: ['$values/values/home.yaml'] } };
    const { at, objects } = await madeOf([chart, ref, { ...OURS, path: 'map' }]);
    expect(at).toEqual(['2026.8.0', expect.stringMatching(/^[0-9a-f]{40}$/), at[1]]);
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Secret authentik',
      'Deployment authentik-server',
      'Deployment authentik-worker',
      'ConfigMap map',
    ]);
  });

  test('of a chart take lists from the last of its values alone, and the global ones beside them', async () => {
    expect(await workerOf({ ...OURS, path: 'chart' })).toEqual([1, 'ALL', 'OWN']);
    expect(await workerOf({ ...OURS, path: 'chart', helm: { valueFiles: ['prod.yaml'] } })).toEqual([3, 'ALL', 'PROD']);
    const valuesObject = { sso: { worker: { env: [] } } };
    expect(
      await workerOf({ ...OURS, path: 'chart', helm: { valueFiles: ['/chart/prod.yaml'], valuesObject } }),
    ).toEqual([3, 'ALL']);
  });

  test.each<[string, readonly WrittenSource[], readonly string[], string]>([
    ['a ref that no source has', [{ ...CHART, helm: { valueFiles: ['$x/a.yaml'] } }], [], 'source referenced "$x"'],
    [
      'a value file that is not there',
      [{ ...OURS, path: 'chart', helm: { valueFiles: ['x.yaml'] } }],
      [],
      'chart/x.yaml',
    ],
    [
      'values of its own repository at another commit',
      [
        { ...OURS, path: 'map' },
        { ...OURS, path: 'chart', helm: { valueFiles: ['$v/values/home.yaml'] } },
        { ...OURS, ref: 'v' },
      ],
      ['', '', 'f'.repeat(40)],
      'source 2 of 3: cannot reference a different revision of the same repository',
    ],
  ])('are an error for %s', async (_what, written, revisions, said) => {
    const { server } = await testRepository(FILES);
    const parts = partsOf(written, () => server.dir);
    const at = await Promise.all(parts.map(async (part, i) => revisions[i] || resolved(part)));
    await expect(manifestsOfParts(parts, at, { name: 'authentik', namespace: 'identity' })).rejects.toThrow(said);
  });
});
