import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { createAuthentik } from '../../integrations/authentik/goauthentik.ts';
import { createGitRepository } from '../../integrations/git/gitRepository.ts';
import { createWebhook } from '../../integrations/notify/webhook.ts';
import { createSdkVault } from '../../integrations/onepassword/sdkVault.ts';
import { toFailure } from '../../worker/interceptors.ts';
import { echoOf } from '../../sandbox/kit/echo.ts';
import { findSecrets } from '../e2e/secrets.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { everythingOf } from '../fixtures/errors.ts';
import { ITEM, testVault, UNRELATED, VAULT, VAULT_TOKEN } from '../fixtures/vault.ts';
import { ADAPTERS, KUBE_TOKEN, TOKEN } from './adapters.ts';
import { CALLS } from './authentik/calls.ts';
import { SECRET } from '../sandbox/authentik/lab.ts';

// A system, or a proxy before it, may repeat in its refusal what it was sent, or what it stores.

const HOOK = 'topic-9c0d2e4f6a8b1735';

type Methods = Readonly<Record<string, () => Promise<unknown>>>;

/** Every request of every adapter; what has many methods is checked by its own list to have no other. */
const TABLE: Readonly<Record<string, (url: string) => Promise<Methods>>> = {
  ...Object.fromEntries(
    Object.entries(ADAPTERS).map(([name, open]) => [name, async (url: string) => (await open(url)).methods]),
  ),
  Authentik: async (url) => {
    const authentik = await createAuthentik({ url, token: new Secret(TOKEN), timeoutMs: 30_000 });
    return Object.fromEntries(Object.entries(CALLS).map(([name, call]) => [name, async () => call(authentik)]));
  },
  git: async (url) => {
    const author = { name: 'a', email: 'a@b.example' };
    const options = { remote: `${url}/x.git`, cacheDir: await temporaryFolder(), author, timeoutMs: 30_000 };
    const git = createGitRepository({ ...options, token: new Secret(TOKEN) });
    return { fetch: async () => git.fetch() };
  },
  webhook: async (url) => {
    const address = new Secret(`${url}/${HOOK}`);
    const notifier = createWebhook({ shape: 'ntfy', url: address, token: new Secret(TOKEN), timeoutMs: 30_000 });
    const message = { kind: 'failed', client: 'zot', workflowId: 'w', title: 't', text: `it says ${TOKEN}` } as const;
    return { send: async () => notifier.send(message) };
  },
  'the SDK': async () => {
    const echo = async (item: unknown): Promise<never> =>
      Promise.reject(new Error(`no: ${JSON.stringify(item)} ${TOKEN}`));
    const address = {
      vaultId: VAULT.id,
      itemId: ITEM.id,
      itemTitle: ITEM.title,
      timeoutMs: 30_000,
      rateLimitPauseMs: 1,
    };
    const vault = createSdkVault({
      ...address,
      token: new Secret(TOKEN),
      open: async () => ({ items: { get: echo, put: echo } }),
    });
    return { read: async () => vault.read(), addField: async () => vault.addField('a', new Secret(SECRET)) };
  },
};

/** A refusal in the words of all systems at once. */
function refusalOf(words: string): string {
  const causes = [{ reason: 'FieldManagerConflict', message: `conflict with "${words}"`, field: words }];
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: words,
    message: words,
    detail: words,
    name: [words],
    error: words,
    errors: [{ message: words }],
    details: { causes },
  });
}

async function echoing(status: number): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const echo = echoOf({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
      const type = url.includes('.git') ? 'text/plain' : 'application/json';
      const location = `https://elsewhere.invalid/${encodeURIComponent(headers.authorization ?? '')}?x`;
      response
        .writeHead(status, { 'content-type': type, ...(status === 302 ? { location } : {}) })
        .end(refusalOf(echo));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const SENT = [TOKEN, KUBE_TOKEN, VAULT_TOKEN, SECRET, HOOK];

/** Everything that the error of some work, or its result, would put into the history and the log. */
async function told(work: Promise<unknown>): Promise<string> {
  return work.then(
    (result) => JSON.stringify(result) ?? '',
    (error: Error) => `${everythingOf(error)}\n${everythingOf(toFailure(error))}`,
  );
}

describe.each(Object.entries(TABLE))('no error of %s', (_name, open) => {
  test.each([302, 400, 401, 403, 404, 409, 422, 429, 500])('repeats what was sent, with status %i', async (status) => {
    const methods = await open(await echoing(status));
    let errors = 0;
    for (const [method, ask] of Object.entries(methods)) {
      const text = await told(ask());
      if (text.includes('Error')) errors += 1;
      expect.soft(findSecrets(SENT, [{ name: method, text }])).toEqual([]);
    }
    expect(errors).toBeGreaterThan(0);
  });
});

test('no error of Connect repeats a value of the item, of any type, that was read before', async () => {
  const values = UNRELATED.flatMap(({ value = '' }) => (value === '' ? [] : [value]));
  const { vault, faults } = await testVault();
  await vault.read();
  for (const value of values) {
    const message = `cannot decode ${JSON.stringify({ value })}`;
    faults.add({ system: 'connect', times: 1, effect: { kind: 'error', status: 400, body: { message } } });
    const text = await told(vault.read());
    expect(text).toContain('cannot decode {"value":"[masked]"}');
    expect(findSecrets([value], [{ name: 'error', text }])).toEqual([]);
  }
});
