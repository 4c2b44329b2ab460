import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { init, initialised, type InitOptions } from '../../../client/commands/init.ts';
import { planOffline } from '../../../client/commands/planOffline.ts';
import type { Asker } from '../../../client/init/interview.ts';
import { ALL } from '../../../client/init/questions.ts';
import type { RegistrarError } from '../../../core/base/errors.ts';
import { at } from '../../../core/base/own.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { filesOf, workingCopy } from '../../fixtures/gitApply.ts';
import { textsOf } from '../../fixtures/texts.ts';
import { ANSWERS, type Files, initOver } from './layouts.ts';

const { files: manual } = await sampleLayout('manual');
const { files: flux } = await sampleLayout('flux');

const ORDERS = `apiVersion: oidc-registrar/v1
kind: OidcClient
metadata: { name: orders }
spec:
  displayName: Orders
  redirectUris: [https://orders.example/callback]
  access: { groups: [gardeners] }
`;

const options = (repo: string, change: Partial<InitOptions> = {}): InitOptions => ({
  repo,
  yes: true,
  print: false,
  force: false,
  deployDir: 'deploy/oidc-registrar',
  answers: ANSWERS,
  ...change,
});

describe('in a working copy', () => {
  it('writes an installation with which an offline plan works, and asks git for what it knows', async () => {
    const repo = await workingCopy(manual);
    await execa('git', ['remote', 'add', 'origin', 'https://me:token@git.orchard.example/platform/homelab'], {
      cwd: repo,
    });
    const { remote: _remote, ...answers } = ANSWERS;
    expect(await init(options(repo, { answers }))).toBe(0);
    const registration = path.join(repo, 'orders.yaml');
    await writeFile(registration, ORDERS);
    const { plan } = await planOffline({ client: undefined, registration, repo });
    expect(plan.files.map((file) => file.path)).toContain('identity/authentik/blueprints.yaml');
    const text = await readFile(path.join(repo, 'registrar.yaml'), 'utf8');
    expect(text).toContain('remote: https://git.orchard.example/platform/homelab # git remote origin');
    expect(JSON.stringify(await filesOf(repo))).not.toContain('token@');
  });

  it('writes nothing over a file that is there, unless it is told to', async () => {
    const repo = await workingCopy(manual);
    await writeFile(path.join(repo, 'registrar.yaml'), 'mine\n');
    const before = await filesOf(repo);
    await expect(init(options(repo))).rejects.toMatchObject({
      message: 'registrar.yaml is there already, and nothing was written',
    });
    expect(await filesOf(repo)).toEqual(before);
    expect(await init(options(repo, { force: true }))).toBe(0);
    expect(await readFile(path.join(repo, 'registrar.yaml'), 'utf8')).toContain('kind: Installation');
  });

  it('writes nothing outside of it: through a link, or by the folder that is named', async () => {
    const repo = await workingCopy(manual);
    const outside = await workingCopy({ 'mine.yaml': 'mine\n' });
    const registrar = path.join(repo, 'registrar.yaml');
    const isLink = (file: string) => ({ message: expect.stringContaining(`${file} is a symbolic link`) });
    for (const target of ['mine.yaml', 'none-yet.yaml']) {
      await symlink(path.join(outside, target), registrar);
      await expect(init(options(repo, { force: true }))).rejects.toMatchObject(isLink('registrar.yaml'));
      await rm(registrar);
    }
    await symlink(outside, path.join(repo, 'deploy'));
    await expect(init(options(repo))).rejects.toMatchObject(isLink('deploy'));
    for (const deployDir of ['../elsewhere', 'a/../../elsewhere', outside, '.git/hooks'])
      await expect(init(options(repo, { deployDir }))).rejects.toMatchObject({
        message: expect.stringContaining(`--deploy-dir ${deployDir}: must be a path inside the repository`),
      });
    expect(existsSync(registrar)).toBe(false);
    expect(await filesOf(outside)).toEqual({ 'mine.yaml': 'mine\n' });
  });

  it('refuses a folder inside of one, for paths are those of the repository', async () => {
    const repo = await workingCopy({ 'homelab/a.yaml': 'a: 1\n' });
    await execa('git', ['init', '--quiet'], { cwd: repo });
    await expect(init(options(path.join(repo, 'homelab')))).rejects.toMatchObject({
      message: expect.stringMatching(/homelab is a folder inside of the working copy /) as string,
      remedy: `Name that one: --repo ${realpathSync(repo)}`,
    });
    expect(Object.keys(await filesOf(repo))).toEqual(['homelab/a.yaml']);
  });

  it('takes a remote that is typed with a password without it', async () => {
    const { installation } = await initOver(manual, {
      remote: 'https://me:token@git.orchard.example/platform/homelab',
    });
    expect(installation.gitops.remote).toBe('https://git.orchard.example/platform/homelab');
  });

  it('prints the files and writes none with --print, also where there are some', async () => {
    const repo = await workingCopy({ ...manual, 'registrar.yaml': 'mine\n' });
    const { stdout, stderr } = await execa(
      process.execPath,
      ['client/cli.ts', 'init', '--repo', repo, '--print', ...argumentsOf(ANSWERS)],
      { stdin: 'ignore' },
    );
    const [registrar = ''] = stdout.split('# --- deploy');
    expect(parse(registrar)).toMatchObject({ kind: 'Installation' });
    expect(stderr).toContain('identity/authentik/worker.yaml#authentik-worker');
    expect(Object.keys(await filesOf(repo))).toHaveLength(Object.keys(manual).length + 1);
    const data = await execa(
      process.execPath,
      ['client/cli.ts', 'init', '--repo', repo, '--print', '--json', ...argumentsOf(ANSWERS)],
      { stdin: 'ignore' },
    );
    const { written, files } = JSON.parse(data.stdout) as { written: boolean; files: { path: string; text: string }[] };
    expect([written, files[0]]).toMatchObject([
      false,
      { path: 'registrar.yaml', text: registrar.slice('# --- registrar.yaml\n'.length).trimEnd() + '\n' },
    ]);
  });
});

const argumentsOf = (answers: Readonly<Record<string, string>>): string[] =>
  Object.entries(answers).flatMap(([option, value]) => [`--${option}`, value]);

/** What is missing, as it is told. */
async function problem(files: Files, answers: Readonly<Record<string, string>> = ANSWERS): Promise<string> {
  return (await refusal(files, answers)).message;
}

async function refusal(files: Files, answers: Readonly<Record<string, string>> = ANSWERS): Promise<RegistrarError> {
  const asked = { answers, deployDir: 'deploy' };
  return initialised(textsOf(files), { remote: undefined, branch: undefined }, asked).then(
    () => Promise.reject(new Error('written')),
    (error: RegistrarError) => error,
  );
}

describe('where nobody is there to ask', () => {
  it('everything that no file tells is named at once, each with its option and how one finds it out', async () => {
    const found = await problem(manual, {});
    for (const option of ['vault-id', 'item-id', 'url'])
      expect(found).toContain(`no file tells it: name it with --${option} (`);
    expect(found).toMatch(/^3 settings are open(\n\S+: no file tells it: .*){3}$/);
    expect(found).not.toContain('--namespace');
    expect(found).not.toContain('--connect-host');
    const [, title] = /item get "([^"]*)" --vault <vaultId>/.exec(found) ?? [];
    expect(manual['identity/authentik/external-secret.yaml']).toContain(`key: "${title}"\n`);
  });

  it('a store that no file holds is named, for it may be of another vault', async () => {
    const store = 'secrets/cluster-secret-store.yaml';
    const { [store]: _store, ...others } = manual;
    expect(await problem(others, {})).toMatch(
      /to look at: ExternalSecret \S+ of identity\/authentik\/external-secret\.yaml is filled from ClusterSecretStore vault-orchard, which no file holds/,
    );
    expect(await problem(manual, {})).not.toContain('which no file holds');
  });

  it('values that stand in an Application as a text are named with what to do about them', async () => {
    const application = (helm: string): Files => ({
      'idp/app.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: idp }\nspec:\n  source:\n    repoURL: https://charts.goauthentik.io\n    chart: authentik\n    helm: ${helm}\n`,
    });
    expect(await problem(application('{ values: "worker: { env: [] }" }'))).toMatch(
      /^authentik\.deployment: idp\/app\.yaml: Application idp gives Authentik's chart its values as a text \(helm\.values\), which is not edited: put them into a file/,
    );
    expect(await problem(application('{ releaseName: sso }'))).toContain('no values of a file: put them into a file');
    expect(await problem(application('{ valuesObject: { worker: {} } }'))).not.toContain('put them into a file');
  });

  const two = {
    ...manual,
    'identity/other/worker.yaml': `${manual['identity/authentik/worker.yaml']}`.replace(
      'name: authentik-worker',
      'name: other-worker',
    ),
  };

  it('candidates are listed with the option that chooses each, and that option is taken', async () => {
    const found = await problem(two);
    const labels = ['identity/authentik/worker.yaml#authentik-worker', 'identity/other/worker.yaml#other-worker'];
    expect(found).toContain(['there are several, choose one of', ...labels].join('\n  --deployment '));
    for (const [i, deployment] of [...labels, 'other-worker'].entries())
      expect(
        (await initOver(two, { deployment, 'deploy-by': 'external' })).installation.authentik.deployment.name,
      ).toBe(i === 0 ? 'authentik-worker' : 'other-worker');
    expect(await problem(two, { ...ANSWERS, deployment: 'third' })).toContain(
      `--deployment third: there is no such one (${labels.join(', ')})`,
    );
  });

  it.each([
    ['no worker', 'identity/authentik/worker.yaml', '', "no file holds Authentik's worker"],
    ['no ConfigMap', 'identity/authentik/blueprints.yaml', '', 'no file holds or generates a ConfigMap of that name'],
    [
      'another way of secrets',
      'identity/authentik/external-secret.yaml',
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: { name: authentik-env }\n',
      'it holds the SealedSecret authentik-env, of Sealed Secrets: only a Secret that an ExternalSecret',
    ],
    [
      'another vault',
      'secrets/cluster-secret-store.yaml',
      'kind: ClusterSecretStore\nmetadata: { name: vault-orchard }\nspec: { provider: { vault: {} } }\n',
      'which reads HashiCorp Vault or OpenBao: that vault is not served',
    ],
  ])('%s is told in a sentence', async (_, file, text, why) => {
    const told = await refusal({ ...manual, [file]: text });
    expect(told.message).toContain(why);
    // No option is spoken of where none is named.
    expect(told.remedy.includes('these options')).toBe(told.message.includes(' --'));
  });
});

it('a person is asked what no file tells, and to choose of several', async () => {
  const asked: string[] = [];
  const asker: Asker = {
    choose: async (message, labels) => (asked.push(`${message} ${labels.length}`), 1),
    enter: async (message, likely) => {
      asked.push(message);
      return (
        likely ??
        (message.includes('Address of Authentik')
          ? 'https://auth.orchard.example'
          : message.includes('Connect')
            ? 'https://c.example'
            : 'orchardvaultaaaaaaaaaaaaaa')
      );
    },
  };
  const secret = `${manual['identity/authentik/external-secret.yaml']}`;
  const files = { ...manual, 'identity/authentik/second.yaml': secret.replace('name: authentik\n', 'name: second\n') };
  const { installation } = await initialised(
    textsOf(files),
    { remote: undefined, branch: undefined },
    { answers: {}, deployDir: 'deploy', asker },
  );
  expect(installation.authentik.externalSecret.name).toBe('second');
  expect(asked).toEqual([
    'Which ExternalSecret brings the client secrets to the worker? 2',
    expect.stringContaining('Id of the vault'),
    expect.stringContaining('Id of that item'),
    expect.stringContaining('Address of Authentik'),
  ]);
});

it('every question has an option of its own, and names a setting that the schema has', () => {
  expect(new Set(ALL.map(({ option }) => option)).size).toBe(ALL.length);
  const schema = JSON.parse(readFileSync('schemas/Installation.json', 'utf8')) as unknown;
  for (const { setting } of ALL)
    expect(at(schema, ...setting.split('.').flatMap((key) => ['properties', key])), setting).toBeDefined();
});

describe('the files for clusters', () => {
  const of = async (files: Files, answers = {}) => {
    const { files: written } = await initOver(files, answers);
    const text = (name: string): string => written.find(({ path: file }) => file.endsWith(name))?.text ?? '';
    return { rbac: text('rbac.yaml'), env: text('.env.example'), role: text('authentik-role.yaml') };
  };
  interface Role {
    readonly kind: string;
    readonly metadata: { readonly namespace?: string; readonly labels: Readonly<Record<string, string>> };
    readonly rules?: readonly { readonly resources: readonly string[]; readonly resourceNames?: readonly string[] }[];
    readonly subjects?: readonly { readonly namespace: string }[];
  }
  const rulesOf = (text: string) =>
    parseAllDocuments(text)
      .map((document) => document.toJS() as Role)
      .flatMap(({ metadata, rules = [] }) =>
        rules.flatMap(({ resources, resourceNames = [] }) =>
          resourceNames.map(
            (name) =>
              `${metadata.labels['oidc-registrar/cluster']} ${metadata.namespace ?? '-'} ${resources.join()} ${name}`,
          ),
        ),
      );

  it('hold the names of an Application, in the clusters that registrar.yaml names', async () => {
    const { rbac } = await of((await sampleLayout('auto')).files, { namespace: 'sso' });
    expect(rulesOf(rbac)).toEqual([
      'hub argocd applications identity',
      'hub argocd appprojects default',
      'hub argocd leases oidc-registrar-identity',
      'edge sso secrets sso-secrets',
      'edge sso configmaps sso-blueprints',
      'edge sso externalsecrets sso-secrets',
      'edge sso deployments sso-worker',
      'edge - clustersecretstores onepassword',
    ]);
    expect(rbac).not.toMatch(/# --- |Only with|authentik-env|vault-orchard|registrar\.example/);
  });

  it('hold one identity where Argo CD and Authentik share a cluster', async () => {
    const application = `${manual['argocd/authentik.yaml']}`.replace(
      'https://edge.orchard.example:6443',
      'https://kubernetes.default.svc',
    );
    const { rbac } = await of({ ...manual, 'argocd/authentik.yaml': application });
    const all = parseAllDocuments(rbac).map((document) => document.toJS() as Role);
    expect(all.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.namespace)).toEqual([
      'identity',
    ]);
    expect(
      all.filter(({ subjects }) => subjects !== undefined).map(({ subjects }) => subjects?.[0]?.namespace),
    ).toEqual(['identity', 'identity', 'identity']);
    expect(new Set(all.map(({ metadata }) => metadata.labels['oidc-registrar/cluster']))).toEqual(new Set(['home']));
  });

  it('hold the names of a Kustomization and its HelmRelease, and nothing of Argo CD', async () => {
    const { rbac } = await of(flux);
    const rules = rulesOf(rbac);
    expect(rules).toEqual(
      expect.arrayContaining([
        'harbour flux-system kustomizations identity',
        'harbour flux-system gitrepositories flux-system',
        'harbour flux-system configmaps cluster-settings',
        'harbour identity helmreleases authentik',
      ]),
    );
    expect(rules.join()).not.toMatch(/applications|photos/);
  });

  it('name a store of the namespace in the Role', async () => {
    const secret = `${manual['identity/authentik/external-secret.yaml']}`.replace(
      'kind: ClusterSecretStore',
      'kind: SecretStore',
    );
    const { rbac } = await of({ ...manual, 'identity/authentik/external-secret.yaml': secret });
    expect(rulesOf(rbac)).toContain('edge identity secretstores vault-orchard');
    expect(rbac).not.toContain('ClusterRole');
  });

  it('name the variables that no repository tells, and hold no secret', async () => {
    const { env } = await of(manual);
    for (const name of ['TEMPORAL_ADDRESS=', 'OP_CONNECT_TOKEN_FILE=', 'AUTHENTIK_TOKEN_FILE=', 'GITOPS_TOKEN_FILE='])
      expect(env.split('\n')).toContain(name);
    const sdk = {
      ...manual,
      'secrets/cluster-secret-store.yaml':
        'kind: ClusterSecretStore\nmetadata: { name: vault-orchard }\nspec: { provider: { onepasswordSDK: { vault: orchard } } }\n',
    };
    expect((await of(sdk)).env).toContain('OP_SERVICE_ACCOUNT_TOKEN_FILE=');
    expect((await of(manual, { remote: 'git@git.orchard.example:platform/homelab' })).env).not.toContain(
      'GITOPS_TOKEN',
    );
  });
});
