import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { Secret } from '../../core/base/secret.ts';
import { createAuthentik } from '../../integrations/authentik/goauthentik.ts';
import { createGitea } from '../../integrations/forge/gitea.ts';
import { createGitHub } from '../../integrations/forge/github.ts';
import { createGitRepository } from '../../integrations/git/gitRepository.ts';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';
import { createWebhook } from '../../integrations/notify/webhook.ts';
import { createConnectVault } from '../../integrations/onepassword/connectVault.ts';
import { createSdkVault } from '../../integrations/onepassword/sdkVault.ts';
import { openServiceAccount } from '../../sandbox/onepassword/serviceAccount.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import { ITEM, testVault, VAULT } from '../fixtures/vault.ts';

const OLD = 'token-that-has-expired-4f1d9b7a60c2e358';
const NEW = 'token-that-was-renewed-8b2c6d0e1f3a5947';

/** Lets no token in but one, and quotes in its refusal what it was sent. */
async function server(goodToken = NEW): Promise<{ readonly url: string; readonly sent: string[] }> {
  const sent: string[] = [];
  const listening = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    // The first request of git has none.
    if (authorization !== '') sent.push(tokenOf(authorization));
    const refused = tokenOf(authorization) !== goodToken;
    response.writeHead(refused ? 401 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', message: `no: ${authorization}` }));
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void listening.close());
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, sent };
}

function tokenOf(authorization: string): string {
  const [scheme, value = ''] = authorization.split(' ');
  return scheme === 'Basic' ? Buffer.from(value, 'base64').toString().replace('oauth2:', '') : value;
}

type Open = (url: string, token: Secret) => Promise<() => Promise<unknown>>;

const item = { vaultId: VAULT.id, itemId: ITEM.id, itemTitle: ITEM.title, rateLimitPauseMs: 1, timeoutMs: 30_000 };
const pull = { repository: 'a/b', target: 'main', timeoutMs: 30_000 };

const ADAPTERS: Readonly<Record<string, Open>> = {
  Authentik: async (url, token) => {
    const authentik = await createAuthentik({ url, token, timeoutMs: 30_000 });
    return () => authentik.version();
  },
  Connect: async (host, token) => {
    const vault = createConnectVault({ ...item, host, token });
    return () => vault.read();
  },
  GitHub: async (url, token) => {
    const forge = createGitHub({ ...pull, api: url, token });
    return () => forge.find('x');
  },
  Gitea: async (url, token) => {
    const forge = createGitea({ ...pull, api: url, token });
    return () => forge.find('x');
  },
  git: async (url, token) => {
    const author = { name: 'a', email: 'a@b.example' };
    const options = { remote: `${url}/x.git`, cacheDir: await temporaryFolder(), author, timeoutMs: 30_000, token };
    const git = createGitRepository(options);
    return () => git.fetch();
  },
  'the webhook': async (url, token) => {
    const notifier = createWebhook({ shape: 'json', url: new Secret(url), token, timeoutMs: 30_000 });
    return () => notifier.send({ kind: 'failed', client: 'zot', workflowId: 'w', title: 't', text: 't' });
  },
};

test.each(Object.entries(ADAPTERS))('%s takes a renewed token with the next request', async (_name, open) => {
  const { url, sent } = await server();
  let text = OLD;
  const ask = await open(url, new Secret(() => text));

  const refused = await errorOf(ask());
  expect(refused.kind).toBe('Unauthorized');
  expect(everythingOf(refused)).not.toContain(OLD);

  text = NEW;
  const answered = await errorOf(ask());
  expect(answered.kind).toBe('Unavailable');
  expect(everythingOf(answered)).not.toContain(NEW);
  expect([...new Set(sent)]).toEqual([OLD, NEW]);
});

test('an answer that quotes a token which was renewed meanwhile is masked', async () => {
  const { url } = await server();
  let reads = 0;
  const token = new Secret(() => ((reads += 1) === 1 ? OLD : NEW));
  const error = await errorOf(createGitHub({ ...pull, api: url, token }).find('x'));
  expect(error.message).toContain('no: Bearer [masked]');
});

test("1Password's library signs in again with a renewed token, and after a refusal", async () => {
  const { connect, faults } = await testVault();
  const signedIn: string[] = [];
  let text = OLD;
  let expired = false;
  const open = async (token: string) => {
    signedIn.push(token);
    const { items } = await openServiceAccount(
      { faults, store: connect.store, tokens: { [OLD]: { write: true }, [NEW]: { write: true } } },
      token,
    );
    const get: typeof items.get = async (...ids) => {
      if (!expired) return items.get(...ids);
      expired = false;
      throw new Error('authentication error: the session is over');
    };
    return { items: { get, put: async (...asked: Parameters<typeof items.put>) => items.put(...asked) } };
  };
  const vault = createSdkVault({ ...item, token: new Secret(() => text), open });
  await vault.read();
  await vault.read();
  expect(signedIn).toEqual([OLD]);

  text = NEW;
  await vault.read();
  expect(signedIn).toEqual([OLD, NEW]);

  expired = true;
  expect((await errorOf(vault.read())).kind).toBe('Unauthorized');
  await vault.read();
  expect(signedIn).toEqual([OLD, NEW, NEW]);
});

test.each(['token', 'exec plugin'])(
  'a cluster whose kubeconfig has a renewed %s is asked again at once, and only once',
  async (by) => {
    const { url, sent } = await server();
    const { cluster, write } = await clusterAt(url, by === 'token' ? tokenUser : execUser);
    expect(await failing(cluster)).toBe('Unauthorized');
    expect(sent).toEqual([OLD, OLD]);
    await write(NEW);
    expect(await failing(cluster)).toBe('Unavailable');
    expect(sent).toEqual([OLD, OLD, OLD, NEW]);
    expect(await failing(cluster)).toBe('Unavailable');
    expect(sent.slice(4)).toEqual([NEW]);
  },
);

test('a kubeconfig that names another server meanwhile, or cannot be read, gives no credentials', async () => {
  const { url, sent } = await server();
  const other = await server();
  const { cluster, write, file } = await clusterAt(url, tokenUser);
  await write(NEW, other.url);
  expect(await failing(cluster)).toBe('Unauthorized');
  await writeFile(file, 'clusters: [');
  expect(await failing(cluster)).toBe('Unauthorized');
  expect([sent, other.sent]).toEqual([[OLD, OLD], []]);
});

async function failing(cluster: Cluster): Promise<string> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'b' };
  const error = await errorOf(cluster.create({ apiVersion: ref.apiVersion, kind: ref.kind, metadata: ref }));
  return error.kind;
}

type User = (token: string, folder: string) => Promise<unknown>;

async function tokenUser(token: string): Promise<unknown> {
  return { token };
}

/** What it answers is good for a long time, as it says: its answers are kept. */
async function execUser(token: string, folder: string): Promise<unknown> {
  const status = { token, expirationTimestamp: '2999-01-01T00:00:00Z' };
  const answer = path.join(folder, 'credential.json');
  const apiVersion = 'client.authentication.k8s.io/v1';
  await writeFile(answer, JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
  return { exec: { apiVersion, command: 'cat', args: [answer], interactiveMode: 'Never' } };
}

async function clusterAt(url: string, user: User) {
  const folder = await temporaryFolder();
  const file = path.join(folder, 'kubeconfig');
  const write = async (token: string, at = url): Promise<void> => {
    const config = {
      clusters: [{ name: 'c', cluster: { server: at, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: await user(token, folder) }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(file, stringify(config));
  };
  await write(OLD);
  return { cluster: await createCluster({ name: 'edge', kubeconfig: file, timeoutMs: 30_000 }), write, file };
}
