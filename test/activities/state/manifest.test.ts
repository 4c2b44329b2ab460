import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { blueprintAt } from '../../../activities/state/blueprintOf.ts';
import { checkSources, isSourceOf, manifestAfter, manifestAt, sectionAt } from '../../../activities/state/manifest.ts';
import { installationSchema, type InstallationInput } from '../../../core/installation/installation.ts';
import type { Names } from '../../../core/names/names.ts';
import type { Registration } from '../../../core/registration/registration.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';

const sample = (await sampleLayout('external')).installation;
const kustomization = `kind: Kustomization
configMapGenerator:
  - name: blueprints
    files:
      - blueprints/wiki.yaml
      - own.yaml=zot.txt
    literals: [a=b]
    options: {disableNameSuffixHash: true}
`;
const files = {
  'sso/kustomization.yaml': kustomization,
  'sso/blueprints/wiki.yaml': 'version: 1\n',
  'sso/zot.txt': 'own\n',
  'sso/values.yaml': 'worker:\n  env:\n    - name: ZOT\n      value: x\n',
};
const blueprints = { file: 'sso/kustomization.yaml', configMap: 'blueprints', generatedFrom: 'sso/blueprints' };
const deployment = { file: 'sso/values.yaml', name: 'authentik-worker', container: 'worker', valuesPath: 'worker.env' };

/** A repository that is the same at every commit. */
function depsOf(repository: Readonly<Record<string, string>>, change: Partial<InstallationInput> = {}): Deps {
  const authentik = { ...sample.authentik, blueprints, deployment };
  const installation = installationSchema.parse({ ...sample, authentik, ...change });
  const git = { readFile: async (_: string, path: string) => repository[path] };
  return { installation, git } as unknown as Deps;
}

describe('what Git says of an object that is no manifest', () => {
  it('is a ConfigMap of the files that the generator names', async () => {
    const data = { a: 'b', 'wiki.yaml': 'version: 1\n', 'own.yaml': 'own\n' };
    expect(await manifestAt(depsOf(files), 'c', 'configMap')).toMatchObject({ kind: 'ConfigMap', data });
    const { 'sso/zot.txt': _, ...rest } = files;
    expect(await manifestAt(depsOf(rest), 'c', 'configMap')).toBeUndefined();
    expect(await manifestAt(depsOf({}), 'c', 'configMap')).toBeUndefined();
    expect(
      await manifestAt(depsOf({ ...files, 'sso/kustomization.yaml': 'a: b\n' }), 'c', 'configMap'),
    ).toBeUndefined();
  });

  it('follows the edits that are planned', async () => {
    const plan = { step: 'syncBlueprint', entry: 'x', kind: 'changed' } as const;
    const plans = [
      { ...plan, path: 'sso/zot.txt', after: 'new\n' },
      { ...plan, path: 'sso/kustomization.yaml', after: kustomization.replace('      - blueprints/wiki.yaml\n', '') },
    ];
    const made = await manifestAfter(depsOf(files), 'c', plans, 'configMap');
    expect(made).toMatchObject({ data: { a: 'b', 'own.yaml': 'new\n' } });
    expect(Object.keys(made?.['data'] as object)).not.toContain('wiki.yaml');
    const gone = [{ ...plan, path: 'sso/zot.txt', after: null }];
    expect(await manifestAfter(depsOf(files), 'c', gone, 'configMap')).toBeUndefined();
  });

  it('is the variables alone of a Deployment that a chart makes', async () => {
    const containers = [{ name: 'worker', env: [{ name: 'ZOT', value: 'x' }] }];
    expect(await manifestAt(depsOf(files), 'c', 'deployment')).toMatchObject({
      spec: { template: { spec: { containers } } },
    });
  });

  it('is what arrives, where Flux puts values into it, and so is the hash that Authentik lists', async () => {
    const found = 'version: 1 # ${DOMAIN} $$1\nentries: []\n';
    const arrives = 'version: 1 # example.test $1\nentries: []\n';
    const gitops = { ...sample.gitops, substitute: { DOMAIN: 'example.test' } };
    const written = `kind: ConfigMap\nmetadata: {name: blueprints}\ndata:\n  wiki.yaml: |\n${found.replaceAll(/^(?=.)/gm, '    ')}`;
    const plain = { ...sample.authentik, deployment, blueprints: { file: 'sso/map.yaml', configMap: 'blueprints' } };
    for (const deps of [
      depsOf({ ...files, 'sso/blueprints/wiki.yaml': found }, { gitops }),
      depsOf({ 'sso/map.yaml': written }, { gitops, authentik: plain }),
    ]) {
      expect(await sectionAt(deps, 'c', 'wiki.yaml')).toBe(arrives);
      expect(await manifestAt(deps, 'c', 'configMap')).toMatchObject({ data: { 'wiki.yaml': arrives } });
      const names = { blueprintKey: 'wiki.yaml' } as Names;
      const registration = { metadata: { name: 'wiki' }, spec: {} } as Registration;
      const asked = { names, registration, rendered: arrives, grantsKnown: false };
      const { text, hash } = await blueprintAt(deps, 'c', asked);
      expect({ text, hash }).toEqual({ text: arrives, hash: createHash('sha512').update(arrives).digest('hex') });
    }
  });

  it.each([
    ['as it arrives', '', 'orchard'],
    [
      'as it stands, where Flux is told to leave it',
      ', annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}',
      '${ITEM}',
    ],
  ])('is an ExternalSecret %s', async (_name, annotations, key) => {
    const { file, name } = sample.authentik.externalSecret;
    const text = `kind: ExternalSecret\nmetadata: {name: ${name}${annotations}}\nspec: {data: [{remoteRef: {key: "\${ITEM}"}}]}\n`;
    const deps = depsOf({ [file]: text }, { gitops: { ...sample.gitops, substitute: { ITEM: 'orchard' } } });
    expect(await manifestAt(deps, 'c', 'externalSecret')).toMatchObject({ spec: { data: [{ remoteRef: { key } }] } });
  });

  it('comes from every file of the folder', () => {
    const deps = depsOf(files);
    const paths = ['sso/kustomization.yaml', 'sso/blueprints/new.yaml', 'sso/blueprints2/x.yaml', 'sso/values.yaml'];
    expect(paths.filter((path) => isSourceOf(deps, 'configMap', path))).toEqual(paths.slice(0, 2));
  });
});

describe('checkSources', () => {
  it('takes a generator of a fixed name, and values that somebody else deploys', async () => {
    await expect(checkSources(depsOf(files), 'c')).resolves.toBeUndefined();
  });

  it('refuses a name that changes, and says how the edits are made all the same', async () => {
    const hashed = { ...files, 'sso/kustomization.yaml': kustomization.replace('true', 'false') };
    await expect(checkSources(depsOf(hashed), 'c')).rejects.toMatchObject({
      kind: 'Refused',
      message: expect.stringContaining('its ConfigMap gets another name with every change') as string,
      remedy: expect.stringMatching(/disableNameSuffixHash: true[^]*plan CLIENT --offline --write/) as string,
    });
  });

  it('takes values where the job deploys what a chart makes of them, too', async () => {
    const { installation: argo } = await sampleLayout('auto');
    const authentik = { ...argo.authentik, blueprints, deployment };
    await expect(checkSources(depsOf(files, { ...argo, authentik }), 'c')).resolves.toBeUndefined();
  });
});
