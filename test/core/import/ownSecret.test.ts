import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { filePlan } from '../../../client/filePlan.ts';
import { importClient } from '../../../core/import/importClient.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../../core/registration/registration.ts';
import { readTree, sampleLayout } from '../../../sandbox/world/layout.ts';
import { policyOf } from '../../fixtures/examples.ts';
import { textsOf } from '../../fixtures/texts.ts';

const manual = await sampleLayout('manual');
const installation = installationSchema.parse({ ...manual.installation, policy: policyOf('argocd') });
const example = fileURLToPath(new URL('../../../docs/examples/argocd/', import.meta.url));
const { 'argocd.yaml': asks = '' } = await readTree(example);
const asked = parse(asks) as RegistrationInput;

async function registered(): Promise<Record<string, string>> {
  const files = { ...manual.files, ...(await readTree(`${example}repository`)) };
  const registration = checkRegistration(asked, 'test');
  const { files: changed } = await filePlan({ registration, installation, files: textsOf(files) });
  return { ...files, ...Object.fromEntries(changed.map(({ path, after = '' }) => [path, after])) };
}

const [consumer] = asked.spec.consumers ?? [];
const file = consumer?.kind === 'externalSecret' ? consumer.file : '';

it.each<[string, string | RegExp, string]>([
  ['as the job writes it', '', ''],
  ['with an interval as people write it', /refreshInterval: .*/, 'refreshInterval: 1h'],
  ['with an interval in minutes', /refreshInterval: .*/, 'refreshInterval: 60m'],
  ['without an interval, which the API makes 1h', / +refreshInterval: .*\n/, ''],
  ['without defaults of the API', / +(?:conversionStrategy|decodingStrategy|metadataPolicy): .*\n/g, ''],
  ['with quotes and a comment', /secretKey: (\S+)/, 'secretKey: "$1" # for the dashboard'],
])('an ExternalSecret of the client’s own is taken as it stands, %s', async (_, from, to) => {
  const before = await registered();
  const files = { ...before, [file]: (before[file] ?? '').replace(from, to) };
  const input = { client: 'argocd', installation, paths: Object.keys(files), read: (path: string) => files[path] };
  const { registration } = importClient(input);
  expect(registration.spec.consumers).toHaveLength(1);
  const { plan } = await filePlan({
    registration: checkRegistration(registration, 'imported'),
    installation,
    files: textsOf(files),
  });
  expect(plan.files.map(({ diff }) => diff)).toEqual([]);
});

const folder = file.slice(0, file.lastIndexOf('/'));
const kustomization = (name: string, path: string | undefined, namespace = 'flux-system', source = 'home') =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: ${name}, namespace: ${namespace}}\n` +
  `spec: {${path === undefined ? '' : `path: ${path}, `}prune: true, sourceRef: {kind: GitRepository, name: ${source}}}\n`;
const theirs =
  'kind: GitRepository\nmetadata: {name: theirs}\nspec: {url: https://git.elsewhere.example/charts.git, ref: {branch: main}}\n';

it.each([
  [
    'the deepest whose path is above the file',
    [kustomization('all', './'), kustomization('own', `./${folder}/`)],
    'own',
  ],
  ['with its namespace, where that is not that of Flux', [kustomization('own', folder, 'media')], 'media/own'],
  ['the one of the whole repository, said with a dot', [kustomization('all', '.')], 'all'],
  ['the one of the whole repository, said with nothing', [kustomization('all', undefined)], 'all'],
  [
    'not one of another repository',
    [kustomization('own', './'), theirs, kustomization('other', `./${folder}`, 'flux-system', 'theirs')],
    'own',
  ],
  ['none where several have the same folder', [kustomization('a', folder), kustomization('b', folder)], undefined],
  ['the one name that several clusters have', [kustomization('own', folder), kustomization('own', folder)], 'own'],
  ['none where none is above it', [kustomization('other', './elsewhere')], undefined],
  ['no kustomization of kustomize itself', ['kind: Kustomization\nmetadata: {name: x}\nspec: {path: ./}\n'], undefined],
])('its Kustomization of Flux is %s', async (_, objects, expected) => {
  const { application: _application, ...authentik } = manual.installation.authentik;
  const { argocd: _argocd, gitops, ...rest } = manual.installation;
  const byFlux = installationSchema.parse({
    ...rest,
    gitops: { ...gitops, land: 'first' },
    authentik: { ...authentik, deployBy: 'flux', kustomization: 'all' },
    policy: policyOf('argocd'),
  });
  const files = { ...(await registered()), 'clusters/home/apps.yaml': objects.join('---\n') };
  const { registration } = importClient({
    client: 'argocd',
    installation: byFlux,
    paths: Object.keys(files),
    read: (path: string) => (files as Record<string, string>)[path],
  });
  const [found] = registration.spec.consumers ?? [];
  expect(found).toMatchObject({ kind: 'externalSecret' });
  expect([
    (found as Record<string, unknown>)['fluxKustomization'],
    (found as Record<string, unknown>)['application'],
  ]).toEqual([expected, undefined]);
});

const application = (name: string, spec: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}}\nspec: ${spec}\n`;

it.each([
  ['one of several sources', (url: string) => `{sources: [{repoURL: ${url}, path: ${folder}}]}`, 'own'],
  ['the whole repository', (url: string) => `{source: {repoURL: ${url}, path: .}}`, 'own'],
  ['another repository', () => `{source: {repoURL: https://git.elsewhere.example/x, path: ${folder}}}`, undefined],
  ['a chart alone', () => '{sources: [{repoURL: https://charts.example, chart: photos}]}', undefined],
])('its Application is one that deploys %s', async (_, spec, expected) => {
  const files = await registered();
  for (const path of Object.keys(files)) if (files[path]?.includes('kind: Application') === true) delete files[path];
  files['argo/own.yaml'] = application('own', spec(installation.gitops.remote));
  const { registration } = importClient({
    client: 'argocd',
    installation,
    paths: Object.keys(files),
    read: (path: string) => files[path],
  });
  const [found] = registration.spec.consumers ?? [];
  expect(found).toMatchObject({ kind: 'externalSecret' });
  expect((found as Record<string, unknown>)['application']).toBe(expected);
});
