import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { createGitRepository } from '../../integrations/git/gitRepository.ts';
import { createWebhook } from '../../integrations/notify/webhook.ts';
import { createConnectItems } from '../../integrations/onepassword/connectItems.ts';
import { Faults, type FaultEffect } from '../../sandbox/faults/faults.ts';
import { startWebhook } from '../../sandbox/consumers/webhook.ts';
import { startConnect } from '../../sandbox/onepassword/connect.ts';
import { startGitServer } from '../cluster/flux/gitServer.ts';
import { temporaryFolder, testCluster } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';
import { testRepository } from '../fixtures/gitops.ts';
import { READ_ONLY_TOKEN, VAULT, VAULT_TOKEN } from '../fixtures/vault.ts';

// What doctor asks of a system beside what runs ask: each question makes nothing.

describe('whether Git takes a push', () => {
  test('is asked without one', async () => {
    const { git, server } = await testRepository({ 'a.txt': 'a\n' });
    await git.fetch();
    const before = await server.branches();
    await git.tryPush({ commit: await server.head(), branch: 'oidc-registrar/doctor' });
    expect(await server.branches()).toEqual(before);
    await git.fetch();
    expect(await git.head('oidc-registrar/doctor')).toBeUndefined();
  });

  test('is refused by a remote that gives out what it has, and takes nothing', async () => {
    const { server } = await testRepository({ 'a.txt': 'a\n' });
    const readOnly = await startGitServer(server.dir);
    onTestFinished(() => readOnly.close());
    const author = { name: 'registrar', email: 'registrar@example.test' };
    const cacheDir = await temporaryFolder();
    const git = createGitRepository({ remote: readOnly.url, cacheDir, author, timeoutMs: 30_000 });
    await git.fetch();
    const push = git.tryPush({ commit: await server.head(), branch: 'oidc-registrar/doctor' });
    expect(await errorOf(push)).toMatchObject({ system: 'Git', kind: 'Unauthorized' });
  });
});

describe('what an identity may do in a cluster', () => {
  const rule = { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'identity', name: 'worker' };

  test('is told rule by rule', async () => {
    const { cluster, faults } = await testCluster();
    expect(await cluster.allows(rule)).toBe(true);
    faults.add({
      system: 'kubernetes/edge',
      effect: { kind: 'behaviour', name: 'denies', argument: 'patch deployments.apps' },
    });
    expect(await cluster.allows(rule)).toBe(false);
    expect(await cluster.allows({ ...rule, verb: 'get' })).toBe(true);
    expect(await cluster.allows({ verb: 'get', group: '', resource: 'secrets' })).toBe(true);
  });

  test('is nothing that a stranger is told', async () => {
    const { as } = await testCluster();
    const stranger = await as('of-nobody');
    expect(await errorOf(stranger.allows(rule))).toMatchObject({ system: 'Kubernetes', kind: 'Unauthorized' });
  });

  test.each<[string, FaultEffect]>([
    ['a proxy that answers in its place', { kind: 'error', status: 404, body: '<html>' }],
    ['a server that is not well', { kind: 'error', status: 503 }],
  ])('is not known by the answer of %s', async (_what, effect) => {
    const { cluster, faults } = await testCluster();
    faults.add({ system: 'kubernetes/edge', effect });
    expect(await errorOf(cluster.allows(rule))).toMatchObject({ kind: 'Unavailable' });
  });
});

describe('whether a token of Connect may write', () => {
  async function ask(token: string, effect?: FaultEffect) {
    const faults = new Faults();
    const tokens = { [VAULT_TOKEN]: { write: true }, [READ_ONLY_TOKEN]: { write: false } };
    const connect = await startConnect({ faults, tokens, vault: VAULT, items: [] });
    onTestFinished(() => connect.close());
    if (effect !== undefined) faults.add({ system: 'connect', effect });
    const connection = { token: new Secret(token), timeoutMs: 10_000, rateLimitPauseMs: 1_000 };
    const items = createConnectItems({ ...connection, host: connect.url, vaultId: VAULT.id });
    return { connect, error: await items.mayWrite?.().catch((error: unknown) => error) };
  }

  test('is asked with what makes no item', async () => {
    const { connect, error } = await ask(VAULT_TOKEN);
    expect(error).toBeUndefined();
    expect(connect.store.all()).toEqual([]);
  });

  test.each([
    ['that only reads', READ_ONLY_TOKEN],
    ['that nobody knows', 'of-nobody'],
  ])('is denied to one %s', async (_what, token) => {
    expect((await ask(token)).error).toMatchObject({ system: '1Password', kind: 'Unauthorized' });
  });

  test.each<[string, FaultEffect]>([
    ['Connect is away', { kind: 'error', status: 503 }],
    ['a proxy answers in its place', { kind: 'error', status: 400, body: '<html>' }],
    ['something takes whatever it is sent', { kind: 'error', status: 200, body: {} }],
  ])('is not known where %s', async (_what, effect) => {
    expect((await ask(VAULT_TOKEN, effect)).error).toMatchObject({ kind: 'Unavailable' });
  });
});

describe('whether the receiver of notices is there', () => {
  test('is asked without a message, its address or the token, and any answer will do', async () => {
    const faults = new Faults();
    const receiver = await startWebhook('ntfy', 'tk_of_the_receiver', faults);
    onTestFinished(() => receiver.close());
    const url = new Secret(receiver.address);
    const notifier = createWebhook({ shape: 'ntfy', url, token: new Secret('tk_of_the_receiver'), timeoutMs: 5_000 });
    await notifier.reach();
    expect(receiver.received).toEqual([]);
    expect(receiver.requests.filter(({ path, authorization }) => path !== '/' || authorization)).toEqual([]);
  });

  test('is denied where nobody listens, without showing the address', async () => {
    const url = new Secret('http://127.0.0.1:1/topic-that-is-a-secret');
    const error = await errorOf(createWebhook({ shape: 'json', url, timeoutMs: 5_000 }).reach());
    expect(error).toMatchObject({ system: 'Webhook', kind: 'Unavailable' });
    expect(JSON.stringify(error)).not.toContain('topic-that-is-a-secret');
  });
});
