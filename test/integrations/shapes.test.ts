import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import { createGitHub } from '../../integrations/forge/github.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import { createSdkVault } from '../../integrations/onepassword/sdkVault.ts';
import { testCluster } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';
import { ITEM, testVault, VAULT } from '../fixtures/vault.ts';
import { ADAPTERS, clusterAt, forgeAt, object, objectRef, ref, TOKEN } from './adapters.ts';

// What is not the form of a system's own answer says nothing of what there is.

const PAGE = '<!DOCTYPE html><html><title>Sign in</title></html>';

const ANSWERS: Readonly<Record<string, { readonly status?: number; readonly body: string }>> = {
  'an empty object': { body: '{}' },
  'an empty list': { body: '[]' },
  null: { body: 'null' },
  nothing: { body: '' },
  'a sentence of something else': { body: '{"detail":"maintenance"}' },
  'a log-in page': { body: PAGE },
  'the 404 of a proxy': { status: 404, body: PAGE },
  'the 404 of another proxy': { status: 404, body: '404 page not found\n' },
  'the 404 of another API': { status: 404, body: '{"detail":"No such object"}' },
};

/** Answers every request in the same way. */
async function answering({ status = 200, body }: { status?: number; body: string }): Promise<string> {
  return serve(() => ({ status, body }));
}

async function serve(answer: (url: URL) => { status?: number; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, body } = answer(new URL(request.url ?? '/', 'http://here.invalid'));
    request.resume().once('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
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

describe.each(Object.entries(ADAPTERS))('%s', (name, open) => {
  test('has no method that is not tried here', async () => {
    const { object: adapter, methods } = await open('http://127.0.0.1:1');
    const own = Object.getOwnPropertyNames(adapter).filter((each) => each !== 'constructor');
    expect(own.toSorted()).toEqual(Object.keys(methods).toSorted());
  });

  test.each(Object.entries(ANSWERS))('%s is no answer to anything', async (what, answer) => {
    // The empty list of a forge is an answer to its question for a list.
    const lists = what === 'an empty list' && (name === 'GitHub' || name === 'Gitea') ? ['find'] : [];
    const { methods } = await open(await answering(answer));
    for (const [method, ask] of Object.entries(methods)) {
      if (lists.includes(method)) continue;
      const error = await errorOf(ask());
      expect.soft(error, method).toMatchObject({ kind: 'Unavailable', retryable: true });
      if (answer.body === PAGE) expect.soft(error.message, method).toContain('web page, as a log-in proxy');
    }
  });
});

describe('an answer in a later request', () => {
  const store = { apiVersion: 'external-secrets.io/v1', kind: 'SecretStore', metadata: { ...ref, name: 'vault' } };
  const api = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' };
  const external = { ...api, metadata: { ...ref }, spec: { secretStoreRef: { name: 'vault' } } };
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'worker' }] } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...ref },
    spec: { selector: { matchLabels: { app: 'x' } }, template },
  };
  const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { ...ref }, spec: {} };

  test.each([
    ['the store of an ExternalSecret', '/secretstores/', (c: Cluster) => createExternalSecrets(c).read(ref)],
    ['the events of an ExternalSecret', '/events', (c: Cluster) => createExternalSecrets(c).read(ref)],
    ['the ReplicaSets of a Deployment', '/replicasets', (c: Cluster) => createDeployments(c).rollout(ref)],
    ['the pods of a Deployment', '/pods', (c: Cluster) => createDeployments(c).rollout(ref)],
    [
      'the project of an Application',
      '/appprojects/',
      (c: Cluster) => createArgoCd(c, 'identity').shutWindow(ref.name),
    ],
  ])('that should be %s', async (_what, at, ask) => {
    const { cluster, faults } = await testCluster();
    for (const each of [store, external, deployment, application]) await cluster.create(each);
    await ask(cluster);
    for (const [status, body] of [
      [200, {}],
      [200, PAGE],
      [404, PAGE],
    ] as const) {
      faults.add({ system: 'kubernetes/edge', path: at, effect: { kind: 'error', status, body } });
      expect(await errorOf(ask(cluster))).toMatchObject({ kind: 'Unavailable' });
      faults.clear();
    }
  });
});

describe('an object', () => {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...ref } };
  test.each<[string, object]>([
    ['of another name', { ...configMap, metadata: { ...ref, name: 'other' } }],
    ['of another namespace', { ...configMap, metadata: { ...ref, namespace: 'other' } }],
    ['of another kind', { ...configMap, kind: 'Secret' }],
    ['of no metadata', { ...configMap, metadata: undefined }],
    ['in a list', { apiVersion: 'v1', kind: 'ConfigMapList', metadata: {}, items: [configMap] }],
  ])('%s is not the one that was asked for', async (_what, body) => {
    const cluster = await clusterAt(await answering({ body: JSON.stringify(body) }));
    expect(await errorOf(cluster.get(objectRef))).toMatchObject({ kind: 'Unavailable' });
  });

  test('without the spec that its kind must have is not read', async () => {
    const body = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { ...ref } };
    const argocd = createArgoCd(await clusterAt(await answering({ body: JSON.stringify(body) })), ref.namespace);
    expect(await errorOf(argocd.application(ref.name))).toMatchObject({ kind: 'Unavailable' });
  });

  test('that is stored nowhere is answered with a Status', async () => {
    const body = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 };
    const cluster = await clusterAt(await answering({ body: JSON.stringify(body) }));
    expect((await cluster.create({ ...object, kind: 'Binding' })).kind).toBe('Binding');
    expect(await errorOf(cluster.create(object))).toMatchObject({ kind: 'Unavailable' });
  });

  test('is absent where the API server itself says so', async () => {
    const { cluster } = await testCluster();
    expect(await cluster.get(objectRef)).toBeUndefined();
  });
});

describe('the pages of a list', () => {
  const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'identity' };
  const page = (token: string, items: unknown = [{ metadata: { name: 'a' } }]) => ({
    body: JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata: { continue: token }, items }),
  });

  test.each([
    ['come round again', () => page('again')],
    ['lack one', (url: URL) => (url.searchParams.has('continue') ? { body: '{}' } : page('next'))],
    ['hold what is no object', () => page('', [{ metadata: { name: 'a' } }, null])],
  ])('that %s are no list', async (_what, answer) => {
    const cluster = await clusterAt(await serve(answer));
    expect(await errorOf(cluster.list(pods))).toMatchObject({ kind: 'Unavailable' });
  });

  test('may be one that Go has written as null', async () => {
    const cluster = await clusterAt(await answering(page('', null)));
    expect(await cluster.list(pods)).toEqual([]);
  });
});

test('a log-in proxy’s redirect is not followed to its page', async () => {
  const asked: string[] = [];
  const url = await serve(({ pathname }) => {
    asked.push(pathname);
    return { status: 302, body: '' };
  });
  const { as } = await testVault();
  expect(await errorOf(as({ host: url }).read())).toMatchObject({ kind: 'Unavailable' });
  expect(await errorOf((await clusterAt(url)).get(objectRef))).toMatchObject({ kind: 'Unavailable' });
  expect(asked).toHaveLength(2);
});

test.each([
  ['Connect', async (host: string) => (await testVault()).as({ host }).read()],
  ['Kubernetes', async (url: string) => (await clusterAt(url)).get(objectRef)],
  ['a forge', async (api: string) => forgeAt(createGitHub, api).methods['find']?.()],
])('of an endless body %s reads so much, and says how much', async (_name, ask) => {
  const body = `[${' '.repeat(64 * 1024 * 1024)}]`;
  const error = await errorOf(ask(await answering({ body })));
  expect(error).toMatchObject({ kind: 'Unavailable' });
  expect(error.message).toContain('more than 67108864 bytes');
});

test.each([{}, [], null, { id: ITEM.id }, { id: 'another', title: ITEM.title }])(
  'an item of the SDK that is %j is no item',
  async (answer) => {
    const given = async () => answer as never;
    const vault = createSdkVault({
      token: new Secret(TOKEN),
      vaultId: VAULT.id,
      itemId: ITEM.id,
      itemTitle: ITEM.title,
      timeoutMs: 30_000,
      rateLimitPauseMs: 1,
      open: async () => ({ items: { get: given, put: given } }),
    });
    const error = await errorOf(vault.read());
    expect(error).toMatchObject({ kind: 'Unavailable' });
    expect(error.message).toContain('answered with what is not item');
  },
);
