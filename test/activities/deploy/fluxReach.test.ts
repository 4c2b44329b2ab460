import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtFrom } from '../../../activities/deploy/fluxReach.ts';

const kustomization = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Which of the files a folder of this repository leads to. */
async function built(files: Readonly<Record<string, string>>, folder: string, ...wanted: readonly string[]) {
  const git = {
    readFile: async (_commit: string, file: string) => files[file],
    listFiles: async (_commit: string, at: string) =>
      Object.keys(files).filter((file) => path.posix.dirname(file) === at),
  };
  return [...(await builtFrom(git, 'head', folder, wanted))].filter((file) => wanted.includes(file));
}

const BASE = 'apps/base/authentik';
const MONOREPO = {
  'apps/production/kustomization.yaml': kustomization('resources:', '  - ../base/authentik', 'components: [../tls]'),
  'apps/tls/kustomization.yaml': kustomization('kind: Component', 'patches:', '  - path: worker.yaml'),
  'apps/tls/worker.yaml': 'kind: Deployment\n',
  [`${BASE}/kustomization.yaml`]: kustomization(
    'namespace: stray',
    'resources: [./secret.yaml]',
    'configMapGenerator:',
    '  - name: blueprints',
    '    files: [grafana.yaml=blueprints/grafana.yaml]',
    '  - name: values',
    '    files: [values.yaml]',
  ),
  [`${BASE}/secret.yaml`]: 'kind: ExternalSecret\n',
  [`${BASE}/values.yaml`]: 'worker: {}\n',
  [`${BASE}/blueprints/grafana.yaml`]: 'version: 1\n',
  [`${BASE}/unlisted.yaml`]: 'kind: ConfigMap\n',
  [`${BASE}/stray/kustomization.yaml`]: kustomization('resources: [map.yaml]'),
  [`${BASE}/stray/map.yaml`]: 'kind: ConfigMap\n',
};

describe('the folder of a Kustomization leads to', () => {
  test.each([
    ['a file of the base of its overlay', `${BASE}/secret.yaml`],
    ['that base itself', `${BASE}/kustomization.yaml`],
    ['a file of a generator', `${BASE}/values.yaml`],
    ['one that a generator calls otherwise', `${BASE}/blueprints/grafana.yaml`],
    ['a patch of a component', 'apps/tls/worker.yaml'],
  ])('%s', async (_name, file) => {
    expect(await built(MONOREPO, 'apps/production', file)).toEqual([file]);
  });

  test.each([
    ['a file that no kustomization lists', `${BASE}/unlisted.yaml`],
    ['one of a folder that is called as a namespace is', `${BASE}/stray/map.yaml`],
    ['one that is not there', `${BASE}/absent.yaml`],
  ])('no %s', async (_name, file) => {
    expect(await built(MONOREPO, 'apps/production', file)).toEqual([]);
  });

  test('all that is below, where it has no kustomization, but for what one in between leaves out', async () => {
    const files = {
      'clusters/one/authentik/secret.yaml': 'kind: ExternalSecret\n',
      'clusters/one/media/kustomization.yaml': kustomization('resources: [plex.yaml]'),
      'clusters/one/media/plex.yaml': 'kind: ConfigMap\n',
      'clusters/one/media/old.yaml': 'kind: ConfigMap\n',
      'elsewhere/other.yaml': 'kind: ConfigMap\n',
    };
    const all = Object.keys(files);
    const below = [
      'clusters/one/authentik/secret.yaml',
      'clusters/one/media/kustomization.yaml',
      'clusters/one/media/plex.yaml',
    ];
    expect((await built(files, 'clusters/one', ...all)).toSorted()).toEqual(below);
    expect((await built(files, '', ...all)).toSorted()).toEqual([...below, 'elsewhere/other.yaml']);
  });

  test('a file that is to be made, where all below is built', async () => {
    const files = { 'clusters/one/a.yaml': 'kind: ConfigMap\n' };
    expect(await built(files, 'clusters/one', 'clusters/one/media/oidc.yaml')).toEqual([
      'clusters/one/media/oidc.yaml',
    ]);
  });

  test('no endless ring of kustomizations', async () => {
    const files = {
      'a/kustomization.yaml': kustomization('resources: [../b]'),
      'b/kustomization.yaml': kustomization('resources: [../a, x.yaml]'),
      'b/x.yaml': 'kind: ConfigMap\n',
    };
    expect(await built(files, 'a', 'b/x.yaml')).toEqual(['b/x.yaml']);
  });
});
