import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
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

/** The same installation, deployed by Flux. */
function deployedByFlux() {
  const { application: _application, ...authentik } = manual.installation.authentik;
  const { argocd: _argocd, gitops, ...rest } = manual.installation;
  return installationSchema.parse({
    ...rest,
    gitops: { ...gitops, land: 'first' },
    authentik: { ...authentik, deployBy: 'flux', kustomization: 'all' },
    policy: policyOf('argocd'),
  });
}

const byFlux = deployedByFlux();

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

describe('an ExternalSecret without a namespace', () => {
  const into = (name: string, namespace: string): string =>
    kustomization(name, folder).replace('prune: true', `prune: true, targetNamespace: ${namespace}`);
  const app = (namespace: string): string =>
    application(
      'own',
      `{source: {repoURL: ${installation.gitops.remote}, path: ${folder}}, destination: {namespace: ${namespace}}}`,
    );
  const listing = (namespace: string): string =>
    `namespace: ${namespace}\nresources: [${file.slice(file.lastIndexOf('/') + 1)}]\n`;

  it.each([
    ['gets that of its Kustomization of Flux', byFlux, into('own', 'media'), undefined, 'media'],
    ['gets that rather than what its kustomization.yaml says', byFlux, into('own', 'media'), 'other', 'media'],
    ['gets that of its kustomization.yaml', byFlux, kustomization('own', folder), 'media', 'media'],
    [
      'gets the one that several Kustomizations agree on',
      byFlux,
      `${into('a', 'media')}---\n${into('b', 'media')}`,
      undefined,
      'media',
    ],
    ['gets none of several', byFlux, `${into('a', 'media')}---\n${into('b', 'tv')}`, undefined, undefined],
    ['gets none that is substituted', byFlux, into('own', '"${NAMESPACE}"'), undefined, undefined],
    ['gets that of the destination of its Application', installation, app('media'), undefined, 'media'],
    ['gets that of kustomize before the destination is asked', installation, app('other'), 'media', 'media'],
  ] as const)('%s', async (_, settings, objects, built, expected) => {
    const files = await registered();
    for (const path of Object.keys(files)) if (files[path]?.includes('kind: Application') === true) delete files[path];
    files[file] = (files[file] ?? '').replace(/ +namespace: .*\n/, '');
    files['clusters/own.yaml'] = objects;
    if (built !== undefined) files[`${folder}/kustomization.yaml`] = listing(built);
    const { registration, notes } = importClient({
      client: 'argocd',
      installation: settings,
      paths: Object.keys(files),
      read: (path: string) => files[path],
    });
    expect(registration.spec.consumers).toMatchObject([{ namespace: expected ?? 'default' }]);
    expect(notes.filter((note) => note.includes('"default" is a guess'))).toHaveLength(expected === undefined ? 1 : 0);
  });
});

it.each([1, 2])(
  'the cluster of an ExternalSecret is in question only where there is another one: %i',
  async (count) => {
    const files = await registered();
    const clusters = Object.fromEntries(['home', 'cloud'].slice(0, count).map((name) => [name, {}]));
    const { notes } = importClient({
      client: 'argocd',
      installation: installationSchema.parse({ ...manual.installation, clusters, policy: policyOf('argocd') }),
      paths: Object.keys(files),
      read: (path: string) => files[path],
    });
    expect(notes.filter((note) => note.includes('the cluster of ExternalSecret'))).toHaveLength(count - 1);
  },
);

it.each([
  ['its name', /name: argocd-oidc/, 'name: ${APP}-oidc', '${APP}'],
  ['its item', /^( +)key: .*/m, '$1key: ${VAULT_ITEM}', '${VAULT_ITEM}'],
])('one in which Flux puts %s is told, and is no consumer', async (_, from, to, put) => {
  const before = await registered();
  const text = (before[file] ?? '').replace(from, to);
  expect(text).toContain(put);
  const files = { ...before, [file]: text };
  const gitops = { ...installation.gitops, substitute: { APP: 'argocd' } };
  const paths = Object.keys(files);
  const of = (settings: typeof installation) =>
    importClient({ client: 'argocd', installation: settings, paths, read: (path: string) => files[path] });
  const { registration, notes } = of({ ...installation, gitops });
  expect(registration.spec.consumers).toBeUndefined();
  expect(notes.join('\n')).toContain(`of ${file} holds ${put}, in whose place Flux puts a value`);
  // Where nothing is substituted, the text is what it says.
  expect(of(installation).notes.join('\n')).not.toContain('in whose place');
});

it.each<readonly [string, object | undefined, string]>([
  ['as it stands', undefined, 'argocd-client-secret'],
  ['by its template', { KEY: '{{ index . "argocd-client-secret" }}' }, 'KEY'],
])('one that extracts the whole item and passes the field on %s is told, and is no consumer', async (_, data, key) => {
  const before = await registered();
  const object = parse(before[file] ?? '') as { spec: { data?: unknown; dataFrom?: unknown; target: object } };
  object.spec = {
    ...object.spec,
    dataFrom: [{ extract: { key: installation.vault.itemTitle } }],
    target: { ...object.spec.target, ...(data === undefined ? {} : { template: { data } }) },
  };
  delete object.spec.data;
  const files = { ...before, [file]: stringify(object) };
  const { registration, notes } = importClient({
    client: 'argocd',
    installation,
    paths: Object.keys(files),
    read: (path: string) => files[path],
  });
  expect(registration.spec.consumers).toBeUndefined();
  expect(notes.join('\n')).toContain(`takes field argocd-client-secret by dataFrom, as key ${key}: `);
});
