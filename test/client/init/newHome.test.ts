import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { init } from '../../../client/commands/init.ts';
import { planOffline } from '../../../client/commands/planOffline.ts';
import { filesOf, workingCopy } from '../../fixtures/gitApply.ts';
import { ANSWERS, type Files, initOver } from './layouts.ts';

/** Repositories in which each client has objects of its own, or none has any in Git: the job's get a ConfigMap beside them. */

const blueprint = (slug: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${slug}-login, namespace: idp }
data:
  ${slug}-sso.yaml: |
    version: 1
    metadata: { name: ${slug} sign-in }
    entries:
      - model: authentik_providers_oauth2.oauth2provider
        id: provider
        identifiers: { name: ${slug} }
        attrs:
          client_id: ${slug}
          client_secret: !Env SSO_${slug.toUpperCase()}
      - model: authentik_core.application
        identifiers: { slug: ${slug} }
        attrs: { name: ${slug}, provider: !KeyOf provider }
`;

const secret = (name: string, entries: readonly (readonly [string, string, string])[]): string => `---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: ${name}, namespace: idp }
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: op }
  data:
${entries.map(([key, item, property]) => `    - secretKey: ${key}\n      remoteRef: { key: ${item}, property: ${property} }`).join('\n')}
`;

const variable = (name: string, of: string, key: string): string =>
  `        - name: ${name}\n          valueFrom: { secretKeyRef: { name: ${of}, key: ${key} } }`;

const release = (env: readonly string[], rest = ''): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: authentik, namespace: idp }
spec:
  chart: { spec: { chart: authentik } }
  values:
    worker:
      env:
${env.join('\n')}
${rest}`;

const SLUGS = ['recipes', 'photos'];

const own: Files = {
  'clusters/green/idp.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: idp, namespace: flux-system }
spec: { path: ./idp, sourceRef: { kind: GitRepository, name: flux-system } }
`,
  'idp/kustomization.yaml':
    'resources:\n  - ./release.yaml\n  - ./secrets.yaml\n  - ./recipes.yaml\n  - ./photos.yaml\n',
  'idp/release.yaml': release(
    [
      variable('AUTHENTIK_SECRET_KEY', 'idp', 'key'),
      ...SLUGS.map((slug) => variable(`SSO_${slug.toUpperCase()}`, `${slug}-login`, 'word')),
    ],
    `    blueprints:\n      configMaps:\n        - recipes-login\n        - photos-login # the last one\n`,
  ),
  'idp/secrets.yaml': [
    secret('idp', [['key', 'idp', 'secret-key']]),
    ...SLUGS.map((slug) => secret(`${slug}-login`, [['word', `sso-${slug}`, 'word']])),
  ].join(''),
  'idp/recipes.yaml': blueprint('recipes'),
  'idp/photos.yaml': blueprint('photos'),
};

/** No blueprint in Git: clients are made in the admin interface. */
const none: Files = {
  'clusters/green/idp.yaml': own['clusters/green/idp.yaml'] ?? '',
  'idp/kustomization.yaml': 'resources:\n  - release.yaml\n  - secrets.yaml\n',
  'idp/release.yaml': release([variable('AUTHENTIK_SECRET_KEY', 'idp', 'key')]),
  'idp/secrets.yaml': secret('idp', [['key', 'idp', 'secret-key']]),
};

const { 'item-id': _id, namespace: _namespace, ...answers } = ANSWERS;
const asNew = { ...answers, blueprints: 'new' };

const ORDERS = `apiVersion: oidc-registrar/v1
kind: OidcClient
metadata: { name: orders }
spec: { displayName: Orders, redirectUris: [https://orders.example/callback], access: { groups: [cooks] } }
`;

async function planned(files: Files, given: Readonly<Record<string, string>>) {
  const repo = await workingCopy(files);
  const code = await init({ repo, yes: true, print: false, force: false, deployDir: 'deploy/r', answers: given });
  const registration = path.join(repo, 'orders.yaml');
  await writeFile(registration, ORDERS);
  const { plan } = await planOffline({ client: undefined, registration, repo });
  return {
    code,
    plan,
    files: await filesOf(repo),
    registrar: await readFile(path.join(repo, 'registrar.yaml'), 'utf8'),
  };
}

describe('where each client has a ConfigMap and an ExternalSecret of its own', () => {
  it('the choice has a new one in it', async () => {
    await expect(initOver(own)).rejects.toMatchObject({
      message: expect.stringMatching(/authentik.blueprints: there are several.*\n.*\n.*\n {2}--blueprints new$/),
    });
  });

  it('a new one is made, named and mounted, and a plan goes into it by the names that stand', async () => {
    const { code, plan, files, registrar } = await planned(own, asNew);
    expect(code).toBe(0);
    expect(files['idp/kustomization.yaml']).toBe(`${own['idp/kustomization.yaml']}  - ./oidc-clients.yaml\n`);
    expect(files['idp/release.yaml']).toBe(`${own['idp/release.yaml']}        - oidc-clients\n`);
    expect(plan.files.map((file) => file.path).toSorted()).toEqual([
      'idp/oidc-clients.yaml',
      'idp/release.yaml',
      'idp/secrets.yaml',
    ]);
    const diffs = plan.files.map(({ diff }) => diff).join('\n');
    expect(diffs).toContain('!Env SSO_ORDERS');
    expect(diffs).toContain('orders-sso.yaml');
    // Into the ExternalSecret that is no client's, from an item of its own as the others have.
    expect(registrar).toContain('item: sso-{name}');
    expect(registrar).toMatch(/externalSecret:\n {4}file: .*\n {4}name: idp\n/);
    expect(diffs).toContain('{ name: idp, key: orders-client-secret }');
  });

  it('one that people choose is taken as it is', async () => {
    const { installation, made } = await initOver(own, { ...answers, blueprints: 'photos-login' });
    expect([installation.authentik.blueprints.configMap, made]).toEqual(['photos-login', []]);
  });
});

describe('where no client is in Git', () => {
  it('is refused with the option that makes a ConfigMap, and served by it', async () => {
    await expect(initOver(none)).rejects.toMatchObject({
      message: expect.stringContaining('--blueprints new makes one and mounts it'),
    });
    const { code, plan, files } = await planned(none, { ...asNew, 'item-id': ANSWERS['item-id'] });
    expect([code, plan.unchanged]).toEqual([0, false]);
    expect(files['idp/release.yaml']).toContain('    blueprints:\n      configMaps:\n        - oidc-clients\n');
  });

  it('a list that cannot be edited is refused with the lines, and nothing is written', async () => {
    const shared = {
      ...none,
      'idp/release.yaml': release([variable('K', 'idp', 'key')], '    blueprints: {}\n')
        .replace('blueprints: {}', 'blueprints: { configMaps: *none }')
        .replace('spec:', 'x: &none []\nspec:'),
    };
    await expect(initOver(shared, asNew)).rejects.toMatchObject({
      kind: 'BadInput',
      message: expect.stringContaining('--blueprints new: idp/release.yaml: '),
      remedy: expect.stringContaining('- oidc-clients'),
    });
  });

  it('a Deployment gets a volume and mounts it, and a second plan finds all of it there', async () => {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: authentik-worker, namespace: idp }
spec:
  template:
    spec:
      containers:
        - name: proxy
          image: proxy:1
        - name: worker
          image: ghcr.io/goauthentik/server:2026.8.3
          args: [worker]
          env:
${variable('AUTHENTIK_SECRET_KEY', 'idp', 'key').replaceAll(/^/gm, '    ')}
      # what people have
      volumes:
        - name: media
          emptyDir: {}
`;
    const { code, files, plan, registrar } = await planned(
      { ...none, 'idp/release.yaml': deployment },
      { ...asNew, 'item-id': ANSWERS['item-id'] },
    );
    const mount =
      '          volumeMounts:\n            - name: oidc-clients\n              mountPath: /blueprints/oidc-clients\n';
    const volume = '        - name: oidc-clients\n          configMap:\n            name: oidc-clients\n';
    expect(files['idp/release.yaml']).toBe(`${deployment.replace('      # what', `${mount}      # what`)}${volume}`);
    expect(registrar).toContain('mountedAs: oidc-clients');
    expect([code, plan.unchanged]).toEqual([0, false]);
    expect(plan.warnings.join()).not.toContain('mount');
  });

  it('app-template gets an item of persistence', async () => {
    const values = `  values:
    controllers:
      worker:
        containers:
          app:
            image: { repository: ghcr.io/goauthentik/server }
            args: [worker]
            env:
              AUTHENTIK_SECRET_KEY: { valueFrom: { secretKeyRef: { name: idp, key: key } } }
    persistence:
      media:
        type: emptyDir
    route: {}
`;
    const text = release([])
      .replace('chart: authentik', 'chart: app-template')
      .replace(/ {2}values:[^]*$/, values);
    const { code, files } = await planned(
      { ...none, 'idp/release.yaml': text },
      { ...asNew, 'item-id': ANSWERS['item-id'] },
    );
    const item = `      oidc-clients:
        type: configMap
        name: oidc-clients
        advancedMounts:
          worker:
            app:
              - path: /blueprints/oidc-clients
`;
    expect(files['idp/release.yaml']).toBe(text.replace('    route:', `${item}    route:`));
    expect(code).toBe(0);
  });

  it('beside a Secret that is sealed, clients have an ExternalSecret of their own', async () => {
    const sealed = {
      ...none,
      'idp/secrets.yaml':
        'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: { name: idp, namespace: idp }\nspec: { encryptedData: { key: x } }\n',
    };
    await expect(initOver(sealed, asNew)).rejects.toMatchObject({
      message: expect.stringMatching(
        /SealedSecret idp, of Sealed Secrets: .*\. What brings Authentik's own secrets may stay/,
      ) as string,
    });
    const beside = {
      ...sealed,
      'idp/kustomization.yaml': `${none['idp/kustomization.yaml']}  - clients.yaml\n`,
      'idp/clients.yaml': secret('authentik-clients', [['NOTE', 'oidc-clients', 'note']]),
      'idp/release.yaml': `${none['idp/release.yaml']}      envFrom: [{ secretRef: { name: authentik-clients } }]\n`,
    };
    const { code, files, plan } = await planned(beside, { ...asNew, 'item-id': ANSWERS['item-id'] });
    expect([code, plan.unchanged]).toEqual([0, false]);
    expect(files['idp/secrets.yaml']).toBe(sealed['idp/secrets.yaml']);
    expect(plan.files.map(({ path: file }) => file)).toEqual(['idp/clients.yaml', 'idp/oidc-clients.yaml']);
  });

  it('is not named in values over others that mount some, which it would replace', async () => {
    const files = {
      ...none,
      'idp/release.yaml': String(none['idp/release.yaml']).replace(
        '  values:',
        '  valuesFrom: [{ kind: ConfigMap, name: v }]\n  values:',
      ),
      'idp/kustomization.yaml': `${none['idp/kustomization.yaml']}configMapGenerator: [{ name: v, files: [values.yaml] }]\n`,
      'idp/values.yaml': 'blueprints: { configMaps: [groups] }\n',
    };
    await expect(initOver(files, asNew)).rejects.toMatchObject({
      message: expect.stringContaining('other values than idp/release.yaml set blueprints.configMaps') as string,
    });
  });

  it('a file of its name is not taken', async () => {
    await expect(initOver({ ...none, 'idp/oidc-clients.yaml': 'a: 1\n' }, asNew)).rejects.toMatchObject({
      message: '--blueprints new: idp/oidc-clients.yaml is there already',
    });
  });
});

it.each([true, false])('nothing of people’s values is printed beside its lines, as JSON: %s', async (json) => {
  const clear = { ...none, 'idp/release.yaml': `${none['idp/release.yaml']}    authentik: { secret_key: in-clear }\n` };
  const repo = await workingCopy(clear);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const given = { ...asNew, 'item-id': ANSWERS['item-id'] };
  await init({ repo, yes: true, print: true, json, force: false, deployDir: 'deploy/r', answers: given });
  const text = [...printed.mock.calls, ...told.mock.calls].join('\n');
  vi.restoreAllMocks();
  expect(text).toContain('- oidc-clients');
  expect(text).not.toContain('in-clear');
  expect((await filesOf(repo))['idp/release.yaml']).toBe(clear['idp/release.yaml']);
});

describe('what a person is told', () => {
  it('variables that no file tells', async () => {
    const files = {
      ...own,
      'idp/release.yaml': `${own['idp/release.yaml']}    server: { ingress: { hosts: ["auth.\${DOMAIN}", "$\${LATER}"] } }\n`,
    };
    const { report } = await initOver(files, asNew);
    expect(report).toMatch(
      /To look at\n(?: {2}.*\n)* {2}idp\/release.yaml holds \$\{DOMAIN\}, and .*gitops.substitute/,
    );
    expect(report).not.toContain('LATER');
  });

  it('a vault that is not served, and nothing of its items', async () => {
    const store = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: { name: op }
spec: { provider: { infisical: {} } }
`;
    await expect(initOver({ ...none, 'store.yaml': store }, asNew)).rejects.toMatchObject({
      message: expect.stringMatching(/^vault: ExternalSecret idp .* reads .*: that vault is not served\. What brings/),
    });
  });
});

it('a kustomization that is a link is told, for a run would not follow it', async () => {
  const { 'idp/kustomization.yaml': kustomization = '', ...rest } = none;
  const repo = await workingCopy({ ...rest, 'shared.yaml': kustomization });
  await symlink('../shared.yaml', path.join(repo, 'idp/kustomization.yaml'));
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const given = { ...asNew, 'item-id': ANSWERS['item-id'] };
  await init({ repo, yes: true, print: false, force: false, deployDir: 'deploy/r', answers: given });
  const told = printed.mock.calls.join('\n');
  vi.restoreAllMocks();
  expect(told).toMatch(
    /deployBy +external +\(idp of clusters\/green\/idp\.yaml cannot be followed: idp\/kustomization\.yaml is a symbolic link/,
  );
});

describe('of another repository', () => {
  const foreign = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: theirs, namespace: argocd }
spec: { source: { repoURL: https://git.example/other.git, path: idp }, destination: { namespace: x } }
`;

  it('an Application does not deploy a folder of ours that is called alike', async () => {
    const { installation } = await initOver({ ...own, 'apps/theirs.yaml': foreign }, asNew, ANSWERS.remote);
    expect(installation.authentik).toMatchObject({ deployBy: 'flux', kustomization: 'idp' });
  });

  it('it does where nobody else is seen to, for ours may be a mirror', async () => {
    const { 'clusters/green/idp.yaml': _flux, ...rest } = own;
    const holding = { ...rest, 'idp/release.yaml': `${rest['idp/release.yaml']}    global: { note: "\${DOMAIN}" }\n` };
    const { installation, report } = await initOver({ ...holding, 'apps/theirs.yaml': foreign }, asNew, ANSWERS.remote);
    expect(installation.authentik).toMatchObject({ deployBy: 'argocd', application: 'theirs' });
    // It puts nothing in the place of such, so there is nothing to look at.
    expect(report).not.toContain('DOMAIN');
  });
});
