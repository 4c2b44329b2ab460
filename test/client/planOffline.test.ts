import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { planOffline, type OfflineOptions } from '../../client/commands/planOffline.ts';
import { planDiff, planText } from '../../client/output/plan.ts';
import type { ChangePlan } from '../../core/plan/plan.ts';
import { readRegistration } from '../../core/installation/readFiles.ts';
import { renderRecord } from '../../core/registration/record.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { deliveredOf } from '../../core/run/record.ts';
import { type LayoutName, readTree, sampleLayout } from '../../sandbox/world/layout.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { examplesLayout } from '../fixtures/examples.ts';
import { filesOf, gitApply, workingCopy } from '../fixtures/gitApply.ts';
import { caseInstallation, zotRegistration } from '../fixtures/zot.ts';

/** A sample repository as a working copy, and its registrar.yaml beside it. */
async function sample(name: LayoutName, change: Readonly<Record<string, string>> = {}, gitops: object = {}) {
  const { files, installation } = await sampleLayout(name);
  const repo = await workingCopy({ ...files, ...change });
  const file = path.join(await temporaryFolder(), 'registrar.yaml');
  await writeFile(file, stringify({ ...installation, gitops: { ...installation.gitops, ...gitops } }));
  return { files: { ...files, ...change }, repo, installation: file };
}

const planOf = async (options: OfflineOptions): Promise<ChangePlan> => (await planOffline(options)).plan;

describe.each(['manual', 'auto'] as const)('on the sample repository %s', (layout) => {
  it.each(['zot', 'status-page'])(
    'the printed plan of %s is taken by git apply, as a whole and as diff alone',
    async (client) => {
      const { files, repo, installation } = await sample(layout);
      const { plan, files: planned } = await planOffline({ client, repo, installation });
      const expected = { ...files, ...Object.fromEntries(planned.map(({ path: file, after }) => [file, after])) };
      expect(await gitApply(files, planDiff(plan))).toEqual(expected);
      expect(await gitApply(files, planText(plan))).toEqual(expected);
      expect(await filesOf(repo)).toEqual(files);
    },
  );
});

it('a public repository as its owner had it: the printed plan of Zot is taken by git apply', async (context) => {
  const theirs = fileURLToPath(new URL('../../../shared/cases/zot/before/', import.meta.url));
  if (!existsSync(theirs)) context.skip('the files of the real case are not beside the project (../shared/cases/zot)');
  const files = await readTree(theirs);
  const dir = await temporaryFolder();
  const [installation, registration] = [path.join(dir, 'registrar.yaml'), path.join(dir, 'zot.yaml')];
  await writeFile(installation, stringify(caseInstallation));
  await writeFile(registration, stringify(zotRegistration));
  const { plan, files: planned } = await planOffline({ client: undefined, repo: theirs, installation, registration });
  expect(planned).toHaveLength(6);
  const after = Object.fromEntries(planned.map(({ path: file, after: text }) => [file, text]));
  expect(await gitApply(files, planText(plan))).toEqual({ ...files, ...after });
});

it('does not ask for the name of a vault that stores call by the one that is set, or by its id', async () => {
  const { files, installation } = await sampleLayout('manual');
  const named = { ...installation, vault: { ...installation.vault, vaultName: 'orchard' } };
  const repo = await workingCopy({ ...files, 'registrar.yaml': stringify(named) });
  expect((await planOf({ client: 'zot', repo })).warnings.join()).not.toContain('vault.vaultName');
});

it('names every vault that a store reads, and none that a variable of Flux stands for', async () => {
  const store = 'secrets/cluster-secret-store.yaml';
  const { files, installation } = await sampleLayout('manual');
  const reading = async (vaults: string, vaultName?: string) => {
    const text = String(files[store]).replace('orchard: 1', vaults);
    const settings = { ...installation, vault: { ...installation.vault, vaultName } };
    return planOf({
      client: 'zot',
      repo: await workingCopy({ ...files, [store]: text, 'registrar.yaml': stringify(settings) }),
    });
  };
  const warned = (await reading('orchard: 1\n        meadow: 2')).warnings.join('\n');
  expect(warned).toContain(`(${store}) reads vaults "orchard" and "meadow" by their names, and registrar.yaml`);
  expect((await reading("'${VAULT}': 1")).warnings.join()).not.toContain('vault.vaultName');
  expect((await reading("'${VAULT}': 1", 'orchard')).unchanged).toBe(false);
});

it('reads the registrar.yaml of the working copy, where none is named', async () => {
  const { files, installation } = await sampleLayout('manual');
  const repo = await workingCopy({ ...files, 'registrar.yaml': stringify(installation) });
  expect((await planOf({ client: 'zot', repo })).unchanged).toBe(false);
});

it('warns of what may surprise, and says what people do when they commit by hand', async () => {
  const { repo, installation } = await sample('manual');
  const { warnings, remaining, actions } = await planOf({ client: 'zot', repo, installation });
  expect(warnings).toEqual([
    'ClusterSecretStore vault-orchard (secrets/cluster-secret-store.yaml) reads vault "orchard" by its name, and registrar.yaml has none to compare: set vault.vaultName, so that a store of another vault is refused',
    'service account svc-artifact-ci cannot sign in at zot: its group artifact-workloads has no binding to the application',
  ]);
  expect(remaining[0]).toMatch(
    /^before these files are deployed, put a secret into field "zot-client-secret" of item "Authentik \(orchard\)"/,
  );
  expect(remaining.at(-1)).toBe('rendered, not applied: run `ansible-playbook hosts/attic.yml --tags zot`');
  expect(actions).toEqual([]);
});

it('warns of a redirect URI by which a code crosses the network in clear, and of none to the machine itself', async () => {
  const status = 'oidc-clients/status-page.yaml';
  const { files, installation: settings } = await sampleLayout('manual');
  const [lan, own] = ['http://status.lan.orchard.example/oauth2/callback', 'http://127.0.0.1:8250/callback'];
  const text = `${files[status]}`.replace('https://status.lan.orchard.example/oauth2/callback', `${lan}\n    - ${own}`);
  const { repo, installation } = await sample('manual', { [status]: text });
  const policy = { ...settings.policy, redirectUris: { loopback: true } };
  await writeFile(installation, stringify({ ...settings, policy }));
  const { warnings } = await planOf({ client: 'status-page', repo, installation });
  expect(warnings.filter((each) => each.startsWith('redirect URI'))).toEqual([
    expect.stringContaining(`redirect URI ${lan} is not encrypted`),
  ]);
});

it('refuses a vault field that the files show to be somebody else’s', async () => {
  const status = 'oidc-clients/status-page.yaml';
  const { files } = await sampleLayout('manual');
  for (const [vaultField, says] of [
    ['secret-key', 'variable AUTHENTIK_SECRET_KEY of Deployment identity/authentik-worker reads it (identity/'],
    ['wiki-client-secret', ', for blueprint wiki.yaml'],
    ['zot-client-secret', 'the registration of client zot names field zot-client-secret'],
  ] as const) {
    const text = `${files[status]}`.replace('spec:\n', `spec:\n  vaultField: ${vaultField}\n`);
    const { repo, installation } = await sample('manual', { [status]: text });
    await expect(planOffline({ client: 'status-page', repo, installation })).rejects.toMatchObject({
      kind: 'Refused',
      message: expect.stringContaining(says),
    });
  }
});

describe('where the secret would not be read from the vault', () => {
  const store = 'secrets/cluster-secret-store.yaml';
  const externalSecret = 'identity/authentik/external-secret.yaml';

  async function refusal(change: (files: Readonly<Record<string, string>>) => Readonly<Record<string, string>>) {
    const { files } = await sampleLayout('manual');
    const { repo, installation } = await sample('manual', change(files));
    const plan = planOffline({ client: 'zot', repo, installation });
    return plan.then(
      () => 'planned',
      (error: Error) => error.message,
    );
  }

  it('a store of another provider is refused with its file', async () => {
    const found = await refusal((files) => ({
      [store]: `${files[store]}`.replace('onepassword:', 'bitwardensecretsmanager:'),
    }));
    expect(found).toContain(
      `ExternalSecret authentik is filled from ClusterSecretStore vault-orchard (${store}), which reads Bitwarden Secrets Manager, and the secret is kept in 1Password item "Authentik (orchard)"`,
    );
  });

  it('an ExternalSecret whose entries name their stores one by one has none for a new one', async () => {
    const found = await refusal((files) => ({
      [externalSecret]: `${files[externalSecret]}`
        .replace(/  secretStoreRef:\n.*\n.*\n/, '')
        .replace(
          '- secretKey:',
          '- sourceRef: {storeRef: {kind: ClusterSecretStore, name: vault-orchard}}\n      secretKey:',
        ),
    }));
    expect(found).toContain('ExternalSecret authentik has no spec.secretStoreRef');
  });

  it('what holds the secrets in place of an ExternalSecret is named', async () => {
    const found = await refusal(() => ({
      [externalSecret]:
        'kind: Secret\nmetadata: {name: authentik}\ndata: {a: "ENC[AES256_GCM,data:x]"}\nsops: {mac: x}\n',
    }));
    expect(found).toContain(
      `${externalSecret}: it holds the Secret authentik, which SOPS encrypts: only a Secret that an`,
    );
  });

  it('the store of a consumer is judged, too', async () => {
    const status = 'oidc-clients/zot.yaml';
    const found = await refusal((files) => ({
      'fleet/store.yaml': 'kind: SecretStore\nmetadata: {name: local}\nspec: {provider: {vault: {server: x}}}\n',
      [status]: `${files[status]}`.replace(
        '  consumers:\n',
        '  consumers:\n    - {kind: externalSecret, file: fleet/es.yaml, name: zot, namespace: zot, application: zot, secretStoreRef: {kind: SecretStore, name: local}}\n',
      ),
    }));
    expect(found).toContain(
      'ExternalSecret zot/zot is filled from SecretStore local (fleet/store.yaml), which reads HashiCorp Vault',
    );
  });
});

it('warns of readers that the registration does not declare, and of none that it does', async () => {
  const { repo, installation } = await sample('manual', {
    'hosts/other.yml':
      '- hosts: all\n  pre_tasks:\n    - command: op read "op://v/Authentik (orchard)/zot-client-secret"\n',
    'notes/zot.md': 'op read "op://v/Authentik (orchard)/zot-client-secret"\n',
    'node_modules/x/zot.yml': 'op read "op://v/Authentik (orchard)/zot-client-secret"\n',
  });
  const first = await planOffline({ client: 'zot', repo, installation });
  first.workingCopy.write(first.files);
  for (const plan of [first.plan, await planOf({ client: 'zot', repo, installation })]) {
    expect(plan.warnings.filter((line) => line.includes('vault field'))).toEqual([
      "line 3 (hosts/other.yml) reads vault field zot-client-secret, and the registration does not declare it: the job neither tests it nor brings it a new secret. Where it is this client's, name it under spec.consumers: as externalSecret or ansible where it has a file of its own, else as manual, so that a run says what people do",
    ]);
  }
});

it('plans beside the records that the job has written, and beside submodules of git', async () => {
  const { repo, installation } = await sample('manual', {
    'oidc-clients/zot.oidc-record': 'apiVersion: oidc-registrar/v1\n# zot-client-secret\n',
    'sub/.git': 'gitdir: elsewhere # zot-client-secret\n',
  });
  expect((await planOf({ client: 'zot', repo, installation })).unchanged).toBe(false);
});

it('plans the change of a client whose entries are there, and asks for no secret then', async () => {
  const { repo, installation } = await sample('manual');
  const { files, workingCopy: copy } = await planOffline({ client: 'zot', repo, installation });
  copy.write(files);
  const asked = copy.read('oidc-clients/zot.yaml') ?? '';
  await writeFile(path.join(repo, 'oidc-clients/zot.yaml'), asked.replace('/callback/oidc', '/callback/authentik'));
  const { plan, files: changed } = await planOffline({ client: 'zot', repo, installation });
  const lines = planDiff(plan)
    .split('\n')
    .filter((line) => /^[-+] /.test(line));
  expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
    '- url: https://registry.orchard.example/zot/auth/callback/oidc',
    '+ url: https://registry.orchard.example/zot/auth/callback/authentik',
  ]);
  expect(plan.remaining.join()).not.toContain('put a secret');
  const after = Object.fromEntries(changed.map(({ path: file, after: text }) => [file, text]));
  expect(await gitApply(await filesOf(repo), planDiff(plan))).toMatchObject(after);
});

it('warns of variables that nothing of the role defines, and of no other', async () => {
  const used = `"home": "{{ zot_home }}/{{ region | default('eu') }}", "host": "{{ ansible_host }}", "clientid"`;
  const change = (text: string): string => text.replace('"clientid"', used);
  const { files } = await sample('manual');
  const registration = change(files['oidc-clients/zot.yaml'] ?? '');
  for (const [defined, warned] of [
    [{}, ['zot_home', 'region']],
    [{ 'roles/zot/defaults/main.yml': 'zot_etc: /etc\nzot_home: zot\n' }, ['region']],
    [
      { 'roles/zot/defaults/main.yml': 'zot_etc: /etc\nregion: x\n', 'roles/zot/vars/main.yaml': 'zot_home: zot\n' },
      [],
    ],
  ] as const) {
    const { repo, installation } = await sample('manual', { 'oidc-clients/zot.yaml': registration, ...defined });
    const { warnings } = await planOf({ client: 'zot', repo, installation });
    expect(warnings.filter((line) => line.includes('neither defaults nor vars'))).toEqual(
      warned.map(
        (name) =>
          `template.text uses {{ ${name} }}, which neither defaults nor vars of role zot define; see that the inventory or the playbook does`,
      ),
    );
  }
});

it('warns of a handler that no role has', async () => {
  for (const text of [
    '[]\n',
    '- name: Restart zot-mirror\n  ansible.builtin.service: {name: mirror}\n',
    '# Restart zot\n- name: Reload zot\n  ansible.builtin.debug: {msg: Restart zot}\n',
    'not: a list of Restart zot\n',
  ]) {
    const { repo, installation } = await sample('manual', { 'roles/zot/handlers/main.yml': text });
    const { warnings } = await planOf({ client: 'zot', repo, installation });
    expect(warnings, text).toContain(
      'roles/zot/handlers has no handler "Restart zot"; see that another role of the play brings it',
    );
  }
});

it.each([
  ['by its name', '- name: "Restart zot"\n  debug:\n', {}],
  ['by a topic', '- name: Again\n  debug:\n  listen: Restart zot\n', {}],
  ['by one of its topics', '- name: Again\n  debug:\n  listen: [others, Restart zot]\n', {}],
  [
    'in a file that the main one takes in',
    '- ansible.builtin.import_tasks: restart.yml\n',
    { 'roles/zot/handlers/restart.yml': '- name: Restart zot\n  debug:\n' },
  ],
])('knows a handler %s', async (_name, text, others) => {
  const { repo, installation } = await sample('manual', { 'roles/zot/handlers/main.yml': text, ...others });
  const { warnings } = await planOf({ client: 'zot', repo, installation });
  expect(warnings.filter((warning) => warning.includes('handler'))).toEqual([]);
});

it('names every file that cannot be edited', async () => {
  const { repo, installation } = await sample('manual', {
    'identity/authentik/worker.yaml': 'kind: Deployment\n',
    'hosts/attic.yml': 'a: [\n',
  });
  await expect(planOffline({ client: 'zot', repo, installation })).rejects.toThrow(
    /identity\/authentik\/worker\.yaml: [\s\S]*hosts\/attic\.yml: .*does not parse/,
  );
});

it('writes for the release of Authentik that is named', async () => {
  const { repo, installation } = await sample('manual');
  const asked = { client: 'zot', repo, installation };
  expect((await planOf({ ...asked, authentik: '2025.12' })).warnings[0]).toMatch(/^Authentik 2025\.12 was not tried/);
  await expect(planOf({ ...asked, authentik: '2024.2' })).rejects.toThrow('Authentik 2024.2 is not a version');
});

describe('a section by hand that names no grant types', () => {
  it.each([
    [undefined, 0, 1],
    ['2026.2.2', 0, 0],
    ['2026.5.0', 1, 0],
  ] as const)('release %s: %i files change, %i warnings tell of it', async (authentik, changed, warned) => {
    const first = await sample('manual');
    const { workingCopy: copy, files } = await planOffline({ client: 'zot', ...first });
    copy.write(files);
    const { file } = (await sampleLayout('manual')).installation.authentik.blueprints;
    const theirs = (copy.read(file) ?? '').replace(/^ +grant_types: .*\n/gm, '');
    await writeFile(path.join(first.repo, file), theirs);
    const { plan, files: planned } = await planOffline({
      client: 'zot',
      repo: first.repo,
      installation: first.installation,
      ...(authentik === undefined ? {} : { authentik }),
    });
    expect(planned).toHaveLength(changed);
    expect(plan.warnings.filter((line) => line.includes('names no grant_types'))).toHaveLength(warned);
  });
});

it('takes the entries of a consumer along that the record names and the registration no longer does', async () => {
  const first = await sample('manual');
  const { workingCopy: copy, files } = await planOffline({ client: 'zot', ...first });
  copy.write(files);
  const text = copy.read('oidc-clients/zot.yaml') ?? '';
  const registration = readRegistration(text, 'zot');
  const record = renderRecord({
    apiVersion: 'oidc-registrar/v1',
    kind: 'OidcClientRecord',
    metadata: { name: 'zot' },
    delivered: { ...deliveredOf(registration), earlier: 'known' },
    origin: { groups: {}, serviceAccounts: {}, vaultField: 'made' },
    authentik: '2026.5.0',
  });
  await writeFile(path.join(first.repo, 'oidc-clients/zot.oidc-record'), record);
  expect((await planOf({ client: 'zot', ...first })).unchanged).toBe(true);
  const { consumers: _gone, ...spec } = (parse(text) as RegistrationInput).spec;
  await writeFile(
    path.join(first.repo, 'oidc-clients/zot.yaml'),
    stringify({ ...(parse(text) as RegistrationInput), spec: { ...spec, consumers: [] } }),
  );
  const { plan, files: planned, workingCopy: again } = await planOffline({ client: 'zot', ...first });
  expect(planned.map(({ path: file }) => file)).toContain('hosts/attic.yml');
  expect(planDiff(plan)).not.toMatch(/^\+ /m);
  again.write(planned);
  expect((await planOf({ client: 'zot', ...first })).unchanged).toBe(true);
});

describe('what a run refuses of the texts alone', () => {
  it('a ConfigMap that would be too large', async () => {
    const { files, installation } = await sampleLayout('manual');
    const { file } = installation.authentik.blueprints;
    const large = `${files[file]}  large.yaml: |\n${`    # ${'x'.repeat(1000)}\n`.repeat(1060)}`;
    const { repo, installation: registrar } = await sample('manual', { [file]: large });
    await expect(planOffline({ client: 'zot', repo, installation: registrar })).rejects.toMatchObject({
      kind: 'Refused',
      message: expect.stringContaining('more than the 1048576 it may'),
    });
  });

  it('a rotation that no file of the repository schedules', async () => {
    const { files, repo, installation } = await sample('manual');
    const inline = path.join(await temporaryFolder(), 'tool.yaml');
    const text = (files['oidc-clients/status-page.yaml'] ?? '').replaceAll('status-page', 'tool');
    await writeFile(inline, text.replace('spec:\n', 'spec:\n  rotation: {every: 90d}\n'));
    await expect(planOffline({ client: undefined, registration: inline, repo, installation })).rejects.toThrow(
      'spec.rotation: the rotations that it schedules read oidc-clients/tool.yaml',
    );
  });

  it.each([
    ['external', { application: 'zot' }, 'application is "zot", but Argo CD does not deploy here (authentik.deployBy)'],
    ['auto', {}, 'application is missing: it says which Argo CD Application deploys fleet/es.yaml'],
    ['auto', { application: 'zot', fluxKustomization: 'zot' }, 'fluxKustomization is "zot", but Flux does not deploy'],
    ['flux', {}, 'fluxKustomization is missing: it says which Kustomization of Flux deploys fleet/es.yaml'],
  ] as const)('on %s a consumer of which nothing deploys the file that it names: %j', async (name, named, says) => {
    const { files } = await sampleLayout(name);
    const registration = parse(files['clients/zot.yaml'] ?? '') as RegistrationInput;
    const consumer = {
      kind: 'externalSecret' as const,
      file: 'fleet/es.yaml',
      name: 'zot-credentials',
      namespace: 'zot',
      secretStoreRef: { name: 'onepassword' },
      ...named,
    };
    const wanted = { ...registration, spec: { ...registration.spec, consumers: [consumer] } };
    // What Flux substitutes there is no matter here.
    const { repo, installation } = await sample(name, { 'clients/zot.yaml': stringify(wanted) }, { substitute: false });
    await expect(planOffline({ client: 'zot', repo, installation })).rejects.toMatchObject({
      kind: 'BadInput',
      message: expect.stringContaining(`spec.consumers.0.${says}`),
    });
  });

  it('an ExternalSecret that another registration names too', async () => {
    const { files, installation } = await examplesLayout();
    const other = (files['oidc-clients/argocd.yaml'] ?? '').replace(/name: argocd$/m, 'name: argocd-copy');
    const repo = await workingCopy({ ...files, 'oidc-clients/argocd-copy.yaml': other });
    const registrar = path.join(await temporaryFolder(), 'registrar.yaml');
    await writeFile(registrar, stringify(installation));
    await expect(planOffline({ client: 'argocd', repo, installation: registrar })).rejects.toThrow(
      'is that of client argocd-copy, whose registration names it too',
    );
  });
});

// Each command is a process of its own, which takes seconds where the machine is busy.
describe('the program', () => {
  const cli = fileURLToPath(new URL('../../client/cli.ts', import.meta.url));
  const run = (...args: string[]) =>
    execa(process.execPath, [cli, 'plan', ...args], {
      reject: false,
      stripFinalNewline: false,
      // As a file of variables has it that nobody has filled in.
      env: { REGISTRAR_CONFIG: '' },
    });

  it('exits with --exit-code with 2 for changes, with 0 where it has written them, and with 0 where nothing would change', async () => {
    const { files, repo, installation } = await sample('manual');
    const offline = ['zot', '--offline', '--repo', repo, '--installation', installation];

    const planned = await run(...offline, '--diff', '--exit-code');
    expect(planned.exitCode).toBe(2);
    expect((await run(...offline, '--diff')).exitCode).toBe(0);
    const written = await run(...offline, '--write', '--exit-code');
    expect(written.exitCode).toBe(0);
    expect(written.stderr).toMatch(/^Written: .*hosts\/attic\.yml/);
    expect(await filesOf(repo)).toEqual(await gitApply(files, planned.stdout));

    const again = await run(...offline, '--json', '--exit-code');
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ client: 'zot', unchanged: true, files: [], remaining: [] });
  });

  it('writes nothing of a plan that is refused, and names the remedy of every error', async () => {
    const broken = { 'hosts/attic.yml': 'a: [\n' };
    const { files, repo, installation } = await sample('manual', broken);
    const refused = await run('zot', '--offline', '--repo', repo, '--installation', installation, '--write');
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('add these lines by hand');
    expect(await filesOf(repo)).toEqual(files);

    await copyFile(installation, path.join(repo, 'registrar.yaml'));
    const unknown = await run('nobody', '--offline', '--repo', repo);
    expect(unknown.stderr).toContain('the working copy has no oidc-clients/nobody.yaml\nWrite it, or name');
    const nowhere = await run('zot', '--offline', '--repo', repo, '--installation', path.join(repo, 'none.yaml'));
    expect(nowhere.stderr).toMatch(/there is no file .*none\.yaml\nName the working copy that has it with --repo/);
    expect([unknown.exitCode, nowhere.exitCode]).toEqual([1, 1]);
    const mixed = await run('zot', '--write');
    expect([mixed.exitCode, mixed.stderr]).toEqual([
      1,
      'oidc-registrar: --write: only with --offline\nAdd --offline, or leave it out.\n',
    ]);
  });
});
