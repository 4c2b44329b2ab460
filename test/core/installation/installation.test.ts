import { describe, expect, it } from 'vitest';
import { RegistrarError } from '../../../core/base/errors.ts';
import { readInstallation } from '../../../core/installation/readFiles.ts';

const minimal = `apiVersion: oidc-registrar/v1
kind: Installation
gitops:
  remote: https://git.example.test/home.git
  author: {name: registrar, email: r@example.test}
clusters: {hub: {}}
argocd: {cluster: hub}
vault:
  connectHost: http://connect:8080
  vaultId: abcdefghijklmnopqrstuvwxyz
  itemId: zyxwvutsrqponmlkjihgfedcba
  itemTitle: Authentik (home)
authentik:
  url: https://sso.example.test
  cluster: hub
  namespace: sso
  application: sso
  blueprints: {file: sso/blueprints.yaml, configMap: blueprints}
  externalSecret: {file: sso/secret.yaml, name: authentik}
  deployment: {file: sso/worker.yaml, name: worker, container: worker}
`;

function problems(text: string): readonly string[] {
  try {
    readInstallation(text, 'registrar.yaml');
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    expect(error).toMatchObject({ kind: 'BadInput', system: 'registrar.yaml' });
    return error.message.split(';\n');
  }
  return [];
}

describe('readInstallation', () => {
  it('fills in what is left out', () => {
    expect(readInstallation(minimal, 'registrar.yaml')).toMatchObject({
      gitops: { branch: 'main', land: 'last', registrations: 'oidc-clients', aliases: [] },
      argocd: { cluster: 'hub', namespace: 'argocd' },
      authentik: { blueprints: { mountedAs: 'custom' }, allowVersions: [], undo: 'delete' },
      naming: {
        envVar: 'AUTHENTIK_{NAME}_CLIENT_SECRET',
        vaultField: '{name}-client-secret',
        blueprintKey: '{name}.yaml',
        blueprintName: '{displayName} SSO',
      },
      provider: { subMode: 'hashed_user_id', includeClaimsInIdToken: true },
      ansible: { syntaxCheck: 'auto' },
      allowedDrift: [],
      timings: { requestMs: 60_000, waitMs: 600_000, heartbeatMs: 15_000 },
    });
  });

  it('takes a folder of blueprint files at or below a kustomization, and no other', () => {
    const said = (file: string, folder: string): string =>
      minimal.replace('{file: sso/blueprints.yaml,', `{file: ${file}, generatedFrom: ${folder},`);
    for (const folder of ['sso', 'sso/', 'sso/blueprints'])
      expect(problems(said('sso/kustomization.yaml', folder))).toEqual([]);
    expect(problems(said('kustomization.yml', 'anywhere'))).toEqual([]);
    expect(problems(said('sso/kustomization.yaml', 'sso2'))).toEqual([
      expect.stringMatching(
        /generatedFrom: must be the folder of the kustomization or one below it \(sso\/\)/,
      ) as string,
    ]);
    expect(problems(said('sso/blueprints.yaml', 'sso'))).toEqual([
      expect.stringContaining('file: must be a kustomization.yaml where generatedFrom is set') as string,
    ]);
  });

  it('takes a path of Helm values, where a variable is added', () => {
    const said = (path: string): string =>
      minimal.replace('container: worker}', `container: worker, valuesPath: ${path}}`);
    expect(problems(said('spec.values.worker.env'))).toEqual([]);
    expect(problems(said('worker..env'))).toEqual([
      expect.stringContaining('must be keys with dots between') as string,
    ]);
    const file = `${said('worker.env')}  delivery: file\n  secretFolder: /s\n`;
    expect(problems(file)).toEqual([expect.stringContaining('no variable is added') as string]);
  });

  it('takes a folder of secrets where they come as files, and nowhere else', () => {
    const said = (...lines: readonly string[]): string => `${minimal}${lines.map((line) => `  ${line}\n`).join('')}`;
    const file = said('delivery: file', 'secretFolder: /client-secrets');
    expect(readInstallation(file, 'registrar.yaml').authentik).toMatchObject({
      delivery: 'file',
      secretFolder: '/client-secrets',
    });
    expect(problems(said('delivery: file')).join()).toContain('authentik.secretFolder: is missing');
    expect(problems(said('secretFolder: /client-secrets')).join()).toContain(
      'authentik.secretFolder: is not used: authentik.delivery is env',
    );
    expect(problems(said('delivery: file', 'secretFolder: secrets/')).join()).toContain('must be an absolute path');
  });

  it('takes a forge where people merge, and nowhere else', () => {
    const forge = '  pullRequest: {forge: forgejo, url: "https://code.example.test/forge", repository: ops/home}\n';
    const landed = minimal.replace('clusters:', `  landBy: pullRequest\n${forge}clusters:`);
    expect(readInstallation(landed, 'registrar.yaml').gitops.pullRequest).toEqual({
      forge: 'forgejo',
      url: 'https://code.example.test/forge',
      repository: 'ops/home',
    });
    expect(problems(minimal.replace('clusters:', `${forge}clusters:`))).toEqual([
      'registrar.yaml:6:16: gitops.pullRequest: has a meaning with landBy: pullRequest only: set that, or take this out',
    ]);
  });

  it.each([
    ['forge: gogs', 'gitops.pullRequest.forge'],
    ['url: code.example.test', 'gitops.pullRequest.url'],
    ['url: "https://user:word@code.example.test"', 'gitops.pullRequest.url: must hold no user'],
    ['api: "https://code.example.test/api?token=x"', 'gitops.pullRequest.api: must hold no user, password, query'],
    ['repository: home', 'gitops.pullRequest.repository: must be owner/name'],
    ['labels: [x]', 'gitops.pullRequest'],
  ])('refuses gitops.pullRequest with %s', (field, words) => {
    const text = minimal.replace('clusters:', `  landBy: pullRequest\n  pullRequest: {${field}}\nclusters:`);
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });

  it('fills in the rest of a part that is given in part', () => {
    const { naming, timings } = readInstallation(
      `${minimal}naming: {envVar: X}\ntimings: {pollMs: 5}\n`,
      'registrar.yaml',
    );
    expect(naming).toMatchObject({ envVar: 'X', vaultField: '{name}-client-secret' });
    expect(timings).toMatchObject({ pollMs: 5, requestMs: 60_000 });
  });

  it('takes a time as people say it, for the same installation as in milliseconds', () => {
    const said = (readyMs: string) => readInstallation(`${minimal}timings: {readyMs: ${readyMs}}\n`, 'registrar.yaml');
    expect(said('14d')).toEqual(said('1209600000'));
    expect(said('14d').timings.readyMs).toBe(1_209_600_000);
  });

  it.each<[string, string, string, string]>([
    ['an unknown key', 'kind: Installation', 'kind: Installation\ntoken: x', '3:1: (the file): unknown key "token"'],
    ['a missing field', '  namespace: sso\n', '', '14:3: authentik.namespace: is missing'],
    ['another apiVersion', 'registrar/v1', 'registrar/v2', '1:13: apiVersion: must be "oidc-registrar/v1"'],
    [
      'a title in place of an id',
      'itemId: zyxwvutsrqponmlkjihgfedcba',
      'itemId: Authentik (home)',
      '11:11: vault.itemId: must be the id, not the title: letters, digits, ".", "_" and "-"',
    ],
    [
      'a quote in an id',
      'vaultId: abcdefghijklmnopqrstuvwxyz',
      `vaultId: 'a" b'`,
      '10:12: vault.vaultId: must be the id, not the title: letters, digits, ".", "_" and "-"',
    ],
    [
      'an address without scheme',
      'https://sso.example.test',
      'sso.example.test:9000',
      '14:8: authentik.url: must be a URL that begins with http:// or https://',
    ],
    [
      'an address of localhost without scheme',
      'http://connect:8080',
      'localhost:8080',
      '9:16: vault.connectHost: must be a URL that begins with http:// or https://',
    ],
    [
      'no Connect server where one is to be asked',
      '  connectHost: http://connect:8080\n',
      '',
      '9:3: vault.connectHost: is missing: kind connect needs the address of the Connect server (or set vault.kind to serviceAccount)',
    ],
    [
      'a Connect server beside a service account',
      '  connectHost:',
      '  kind: serviceAccount\n  connectHost:',
      '10:16: vault.connectHost: is not used by kind serviceAccount: remove it, or set vault.kind to connect',
    ],
    [
      'another way to the vault',
      '  connectHost:',
      '  kind: op\n  connectHost:',
      '9:9: vault.kind: must be one of "connect", "serviceAccount"',
    ],
    [
      'a file above the repository',
      'sso/worker.yaml',
      '../worker.yaml',
      '20:22: authentik.deployment.file: must be a path inside the repository, with "/" and without ".."',
    ],
    [
      'a remote with a password',
      'https://git.example',
      'https://me:secret@git.example',
      '4:11: gitops.remote: must hold no password: it goes to the environment',
    ],
    [
      'an absolute mount',
      'configMap: blueprints',
      'configMap: blueprints, mountedAs: /blueprints/custom',
      '18:77: authentik.blueprints.mountedAs: must be a folder below /blueprints, such as "custom"',
    ],
    ['another way to land', 'author:', 'land: later\n  author:', '5:9: gitops.land: must be one of "last", "first"'],
    [
      'a time of zero',
      'kind: Installation',
      'kind: Installation\ntimings: {pollMs: 0}',
      '3:19: timings.pollMs: must be milliseconds, or a number and s, m, h, d or w, such as 90d',
    ],
    [
      'a time in words',
      'kind: Installation',
      'kind: Installation\ntimings: {readyMs: a week}',
      '3:20: timings.readyMs: must be milliseconds, or a number and s, m, h, d or w, such as 90d',
    ],
    [
      'a drift that is no pointer',
      'kind: Installation',
      'kind: Installation\nallowedDrift: [{kind: A, name: b, path: spec}]',
      '3:41: allowedDrift.0.path: Invalid string: must start with "/"',
    ],
  ])('refuses %s by line, column and field', (_, from, to, problem) => {
    expect(minimal).toContain(from);
    expect(problems(minimal.replace(from, to))).toEqual([`registrar.yaml:${problem}`]);
  });

  const without = minimal.replace('argocd: {cluster: hub}\n', '').replace('  application: sso\n', '');

  it('needs no Argo CD where somebody else deploys', () => {
    const external = without.replace('  cluster: hub', '  cluster: hub\n  deployBy: external');
    expect(problems(external.replace('author:', 'land: first\n  author:'))).toEqual([]);
    expect(problems(external).join()).toContain('gitops.land: must be "first" where authentik.deployBy is external');
  });

  it('names what is missing or of no use where Argo CD deploys, and where it does not', () => {
    const needed = problems(without).join();
    expect(needed).toContain('argocd: is missing: Argo CD deploys');
    expect(needed).toContain('authentik.application: is missing: Argo CD deploys');
    const extra = problems(minimal.replace('  cluster: hub', '  cluster: hub\n  deployBy: external')).join();
    expect(extra).toContain('argocd: is not used: authentik.deployBy is external');
    expect(extra).toContain('authentik.application: is not used');
  });

  it('names what is missing or of no use where Flux deploys', () => {
    const flux = without.replace('  cluster: hub', '  cluster: hub\n  deployBy: flux\n  kustomization: apps');
    const first = (text: string): string => text.replace('author:', 'land: first\n  author:');
    expect(problems(first(flux))).toEqual([]);
    expect(problems(first(flux.replace('kustomization: apps', 'kustomization: flux-system/apps')))).toEqual([]);
    expect(problems(flux).join()).toContain('gitops.land: must be "first" where authentik.deployBy is flux');
    expect(problems(first(flux).replace('\n  kustomization: apps', '')).join()).toContain(
      'authentik.kustomization: is missing: Flux deploys (authentik.deployBy: flux)',
    );
    expect(problems(first(flux).replace('kustomization: apps', 'kustomization: a/b/c')).join()).toContain(
      'authentik.kustomization: must be name or namespace/name of an object',
    );
    const values = first(flux).replace('container: worker', 'container: worker, valuesPath: worker.env');
    expect(values).toContain('valuesPath');
    expect(problems(values).join()).toContain('authentik.helmRelease: is missing: Helm makes the Deployment');
    const external = first(
      without.replace(
        '  cluster: hub',
        '  cluster: hub\n  deployBy: external\n  kustomization: apps\n  helmRelease: x',
      ),
    );
    expect(problems(`${external}flux: {}\n`)).toHaveLength(3);
  });

  it('names the deployer whose settings are there, where another one is chosen or none', () => {
    const settings = '\n  kustomization: apps\n  helmRelease: x';
    const none = problems(without.replace('  cluster: hub', `  cluster: hub${settings}`)).join();
    expect(none).toContain(
      'argocd: is missing: Argo CD deploys (authentik.deployBy: argocd). Add it, or set deployBy to flux',
    );
    expect(none).toContain(
      'authentik.kustomization: is not used: authentik.deployBy is argocd. Remove it, or set deployBy to flux',
    );
    const external = problems(
      without.replace('  cluster: hub', `  cluster: hub\n  deployBy: external${settings}`),
    ).join();
    expect(external).toContain('deployBy is external. Remove it, or set deployBy to flux');
    const argo = problems(minimal.replace('  cluster: hub', '  cluster: hub\n  deployBy: external')).join();
    expect(argo).toContain('Remove it, or set deployBy to argocd');
    expect(problems(without).join()).toContain('Add it, or set deployBy to external');
  });

  it('says the way to whom had the job apply by itself', () => {
    const [problem] = problems(minimal.replace('  cluster: hub', '  cluster: hub\n  deployBy: apply'));
    expect(problem).toMatch(/authentik\.deployBy: apply is gone: .*Set it to external, with gitops\.land: first/);
  });

  it('names several at once', () => {
    expect(problems(minimal.replace('kind: Installation', 'kind: Inst').replace('  cluster: hub\n', ''))).toHaveLength(
      2,
    );
  });

  it('refuses what is not YAML', () => {
    expect(problems(`${minimal}a: [\n`)).toEqual([
      expect.stringMatching(/^registrar\.yaml:22:1: not YAML: /) as string,
    ]);
    expect(problems('')).toEqual(['registrar.yaml:1:1: (the file): must be of type object, not null']);
  });
});
