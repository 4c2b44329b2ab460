import { describe, expect, it } from 'vitest';
import { addressesIn } from '../../../client/init/finders/address.ts';
import { ansibleIn } from '../../../client/init/finders/ansible.ts';
import { applicationsFor } from '../../../client/init/finders/argoCd.ts';
import { blueprintsFor } from '../../../client/init/finders/blueprints.ts';
import { nearest } from '../../../client/init/finders/deployed.ts';
import { externalSecretsFor } from '../../../client/init/finders/externalSecrets.ts';
import { kustomizationsFor } from '../../../client/init/finders/flux.ts';
import { withoutUser } from '../../../client/init/finders/git.ts';
import { namingOf } from '../../../client/init/finders/naming.ts';
import { servedFirst } from '../../../client/init/finders/stores.ts';
import type { Standing } from '../../../client/init/finders/standing.ts';
import type { Worker } from '../../../client/init/finders/worker.ts';
import { workersIn } from '../../../client/init/finders/workers.ts';
import { Tree } from '../../../client/init/tree.ts';
import { onePassword } from '../../../core/vault/onepassword/words.ts';
import { foundSettings } from '../../../core/vault/fromFiles.ts';
import { textsOf } from '../../fixtures/texts.ts';
import type { Files } from './layouts.ts';

/** Each finder over a tree of few lines: what counts is what a thing is, and never what it is called. */
const tree = (files: Files): Tree => new Tree(textsOf(files));

const plain: Worker = {
  file: 'a/worker.yaml',
  name: 'w',
  container: 'worker',
  mounts: undefined,
  environment: { env: [], envFrom: [] },
  secretFolders: [],
};

describe('workers', () => {
  const deployment = (name: string, container: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec: { template: { spec: { containers: [${container}] } } }\n`;
  const found = (files: Files): readonly string[] =>
    workersIn(tree(files)).map(({ file, name, container, valuesPath = '-' }) =>
      [file, name, container, valuesPath].join(' '),
    );

  it.each([
    [
      'by image and word',
      deployment('sso', '{ name: x, image: ghcr.io/goauthentik/server:2026.8, args: [worker] }'),
      'x',
    ],
    [
      'by a registry of their own',
      deployment('sso', '{ name: x, image: "mirror.lan/authentik:1", command: [ak, worker] }'),
      'x',
    ],
    ['by image and name', deployment('idp-worker', '{ name: x, image: ghcr.io/goauthentik/server:1 }'), 'x'],
    ['as a patch, by its name', deployment('authentik-worker', '{ name: x, env: [] }'), 'x'],
  ])('%s', (_, text, container) => {
    expect(found({ 'd.yaml': text })).toEqual([expect.stringMatching(new RegExp(`^d.yaml \\S+ ${container} -$`))]);
  });

  it.each([
    ['the server', deployment('authentik-server', '{ name: x, image: ghcr.io/goauthentik/server:1, args: [server] }')],
    ['a worker of another service', deployment('paperless-worker', '{ name: x, image: paperless:1, args: [worker] }')],
    ['a word without an image, of another name', deployment('celery', '{ name: x, args: [worker] }')],
  ])('not %s', (_, text) => {
    expect(found({ 'd.yaml': text })).toEqual([]);
  });

  it('a Deployment before a patch of it', () => {
    const files = {
      'base/d.yaml': deployment('authentik-worker', '{ name: x, image: ghcr.io/goauthentik/server:1, args: [worker] }'),
      'overlay/d.yaml': deployment('authentik-worker', '{ name: x, env: [] }'),
    };
    expect(found(files)).toEqual(['base/d.yaml authentik-worker x -']);
  });

  const release = (spec: string, name = 'authentik'): string =>
    `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: ${name}, namespace: flux-system }\nspec: ${spec}\n`;
  const chart = 'chart: { spec: { chart: authentik } }';
  it.each<[string, Files, string]>([
    [
      'of a HelmRelease',
      { 'r.yaml': release(`{ ${chart}, values: { worker: { env: [] } } }`) },
      'r.yaml authentik-worker worker spec.values.worker.env',
    ],
    [
      'of one of another release name',
      { 'r.yaml': release(`{ ${chart}, releaseName: sso, values: {} }`) },
      'r.yaml sso-authentik-worker worker spec.values.worker.env',
    ],
    [
      'of one that says the full name',
      { 'r.yaml': release(`{ ${chart}, values: { fullnameOverride: idp } }`) },
      'r.yaml idp-worker worker spec.values.worker.env',
    ],
    [
      'of one by an OCI source',
      {
        'r.yaml': release(
          '{ chartRef: { kind: OCIRepository, name: charts }, values: { global: { env: [] } } }',
          'sso',
        ),
        's.yaml':
          'apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: { name: charts }\nspec: { url: oci://ghcr.io/goauthentik/helm-charts/authentik }\n',
      },
      'r.yaml sso-authentik-worker worker spec.values.global.env',
    ],
    [
      'of a file that a generator hands to one',
      {
        'a/r.yaml': release(`{ ${chart}, valuesFrom: [{ kind: ConfigMap, name: v }] }`),
        'a/kustomization.yaml': 'configMapGenerator:\n  - name: v\n    files: [values.yaml=helm.yaml]\n',
        'a/helm.yaml': 'worker: { env: [] }\n',
      },
      'a/helm.yaml authentik-worker worker worker.env',
    ],
    [
      'of a file with the list, below values of its own',
      {
        'a/app/r.yaml': release(
          `{ ${chart}, valuesFrom: [{ kind: ConfigMap, name: v, valuesKey: x }, { kind: Secret, name: p, targetPath: a.b }], values: { server: {} } }`,
        ),
        'a/app/kustomization.yaml': 'configMapGenerator:\n  - name: v\n    files: [x=helm.yaml, y=other.yaml]\n',
        'a/app/helm.yaml': 'global: { env: [{ name: TZ, value: UTC }] }\n',
        'a/app/other.yaml': 'worker: { env: [{ name: TZ, value: UTC }] }\n',
        'b/kustomization.yaml': 'configMapGenerator:\n  - name: v\n    files: [x=x.yaml]\n',
        'b/x.yaml': 'worker: { env: [{ name: THEIRS, value: UTC }] }\n',
      },
      'a/app/helm.yaml authentik-worker worker global.env',
    ],
    [
      'of values of its own, where they have the list',
      {
        'a/r.yaml': release(
          `{ ${chart}, valuesFrom: [{ kind: ConfigMap, name: v }], values: { worker: { env: [{ name: TZ, value: UTC }] } } }`,
        ),
        'a/kustomization.yaml': 'configMapGenerator:\n  - name: v\n    files: [values.yaml]\n',
        'a/values.yaml': 'worker: { env: [{ name: TZ, value: UTC }] }\n',
      },
      'a/r.yaml authentik-worker worker spec.values.worker.env',
    ],
    [
      'of the file with the list, where an Application gives several',
      {
        'app.yaml':
          'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: authentik }\nspec:\n  sources:\n    - { repoURL: https://charts.goauthentik.io, chart: authentik, helm: { valueFiles: [$v/base.yaml, $v/home.yaml] } }\n',
        'base.yaml': 'worker: { env: [{ name: TZ, value: UTC }] }\n',
        'home.yaml': 'worker: { replicas: 2 }\n',
      },
      'base.yaml authentik-worker worker worker.env',
    ],
    [
      'of helmCharts, by a file',
      {
        'a/kustomization.yaml': 'helmCharts:\n  - { name: authentik, releaseName: idp, valuesFile: v.yaml }\n',
        'a/v.yaml': 'global: { env: [] }\n',
      },
      'a/v.yaml idp-authentik-worker worker global.env',
    ],
    [
      'of helmCharts, inline',
      { 'a/kustomization.yaml': 'helmCharts:\n  - { name: authentik, valuesInline: { worker: { env: [] } } }\n' },
      'a/kustomization.yaml authentik-worker worker helmCharts.0.valuesInline.worker.env',
    ],
    [
      'of a chart under an alias',
      {
        'c/Chart.yaml': 'name: authentik-home\ndependencies: [{ name: authentik, alias: idp }]\n',
        'c/values.yaml': 'idp: { worker: { env: [] } }\n',
      },
      'c/values.yaml authentik-home-worker worker idp.worker.env',
    ],
    [
      'of values beside nothing',
      { 'v.yaml': 'authentik: { log_level: info }\nserver: {}\n' },
      'v.yaml authentik-worker worker worker.env',
    ],
  ])('%s', (_, files, expected) => {
    expect(found(files)).toEqual([expected]);
  });

  it('not of another chart', () => {
    expect(
      found({ 'r.yaml': release('{ chart: { spec: { chart: grafana } }, values: { authentik: {} } }', 'grafana') }),
    ).toEqual([]);
  });

  it('of values in an Application, which says so', () => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: idp }
spec:
  sources:
    - { repoURL: https://charts.goauthentik.io, chart: authentik, helm: { valuesObject: { worker: { env: [] } } } }
`;
    expect(workersIn(tree({ 'app.yaml': application }))).toMatchObject([
      {
        file: 'app.yaml',
        valuesPath: 'spec.sources.0.helm.valuesObject.worker.env',
        inApplication: true,
        name: 'idp-authentik-worker',
      },
    ]);
  });
});

describe('blueprints', () => {
  const map = (name: string, text: string): string =>
    `kind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  a.yaml: |\n    entries:\n      - model: ${text}\n`;
  const files = {
    'groups.yaml': map('groups', 'authentik_core.group'),
    'clients.yaml': map('clients', 'authentik_providers_oauth2.oauth2provider'),
    'elsewhere.yaml': map('elsewhere', 'authentik_providers_oauth2.oauth2provider'),
    'other.yaml': 'kind: ConfigMap\nmetadata: { name: other }\ndata: { a: b }\n',
  };
  const names = (mounts: Worker['mounts']) =>
    blueprintsFor(tree(files), { ...plain, mounts }).map(({ configMap }) => configMap);
  const mount = (configMap: string) => ({ configMap, mountedAs: 'custom' });

  it('are what the worker mounts, those that make clients first', () => {
    expect(names([mount('groups'), mount('clients')])).toEqual(['clients']);
    expect(names([mount('groups'), mount('other')])).toEqual(['groups']);
    expect(names([mount('other')])).toEqual(['other']);
    expect(names([mount('absent')])).toEqual([]);
  });

  it('are what makes clients, where nothing tells the mounts', () => {
    expect(names(undefined)).toEqual(['clients', 'elsewhere']);
  });
});

describe('ExternalSecrets', () => {
  const secret = (name: string, target: string, keys: readonly string[]): string =>
    `apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: { name: ${name} }\nspec: { target: ${target}, data: [${keys.map((key) => `{ secretKey: ${key} }`).join()}] }\n`;
  const worker = {
    ...plain,
    environment: { env: [], envFrom: [{ secretRef: { name: 'db' } }, { secretRef: { name: 'clients' } }] },
  };
  const files = {
    'a/one.yaml': secret('db', '{}', ['password']),
    'a/two.yaml': secret('two', '{ name: clients }', ['wiki']),
    'b/three.yaml': secret('three', '{ name: other }', ['wiki']),
  };
  const names = (of: Worker, keys: readonly string[]) =>
    externalSecretsFor(tree(files), of, keys).map(({ name }) => name);

  it('are those that fill what the worker is given, by target or name; of several the one that brings the clients’ keys', () => {
    expect(names(worker, [])).toEqual(['db', 'two']);
    expect(names(worker, ['wiki'])).toEqual(['two']);
  });

  it('by a name that Flux makes anew in each Kustomization are those near the worker alone', () => {
    const own = (file: string): Files => ({
      [file]: `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: "\${APP}-db" }\nspec: { data: [] }\n`,
    });
    const all = { ...own('a/idp/db.yaml'), ...own('a/photos/db.yaml'), ...own('a/idp/app/db.yaml') };
    const app = {
      ...worker,
      file: 'a/idp/release.yaml',
      environment: { env: [], envFrom: [{ secretRef: { name: '${APP}-db' } }] },
    };
    expect(externalSecretsFor(tree(all), app, []).map(({ file }) => file)).toEqual([
      'a/idp/app/db.yaml',
      'a/idp/db.yaml',
    ]);
  });

  it('of several are those that a served store fills, where a file tells', () => {
    const store = (name: string, provider: string): string =>
      `---\napiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: { name: ${name} }\nspec: { provider: { ${provider}: {} } }\n`;
    const stores = tree({ 's.yaml': store('bao', 'vault') + store('op', 'onepassword') });
    const of = (name: string) => ({
      file: 'e',
      name,
      namespace: undefined,
      target: name,
      spec: { secretStoreRef: { kind: 'ClusterSecretStore', name } },
    });
    const served = (...all: string[]) => servedFirst(stores, all.map(of)).map(({ name }) => name);
    expect(served('bao', 'op', 'elsewhere')).toEqual(['op', 'elsewhere']);
    expect(served('bao')).toEqual(['bao']);
  });

  it('of a worker that is given nothing are those beside it', () => {
    expect(names(plain, [])).toEqual(['db', 'two']);
  });
});

describe('who deploys', () => {
  const files = ['apps/authentik/a.yaml', 'apps/authentik/b.yaml'];
  const texts = Object.fromEntries(files.map((file) => [file, 'a: b\n']));
  const application = (name: string, spec: string): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
  const kustomization = (name: string, spec: string): string =>
    `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: ${name}, namespace: flux-system }\nspec: ${spec}\n`;

  it('is the Application nearest to the files, of one source or several', async () => {
    const all = tree({
      ...texts,
      'argo/all.yaml': application('all', '{ source: { path: apps } }'),
      'argo/own.yaml': application(
        'own',
        '{ sources: [{ chart: x }, { path: apps/authentik, targetRevision: prod, repoURL: r }], syncPolicy: { automated: {} } }',
      ),
      'argo/other.yaml': application('other', '{ source: { path: apps/other } }'),
    });
    expect(nearest(await applicationsFor(all, files, plain))).toMatchObject([
      { name: 'own', branch: 'prod', automated: true, remote: 'r', files },
    ]);
  });

  it.each([
    ['{ server: https://kubernetes.default.svc }', undefined],
    ['{ name: in-cluster }', undefined],
    ['{ name: edge }', 'edge'],
    ['{ server: "https://edge.example:6443" }', 'edge'],
    ['{ server: "https://10.0.0.5:6443" }', 'authentik'],
  ])('brings Authentik to the cluster of %s', async (destination, cluster) => {
    const spec = `{ source: { path: apps/authentik }, destination: ${destination} }`;
    expect(
      nearest(await applicationsFor(tree({ ...texts, 'a.yaml': application('own', spec) }), files, plain)),
    ).toMatchObject([{ cluster }]);
  });

  it('is the Kustomization whose folder leads to the files, components and all, with what it substitutes', async () => {
    const all = tree({
      ...texts,
      'clusters/home/root.yaml': kustomization('root', '{ path: ./clusters/home }'),
      'clusters/home/own.yaml': kustomization(
        'own',
        '{ path: ./deploy, components: [../apps/authentik], targetNamespace: idp, postBuild: { substitute: { A: "1" }, substituteFrom: [{ kind: ConfigMap, name: vars }, { kind: Secret, name: s }] } }',
      ),
      'deploy/kustomization.yaml': 'resources: []\n',
      'vars.yaml': 'kind: ConfigMap\nmetadata: { name: vars }\ndata: { A: "0", B: "2" }\n',
      's.yaml': 'kind: Secret\nmetadata: { name: s }\nstringData: { C: "3" }\n',
    });
    expect(nearest(await kustomizationsFor(all, files))).toMatchObject([
      { name: 'own', targetNamespace: 'idp', cluster: 'home', substitute: { A: '1', B: '2' }, files },
    ]);
  });

  it('is refused where the source is no Git repository', async () => {
    const all = tree({
      ...texts,
      'k.yaml': kustomization('own', '{ path: apps, sourceRef: { kind: OCIRepository, name: x } }'),
    });
    expect(nearest(await kustomizationsFor(all, files))).toMatchObject([
      { refusal: 'deploys a source of kind OCIRepository' },
    ]);
  });
});

describe('the address', () => {
  const of = (files: Files, worker: Partial<Worker> = {}) =>
    addressesIn(tree(files), { ...plain, ...worker }, { DOMAIN: 'home.example' }).map(({ value }) => value);
  it.each<[string, Files, Partial<Worker>, readonly string[]]>([
    [
      'an Ingress',
      {
        'i.yaml':
          'kind: Ingress\nmetadata: { name: sso }\nspec: { rules: [{ host: sso.example, http: { paths: [{ backend: { service: { name: authentik-server } } }] } }] }\n',
      },
      {},
      ['https://sso.example'],
    ],
    [
      'an HTTPRoute, with what Flux substitutes',
      {
        'i.yaml':
          'kind: HTTPRoute\nmetadata: { name: sso }\nspec: { hostnames: ["auth.${DOMAIN}"], rules: [{ backendRefs: [{ name: authentik-server }] }] }\n',
      },
      {},
      ['https://auth.home.example'],
    ],
    [
      'an IngressRoute',
      {
        'i.yaml':
          'kind: IngressRoute\nmetadata: { name: authentik }\nspec: { routes: [{ match: "Host(`id.example`)" }] }\n',
      },
      {},
      ['https://id.example'],
    ],
    [
      'values of the chart',
      {},
      { values: { server: { ingress: { enabled: true, hosts: ['auth.example'] } } } },
      ['https://auth.example'],
    ],
    ['a host that nobody tells', {}, { values: { server: { ingress: { hosts: ['auth.${UNKNOWN}'] } } } }, []],
    [
      'another service',
      {
        'i.yaml':
          'kind: Ingress\nmetadata: { name: wiki }\nspec: { rules: [{ host: wiki.example, http: { paths: [{ backend: { service: { name: wiki } } }] } }] }\n',
      },
      {},
      [],
    ],
  ])('by %s', (_, files, worker, expected) => {
    expect(of(files, worker)).toEqual(expected);
  });
});

describe('how clients are called', () => {
  const vault = () => onePassword({ kind: 'connect', vaultId: 'v', itemId: 'i', itemTitle: 'sso' });
  const standing = (slug: string, variable: string): Standing => ({
    slug,
    displayName: slug,
    variable,
    secretFile: undefined,
    section: undefined,
  });
  const entry = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: 's', key } } });

  it('is what most of them are, each name by itself', () => {
    const clients = [
      standing('wiki', 'WIKI_SECRET'),
      standing('my-photos', 'MY_PHOTOS_SECRET'),
      standing('odd', 'SOMETHING'),
    ];
    const keys = [
      ['WIKI_SECRET', 'wiki'],
      ['MY_PHOTOS_SECRET', 'my-photos'],
      ['SOMETHING', 'x'],
    ] as const;
    const worker = { ...plain, environment: { env: keys.map(([name, key]) => entry(name, key)), envFrom: [] } };
    const data = keys.map(([, key]) => ({
      secretKey: key,
      remoteRef: { key: 'sso', property: `${key}/oidc`.replace('/', '-') },
    }));
    const externalSecret = { file: 'e', name: 's', namespace: undefined, target: 's', spec: { data } };
    expect(namingOf(clients, { worker, externalSecret, filled: [], vault })).toEqual({
      envVar: '{NAME}_SECRET',
      vaultField: '{name}-oidc',
      secretKey: '{name}',
    });
  });

  it('is told by the Secret of each, where each has one and an item of its own', () => {
    const slugs = ['wiki', 'my-photos'];
    const clients = slugs.map((slug) => standing(slug, `${slug.toUpperCase().replace('-', '_')}_SECRET`));
    const env = clients.map(({ slug, variable = '' }) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: slug, key: 'word' } },
    }));
    const worker = { ...plain, environment: { env, envFrom: [] } };
    const filledBy = (name: string, data: readonly object[]) => ({
      file: 'e',
      name,
      namespace: undefined,
      target: name,
      spec: { data },
    });
    const of = (property: (slug: string) => string) =>
      namingOf(clients, {
        worker,
        externalSecret: filledBy('s', []),
        filled: slugs.map((slug) =>
          filledBy(slug, [{ secretKey: 'word', remoteRef: { key: `oidc-${slug}`, property: property(slug) } }]),
        ),
        vault: ({ slug }) =>
          onePassword({ kind: 'connect', vaultId: 'v', item: 'oidc-{name}' }, { title: `oidc-${slug}`, client: slug }),
      });
    expect(of(() => 'password')).toEqual({
      envVar: '{NAME}_SECRET',
      vaultField: 'password',
      secretKey: '{name}-client-secret',
    });
    expect(of((slug) => `${slug}-word`)).toEqual({ envVar: '{NAME}_SECRET', vaultField: '{name}-word' });
  });

  it('where nobody stands and the worker has the Secret whole, key and variable are called alike', () => {
    const worker = { ...plain, environment: { env: [], envFrom: [{ prefix: 'SSO_', secretRef: { name: 's' } }] } };
    const externalSecret = { file: 'e', name: 's', namespace: undefined, target: 's', spec: {} };
    expect(namingOf([], { worker, externalSecret, filled: [], vault })).toEqual({
      envVar: 'SSO_{NAME}_CLIENT_SECRET',
      secretKey: '{NAME}_CLIENT_SECRET',
    });
    expect(namingOf([], { worker: plain, externalSecret, filled: [], vault })).toEqual({});
  });
});

describe('the vault', () => {
  const of = (provider: object, keys: readonly string[], standing: readonly (readonly [string, string])[] = []) =>
    foundSettings({
      store: { provider: { ...provider }, from: 's' },
      keys,
      standing: standing.map(([client, key]) => ({ client, key })),
      from: 'e',
    }).map(({ key, value }) => `${key}=${value}`);
  const id = 'abcdefghijklmnopqrstuvwxyz';

  it.each([
    [
      'Connect',
      { onepassword: { connectHost: 'http://c', vaults: { home: 1 } } },
      ['connectHost=http://c', 'vaultName=home'],
    ],
    ['a vault by its id', { onepassword: { vaults: { [id]: 1 } } }, [`vaultId=${id}`]],
    ['several vaults, of which none is meant for sure', { onepassword: { vaults: { a: 1, b: 2 } } }, []],
    [
      'variables of Flux, in whose place anything may stand',
      { onepassword: { connectHost: 'http://${HOST}', vaults: { '${VAULT}': 1 } } },
      [],
    ],
    [
      'the SDK',
      { onepasswordSDK: { vault: 'home' } },
      ['kind=serviceAccount', 'storeProvider=onepasswordSDK', 'vaultName=home'],
    ],
  ])('is told by a store of %s', (_, provider, expected) => {
    expect(of(provider, [])).toEqual(expected);
  });

  it.each<[string, readonly string[], readonly (readonly [string, string])[], readonly string[]]>([
    ['the one that is read', ['sso'], [], ['itemTitle=sso']],
    [
      'the one that the clients are in',
      ['sso', 'db'],
      [
        ['wiki', 'sso'],
        ['photos', 'sso'],
      ],
      ['itemTitle=sso'],
    ],
    [
      'one for each client',
      ['db', 'oidc-wiki', 'oidc-photos'],
      [
        ['wiki', 'oidc-wiki'],
        ['photos', 'oidc-photos'],
      ],
      ['item=oidc-{name}'],
    ],
    ['several to choose from', ['sso', 'db'], [], ['itemTitle=sso', 'itemTitle=db']],
    ['none by a variable of Flux', ['${ITEM}', 'sso'], [['wiki', '${ITEM}-wiki']], ['itemTitle=sso']],
    [
      'no pattern that no reference takes, as of another vault',
      ['oidc/wiki'],
      [['wiki', 'oidc/wiki']],
      ['itemTitle=oidc/wiki'],
    ],
  ])('has as item %s', (_, keys, standing, expected) => {
    expect(of({}, keys, standing)).toEqual(expected);
  });

  it('of the SDK, the item stands before the slash', () => {
    expect(of({ onepasswordSDK: {} }, ['sso/wiki', 'sso/section/photos']).at(-1)).toBe('itemTitle=sso');
  });
});

it('Ansible is told by its roles and playbooks', () => {
  const files = {
    'ops/roles/zot/tasks/main.yml': '- name: x\n',
    'ops/site.yml': '- hosts: all\n  roles: [zot]\n',
    'apps/ingress.yaml': 'spec:\n  hosts: [a]\n',
  };
  expect(ansibleIn(tree(files))).toEqual({ roles: ['ops/roles'], playbooks: ['ops/site.yml'] });
});

it.each([
  ['https://me:token@git.example/a.git', 'https://git.example/a.git'],
  ['https://git.example/a.git', 'https://git.example/a.git'],
  ['git@git.example:a.git', 'git@git.example:a.git'],
  ['https://me:pass@word@git.example/a.git', 'https://git.example/a.git'],
  ['HTTPS://token@git.example/a.git', 'HTTPS://git.example/a.git'],
  ['ssh://git:password@git.example/a.git', 'ssh://git@git.example/a.git'],
  ['ssh://git@git.example:2222/a.git', 'ssh://git@git.example:2222/a.git'],
  ['https://git.example/a@b:c.git', 'https://git.example/a@b:c.git'],
])('the remote %s is written without credentials', (remote, expected) => {
  expect(withoutUser(remote)).toBe(expected);
});
