import { describe, expect, it } from 'vitest';
import { filePlan } from '../../client/filePlan.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { clientMeant, standingClients } from '../../core/import/clients.ts';
import type { InstallationInput } from '../../core/installation/installation.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import { textsOf } from '../fixtures/texts.ts';
import { wikiInstallation } from './wikiInstallation.ts';

/** Settings of registrar.yaml that do not fit the files of a repository under Flux: what is said of them without a worker. */
const FILES: Readonly<Record<string, string>> = {
  'app/secret.yaml': `kind: ExternalSecret
metadata: { name: authentik-env }
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: onepassword }
  target: { name: authentik-env }
  data:
    - secretKey: AUTHENTIK_SECRET_KEY
      remoteRef: { key: Authentik, property: secret-key }
`,
  'app/kustomization.yaml': `kind: Kustomization
resources:
  - ./secret.yaml
  - ./release.yaml
configMapGenerator:
  - name: blueprints
    files:
      - common.yaml=./blueprints/common.yaml
    options:
      disableNameSuffixHash: true
`,
  'app/blueprints/common.yaml':
    'version: 1\nentries:\n  - model: authentik_core.group\n    identifiers:\n      name: staff\n    attrs:\n      name: staff\n',
  'app/release.yaml': `kind: OCIRepository
metadata: { name: authentik }
spec: { url: oci://charts.example/authentik }
---
kind: HelmRelease
metadata: { name: authentik }
spec:
  values:
    blueprints:
      configMaps:
        - blueprints
    worker:
      env:
        - name: TZ
          value: UTC
`,
};

type Authentik = InstallationInput['authentik'];

interface Change {
  readonly files?: Readonly<Record<string, string>>;
  readonly blueprints?: Partial<Authentik['blueprints']>;
  readonly authentik?: Partial<Authentik>;
  readonly valuesPath?: string;
}

function world({ files = {}, blueprints = {}, authentik = {}, valuesPath = 'spec.values.worker.env' }: Change) {
  const installation = wikiInstallation({
    deployBy: 'flux',
    kustomization: 'authentik',
    helmRelease: 'authentik',
    blueprints: {
      file: 'app/kustomization.yaml',
      configMap: 'blueprints',
      generatedFrom: 'app/blueprints',
      mountedAs: 'mounted/cm-blueprints',
      ...blueprints,
    },
    externalSecret: { file: 'app/secret.yaml', name: 'authentik-env' },
    deployment: { file: 'app/release.yaml', name: 'authentik-worker', container: 'worker', valuesPath },
    ...authentik,
  });
  return { installation, files: textsOf({ ...FILES, ...files }) };
}

const spec = { displayName: 'Wiki', redirectUris: ['https://wiki.example/callback'], access: { groups: ['readers'] } };

const registrationOf = (more: object) =>
  checkRegistration(
    {
      apiVersion: 'oidc-registrar/v1',
      kind: 'OidcClient',
      metadata: { name: 'wiki' },
      spec: { ...spec, ...more },
    },
    'test',
  );

async function planned(change: Change) {
  return (await filePlan({ registration: registrationOf({}), ...world(change) })).plan;
}

/** What is refused, with its remedy. */
async function refusal(change: Change): Promise<string> {
  return planned(change).then(
    () => 'planned',
    (error: RegistrarError) => `${error.message} ${error.remedy}`,
  );
}

/** What an import of a client says of the same files. */
function imported(change: Change): string {
  const { installation, files } = world(change);
  try {
    return clientMeant(standingClients({ installation, read: files.read }), { client: 'wiki', installation }).name;
  } catch (error) {
    return error instanceof RegistrarError ? error.remedy : String(error);
  }
}

it('are planned where they fit', async () => {
  expect((await planned({})).files.map(({ path }) => path)).toEqual([
    'app/secret.yaml',
    'app/release.yaml',
    'app/blueprints/wiki.yaml',
    'app/kustomization.yaml',
  ]);
});

describe('a remedy names the setting to correct', () => {
  it.each(['worker.env', 'values.worker.env', 'spec.worker.env'])(
    'of a HelmRelease, where valuesPath is %s',
    async (valuesPath) => {
      expect(await refusal({ valuesPath })).toContain(
        'Set authentik.deployment.valuesPath in registrar.yaml to spec.values.worker.env.',
      );
    },
  );

  it.each([
    ['a folder', 'common.yaml=./blueprints/common.yaml', 'app/blueprints'],
    ['its own folder', 'common.yaml', 'app'],
  ])('of a generator of files in %s, where generatedFrom is left out', async (_, entry, folder) => {
    const kustomization = `${FILES['app/kustomization.yaml']}`.replace('common.yaml=./blueprints/common.yaml', entry);
    const change = { files: { 'app/kustomization.yaml': kustomization }, blueprints: { generatedFrom: undefined } };
    const remedy = `Set authentik.blueprints.generatedFrom in registrar.yaml to the folder of its files (${folder})`;
    expect(await refusal(change)).toContain(remedy);
    expect(imported(change)).toContain(remedy);
  });

  it('of a generator of another name', async () => {
    const change = { blueprints: { configMap: 'blueprint' } };
    const remedy =
      'Correct authentik.blueprints.configMap in registrar.yaml: app/kustomization.yaml generates blueprints.';
    expect(await refusal(change)).toContain(remedy);
    expect(imported(change)).toBe(remedy);
    expect(await refusal(change)).not.toContain('by hand');
  });

  it.each(['custom', undefined, 'mounted/cm-other'])(
    'of a ConfigMap that the chart mounts, where mountedAs is %s',
    async (mountedAs) => {
      const found = await refusal({ blueprints: { mountedAs } });
      expect(found).toContain(
        'app/release.yaml: wiki.yaml would never be mounted: its spec.values.blueprints.configMaps',
      );
      expect(found).toContain('Set authentik.blueprints.mountedAs in registrar.yaml to mounted/cm-blueprints.');
    },
  );

  it('of a value that gitops.substitute lacks, in an import', () => {
    const client = (url: string, type: string): string => `version: 1
entries:
  - model: authentik_providers_oauth2.oauth2provider
    id: wiki
    identifiers: { name: Wiki }
    attrs: { client_id: wiki, client_type: ${type}, redirect_uris: [{ matching_mode: strict, url: "${url}" }] }
  - model: authentik_core.application
    identifiers: { slug: wiki }
    attrs: { name: Wiki, provider: !KeyOf wiki }
`;
    const of = (url: string, type = 'confidential') =>
      imported({ files: { 'app/blueprints/common.yaml': client(url, type) } });
    expect(of('https://wiki.example')).toBe('wiki');
    expect(of('https://wiki.${DOMAIN}')).toBe('Write that, then import again.');
    expect(of('https://wiki.example', 'public')).toBe('wiki');
  });
});

describe('what a run refuses and a person may commit by hand is warned of', () => {
  const kustomization = `${FILES['app/kustomization.yaml']}`;
  const WITHOUT = kustomization.replace(/ {4}options:\n.*\n/, '');

  it.each([
    ['a name with a hash', WITHOUT, 'gets another name with every change'],
    [
      'a name with a hash, of every generator',
      `${WITHOUT}generatorOptions: { disableNameSuffixHash: false }\n`,
      'a hash',
    ],
    ['a prefix of every name', `${kustomization}namePrefix: home-\n`, 'namePrefix or nameSuffix change'],
  ])('%s', async (_, text, why) => {
    const { warnings } = await planned({ files: { 'app/kustomization.yaml': text } });
    expect(warnings.filter((each) => each.startsWith('a run refuses these files: '))).toEqual([
      expect.stringContaining(why),
    ]);
  });

  it('and nothing else', async () => {
    const text = `${WITHOUT}generatorOptions: { disableNameSuffixHash: true }\n`;
    for (const each of [kustomization, text])
      expect((await planned({ files: { 'app/kustomization.yaml': each } })).warnings.join()).not.toContain('refuses');
  });
});

it.each([
  ['spec.values.workr.env', 'spec.values.workr is not there yet'],
  ['spec.values.worker.environment', 'spec.values.worker.environment is not there yet'],
  ['spec.values.global.env', undefined],
  ['spec.values.worker.env', undefined],
])('a block of values that %s makes anew is warned of, but for those of the chart', async (valuesPath, says) => {
  const warned = (await planned({ valuesPath })).warnings.filter((each) => each.includes('valuesPath'));
  expect(warned).toEqual(says === undefined ? [] : [expect.stringContaining(says)]);
});

it('a section to share that is made anew is warned of, and one of a client alone is not', async () => {
  const of = async (section: string) => (await planned({ blueprints: { section } })).warnings.join('\n');
  expect(await of('apps.yaml')).toContain(
    'app/kustomization.yaml has no section apps.yaml yet (authentik.blueprints.section), and it is made; there are common.yaml',
  );
  expect((await planned({})).warnings.join('\n')).not.toContain('no section');
});

describe('the objects of Flux in the repository', () => {
  const kustomization = (name: string, folder: string): string =>
    `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${name} }\nspec: { path: ${folder} }\n`;
  const of = (files: Readonly<Record<string, string>>) =>
    planned({ files }).then(({ warnings }) => warnings.join('\n'));

  it.each(['./app', 'app', './'])('fit where the path %s leads to the files', async (folder) => {
    expect(await of({ 'ks.yaml': kustomization('authentik', folder) })).not.toContain('no file of the repository');
  });

  it.each([
    ['by a mapping', 'kind: Kustomization\nmetadata: { name: all }\nspec: { path: ./app }'],
    ['by an operation', '- { op: replace, path: /spec/path, value: ./app }'],
  ])('are not judged where one above patches their path %s', async (_, patch) => {
    const parent = `${kustomization('apps', './apps')}  patches:\n    - target: { kind: Kustomization }\n      patch: |\n${patch.replaceAll(/^/gm, '        ')}\n`;
    const text = parent.replace('spec: { path: ./apps }\n', 'spec:\n  path: ./apps\n');
    const files = { 'ks.yaml': kustomization('authentik', './other'), 'other/a.yaml': 'a: b\n', 'apps.yaml': text };
    expect(await of(files)).not.toContain('does not lead to');
  });

  it.each([
    ['none of the files', './other', 'app/kustomization.yaml, app/secret.yaml, app/release.yaml'],
    ['some of the files alone', './part', 'app/kustomization.yaml, app/secret.yaml'],
  ])('are refused where the path leads to %s', async (_, folder, lacking) => {
    const files = {
      'ks.yaml': kustomization('authentik', folder),
      'other/kustomization.yaml': 'resources: []\n',
      'part/kustomization.yaml': 'resources: [../app/release.yaml]\n',
    };
    expect(await refusal({ files })).toContain(
      `Kustomization flux-system/authentik builds the folder ${folder}, which does not lead to ${lacking} Correct`,
    );
  });

  it('are warned of where none has the name, and nobody is where they are elsewhere', async () => {
    const found = await of({
      'ks.yaml': `${kustomization('apps', './app')}---\n${kustomization('authentic', './app')}`,
    });
    expect(found).toContain(
      'no file of the repository holds authentik.kustomization (authentik), which may be deployed from elsewhere; here are apps and authentic',
    );
    expect(await of({})).not.toContain('no file of the repository');
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2\n${FILES['app/release.yaml']?.split('---\n')[1]}`;
    expect(await of({ 'app/release.yaml': release.replace('authentik }', 'sso }') })).toContain(
      'no file of the repository holds authentik.helmRelease (authentik)',
    );
  });

  it('are refused where the HelmRelease sets the list of a values file, too', async () => {
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2\n${FILES['app/release.yaml']?.split('---\n')[1]}`;
    const deployment = { file: 'app/values.yaml', name: 'worker', container: 'worker', valuesPath: 'worker.env' };
    const files = {
      'app/release.yaml': release,
      'app/values.yaml': 'worker:\n  env:\n    - name: TZ\n      value: UTC\n',
    };
    expect(await refusal({ files, authentik: { deployment } })).toContain(
      'HelmRelease authentik: its spec.values sets worker.env too, which Helm takes instead of the list in app/values.yaml',
    );
    const other = { ...files, 'app/release.yaml': release.replace('worker:', 'server:') };
    expect(await refusal({ files: other, authentik: { deployment } })).not.toContain('sets worker.env too');
  });

  it('are refused where it sets what Helm does not merge with the variables of a values file, list or mapping', async () => {
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2\n${FILES['app/release.yaml']?.split('---\n')[1]}`;
    const list = '        - name: TZ\n          value: UTC\n';
    const mapping =
      '        TZ:\n          valueFrom:\n            secretKeyRef:\n              name: zone\n              key: tz\n';
    const isRefused = async (inline: string, own: string): Promise<boolean> => {
      const deployment = { file: 'app/values.yaml', name: 'worker', container: 'worker', valuesPath: 'worker.env' };
      const files = {
        'app/release.yaml': release.replace(list, inline),
        'app/values.yaml': `worker:\n      env:\n${own}`,
      };
      return (await refusal({ files, authentik: { deployment } })).includes('its spec.values sets worker.env too');
    };
    expect([await isRefused(list, mapping), await isRefused(mapping, list)]).toEqual([true, true]);
    expect(await isRefused(mapping, mapping)).toBe(false);
  });

  it('are left to the cluster where the path or which of them it is cannot be told', async () => {
    const several = `${kustomization('authentik', './a')}---\n${kustomization('authentik', './b')}`;
    for (const text of [
      several,
      kustomization('authentik', './${CLUSTER}/app'),
      kustomization('authentik', './elsewhere'),
    ])
      expect(await refusal({ files: { 'ks.yaml': text, 'a/x.yaml': 'a: 1\n', 'b/x.yaml': 'a: 1\n' } })).toBe('planned');
  });
});

it('an item of a client that stands is warned of where a run takes it by policy.items alone', async () => {
  const registration = registrationOf({ vaultItem: 'Wiki login' });
  const warnings = async (files: Change['files'], items: readonly string[] = []) => {
    const { installation, files: texts } = world({ files: files ?? {} });
    const rules = { ...installation, policy: { ...installation.policy, items: [...items] } };
    return (await filePlan({ registration, installation: rules, files: texts })).plan.warnings.join('\n');
  };
  const { files } = await filePlan({ registration, ...world({}) });
  const adopted = Object.fromEntries(files.map(({ path, after }) => [path, after ?? '']));
  const line = 'allow it in registrar.yaml by policy: {items: ["Wiki login"]}';
  expect(await warnings(adopted)).toMatch(
    /a run refuses unless the job has made .*"Wiki login".* is there already, .* policy: \{items: \["Wiki login"\]\}/,
  );
  expect(await warnings(adopted, ['Wiki *'])).not.toContain(line);
  expect(await warnings({})).not.toContain(line);
});
