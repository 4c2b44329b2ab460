import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { RegistrarError } from '../../core/base/errors.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { everythingOf } from '../fixtures/errors.ts';
import { caseInstallation } from '../fixtures/zot.ts';

async function file(name: string, text: string): Promise<string> {
  const full = path.join(await temporaryFolder(), name);
  await writeFile(full, text);
  return full;
}

async function registrarYaml(installation: unknown = caseInstallation): Promise<string> {
  return file('registrar.yaml', stringify(installation));
}

function refusal(env: Record<string, string | undefined>): RegistrarError {
  try {
    loadWorkerConfig(env);
  } catch (error) {
    if (error instanceof RegistrarError) return error;
    throw error;
  }
  throw new Error('the worker would start');
}

describe('what a worker needs', () => {
  test('comes from registrar.yaml and tokens of the environment', async () => {
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await registrarYaml(),
      OP_CONNECT_TOKEN: 'connect-token',
      AUTHENTIK_TOKEN: ' authentik-token\n',
      REGISTRAR_CACHE_DIR: '/var/cache/registrar',
    });
    expect(config.vaultToken.reveal()).toBe('connect-token');
    expect(config.authentikToken.reveal()).toBe('authentik-token');
    expect(config.gitToken).toBeUndefined();
    expect(config.cacheDir).toBe('/var/cache/registrar');
    expect(config.installation.authentik.application).toBe('authentik');
    expect(JSON.stringify(config)).not.toContain('connect-token');
  });

  test('comes from the files that NAME_FILE names, and NAME goes first', async () => {
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await registrarYaml(),
      OP_CONNECT_TOKEN_FILE: await file('connect', 'from-a-file\n'),
      AUTHENTIK_TOKEN: 'direct',
      AUTHENTIK_TOKEN_FILE: await file('authentik', 'not this one'),
      GITOPS_TOKEN: '',
      GITOPS_TOKEN_FILE: await file('git', 'git-token'),
    });
    expect(config.vaultToken.reveal()).toBe('from-a-file');
    expect(config.authentikToken.reveal()).toBe('direct');
    expect(config.gitToken?.reveal()).toBe('git-token');
  });

  test('is read again from its file with each use, and stays what it was while that holds no token', async () => {
    const [token, address] = [await file('authentik', 'first'), await file('address', 'https://ntfy.example/topic')];
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await registrarYaml({ ...caseInstallation, notify: { shape: 'ntfy' } }),
      OP_CONNECT_TOKEN: 'a',
      AUTHENTIK_TOKEN_FILE: token,
      REGISTRAR_NOTIFY_URL_FILE: address,
    });
    await writeFile(token, 'second\n');
    expect(config.authentikToken.reveal()).toBe('second');
    await writeFile(address, 'https://ntfy.example/other');
    expect(config.notify?.url.reveal()).toBe('https://ntfy.example/other');
    for (const unusable of ['', '\n', 'two words', 'sch\u00f6n']) {
      await writeFile(token, unusable);
      expect(config.authentikToken.reveal()).toBe('second');
    }
    await rm(token);
    expect(config.authentikToken.reveal()).toBe('second');
    await writeFile(token, 'third');
    expect(config.authentikToken.reveal()).toBe('third');
    await writeFile(address, 'no-address');
    expect(config.notify?.url.reveal()).toBe('https://ntfy.example/other');
  });

  test('is the token of a service account where registrar.yaml says so, whatever else is set', async () => {
    const { connectHost: _none, ...vault } = caseInstallation.vault;
    const installation = { ...caseInstallation, vault: { ...vault, kind: 'serviceAccount' as const } };
    const given = { REGISTRAR_CONFIG: await registrarYaml(installation), OP_CONNECT_TOKEN: 'a', AUTHENTIK_TOKEN: 'b' };
    expect(refusal(given).message).toContain('OP_SERVICE_ACCOUNT_TOKEN is not set: the token for 1Password');
    const config = loadWorkerConfig({ ...given, OP_SERVICE_ACCOUNT_TOKEN_FILE: await file('account', 'ops_token\n') });
    expect(config.vaultToken.reveal()).toBe('ops_token');
    expect(JSON.stringify(config)).not.toContain('ops_token');
  });

  test('has the digest of the whole file that older releases gave their runs, so that these go on', async () => {
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await registrarYaml(),
      OP_CONNECT_TOKEN: 'a',
      AUTHENTIK_TOKEN: 'b',
    });
    // What the release before digests had a version made of this file. A setting with a default must be left out of it.
    expect(config.formerDigest).toBe('ad0694a4dc95510ae66bb7ae53818128ddad514f2a02bec11953b3f5c50a8924');
  });
});

describe('where notices go', () => {
  const tokens = { OP_CONNECT_TOKEN: 'a', AUTHENTIK_TOKEN: 'b' };
  const withNotify = (shape: string) => registrarYaml({ ...caseInstallation, notify: { shape } });

  test('comes from the environment or a file', async () => {
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await withNotify('ntfy'),
      ...tokens,
      REGISTRAR_NOTIFY_URL_FILE: await file('url', 'https://ntfy.example/registrations\n'),
      REGISTRAR_NOTIFY_TOKEN: 'tk_token',
    });
    expect(config.notify?.url.reveal()).toBe('https://ntfy.example/registrations');
    expect(config.notify?.token?.reveal()).toBe('tk_token');
    expect(JSON.stringify(config)).not.toMatch(/ntfy\.example|tk_token/);
  });

  test('is not read without notify', async () => {
    const plain = loadWorkerConfig({ REGISTRAR_CONFIG: await registrarYaml(), ...tokens, REGISTRAR_NOTIFY_URL: 'x' });
    expect(plain.notify).toBeUndefined();
    expect('notify' in plain.installation).toBe(false);
  });

  test.each([
    ['ntfy', undefined, 'REGISTRAR_NOTIFY_URL is not set'],
    ['slack', 'hooks.slack.example/services/T0/B0/sesame', 'is no http or https address'],
    ['slack', 'ftp://hooks.slack.example/services/T0/B0/sesame', 'is no http or https address'],
    ['json', 'https://user:sesame@hooks.example/x', 'holds a user or a password'],
    ['ntfy', 'https://ntfy.example/', 'names no topic of ntfy'],
    ['ntfy', 'https://ntfy.example/a%20sesame', 'names no topic of ntfy'],
  ])('refuses %s at %s, and does not show it', async (shape, url, words) => {
    const error = refusal({ REGISTRAR_CONFIG: await withNotify(shape), ...tokens, REGISTRAR_NOTIFY_URL: url });
    expect(error.message).toContain(words);
    expect(everythingOf(error)).not.toContain('sesame');
  });
});

describe('the token of the forge', () => {
  const tokens = { OP_CONNECT_TOKEN: 'a', AUTHENTIK_TOKEN: 'b' };
  const withGitops = (gitops: object) =>
    registrarYaml({ ...caseInstallation, gitops: { ...caseInstallation.gitops, landBy: 'pullRequest', ...gitops } });

  test('is read where changes land by pull request, from a file too', async () => {
    const known = { remote: 'git@codeberg.org:platform/homelab.git' };
    const config = loadWorkerConfig({
      REGISTRAR_CONFIG: await withGitops(known),
      ...tokens,
      FORGE_TOKEN_FILE: await file('forge', 'forge-token\n'),
    });
    expect(config.forgeToken?.reveal()).toBe('forge-token');
    const without = loadWorkerConfig({ REGISTRAR_CONFIG: await withGitops(known), ...tokens });
    expect(without.forgeToken).toBeUndefined();
  });

  test('is left alone where changes land by push', async () => {
    const config = loadWorkerConfig({ REGISTRAR_CONFIG: await registrarYaml(), ...tokens, FORGE_TOKEN: 'x' });
    expect(config.forgeToken).toBeUndefined();
    expect('pullRequest' in config.installation.gitops).toBe(false);
  });

  test('is not needed, whatever the forge is', async () => {
    const config = loadWorkerConfig({ REGISTRAR_CONFIG: await withGitops({}), ...tokens });
    expect(config.forgeToken).toBeUndefined();
  });

  test.each([
    [{}, 'FORGE_TOKEN is set, but gitops.remote does not tell the forge and its repository. Set forge'],
    [{ remote: 'git@gitlab.com:a/b.git' }, 'not on gitlab. Unset it'],
    [{ remote: '/srv/x.git', pullRequest: { forge: 'gitea', repository: 'a/b' } }, 'does not tell the forge'],
    [
      { remote: 'git@github.com:a/b', pullRequest: { repository: 'a/b/c' } },
      'a/b/c is not owner/name. Set gitops.pullRequest.repository',
    ],
  ])('is refused with %o', async (gitops, words) => {
    const error = refusal({ REGISTRAR_CONFIG: await withGitops(gitops), ...tokens, FORGE_TOKEN: 'sesame' });
    expect(error.message).toContain(words);
    expect(everythingOf(error)).not.toContain('sesame');
  });
});

describe('a worker that cannot start', () => {
  test('names every missing thing at once, but the token of a vault that is not known', async () => {
    const error = refusal({ REGISTRAR_CONFIG: '/nowhere/registrar.yaml', GITOPS_TOKEN_FILE: '/nowhere/git' });
    expect(error).toMatchObject({ kind: 'BadInput', system: 'registrar.yaml' });
    expect(error.message.split('\n')).toEqual([
      'the worker cannot start:',
      '  - REGISTRAR_CONFIG: there is no file /nowhere/registrar.yaml. Write it, or point REGISTRAR_CONFIG to another one.',
      "  - AUTHENTIK_TOKEN is not set: the token for Authentik's API. Set AUTHENTIK_TOKEN, or AUTHENTIK_TOKEN_FILE to a file that holds it.",
      '  - GITOPS_TOKEN_FILE: there is no file /nowhere/git. Write it, or point GITOPS_TOKEN_FILE to another one.',
    ]);
  });

  test('names what is wrong in registrar.yaml beside what is missing elsewhere', async () => {
    const clusters = { ringtail: { kubeconfig: '/nowhere/ringtail' } };
    const error = refusal({
      REGISTRAR_CONFIG: await registrarYaml({ ...caseInstallation, clusters }),
      OP_CONNECT_TOKEN: 'a',
    });
    expect(error.message).toContain('AUTHENTIK_TOKEN is not set');
    expect(error.message).toContain('argocd.cluster is "indri", which clusters does not name');
    expect(error.message).toContain('there is no file /nowhere/ringtail, the kubeconfig of cluster "ringtail"');
  });

  test('names a cluster of Flux that is not named: the default kubeconfig is that of another one', async () => {
    const { argocd: _argocd, authentik, ...rest } = caseInstallation;
    const { application: _application, ...others } = authentik;
    const installation = {
      ...rest,
      gitops: { ...rest.gitops, land: 'first' },
      flux: { cluster: 'idnri' },
      authentik: { ...others, deployBy: 'flux', kustomization: 'apps' },
    };
    const error = refusal({
      REGISTRAR_CONFIG: await registrarYaml(installation),
      OP_CONNECT_TOKEN: 'a',
      AUTHENTIK_TOKEN: 'b',
    });
    expect(error.message).toContain('flux.cluster is "idnri", which clusters does not name');
  });

  test('names a kubeconfig that two roles share once', async () => {
    const installation = {
      ...caseInstallation,
      clusters: { indri: { kubeconfig: '/nowhere/indri' } },
      authentik: { ...caseInstallation.authentik, cluster: 'indri' },
    };
    const error = refusal({
      REGISTRAR_CONFIG: await registrarYaml(installation),
      OP_CONNECT_TOKEN: 'a',
      AUTHENTIK_TOKEN: 'b',
    });
    expect(error.message.split('/nowhere/indri')).toHaveLength(2);
  });

  test('names an unknown key and a bad value of registrar.yaml with their place', async () => {
    const { vault } = caseInstallation;
    const installation = { ...caseInstallation, vault: { ...vault, connectHost: 'nowhere', itm: 'x' } };
    const error = refusal({
      REGISTRAR_CONFIG: await registrarYaml(installation),
      OP_CONNECT_TOKEN: 'a',
      AUTHENTIK_TOKEN: 'b',
    });
    expect(error.message).toContain('vault.connectHost');
    expect(error.message).toContain('"itm"');
  });

  test('names a file that it may not read, and one that is a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, 'token'));
    const locked = await file('registrar.yaml', 'x');
    await chmod(locked, 0);
    const error = refusal({
      REGISTRAR_CONFIG: locked,
      AUTHENTIK_TOKEN_FILE: path.join(folder, 'token'),
    });
    expect(error.message).toContain('AUTHENTIK_TOKEN_FILE: file');
    expect(error.message).toContain('cannot be read (EISDIR)');
    // The superuser reads any file, and then it is no registrar.yaml.
    expect(error.message).toMatch(/REGISTRAR_CONFIG: file \S+ cannot be read \(EACCES\)|registrar\.yaml/);
  });

  test('refuses a token of several words, and shows none of it', async () => {
    const error = refusal({
      REGISTRAR_CONFIG: await registrarYaml(),
      OP_CONNECT_TOKEN: 'first-half\nsecond-half',
      AUTHENTIK_TOKEN_FILE: await file('empty', '\n'),
    });
    expect(error.message).toContain('OP_CONNECT_TOKEN holds more than one word');
    expect(error.message).toContain('AUTHENTIK_TOKEN is not set');
    expect(everythingOf(error)).not.toContain('half');
  });
});
