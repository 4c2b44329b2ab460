import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFlux } from '../../integrations/flux/fluxObjects.ts';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';

const REF = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', namespace: 'sso', name: 'authentik' };

const RELEASE = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: 'sso', name: 'authentik' };

/** An API server that serves External Secrets, or a HelmRelease of Flux, in these versions alone. */
async function serving(versions: readonly string[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(`${request.method} ${url.replace(/\?.*/, '')}`);
    const [, version] = /^\/apis\/[^/]+\/([^/]+)\//.exec(url) ?? [];
    // As Go's server says it.
    if (version === undefined || !versions.includes(version))
      return response.writeHead(404).end('404 page not found\n');
    const isHelm = url.includes('/helmreleases/');
    const apiVersion = `${isHelm ? 'helm.toolkit.fluxcd.io' : 'external-secrets.io'}/${version}`;
    const object = {
      apiVersion,
      kind: isHelm ? 'HelmRelease' : 'ExternalSecret',
      metadata: { name: 'authentik', namespace: 'sso', uid: 'u', resourceVersion: '1' },
      spec: {},
    };
    const list = { apiVersion, kind: 'ExternalSecretList', metadata: {}, items: [object] };
    return response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(url.includes('/authentik') ? object : list));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  const kubeconfig = path.join(await temporaryFolder(), 'kubeconfig');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const text = {
    clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'x' } }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'here',
  };
  await writeFile(kubeconfig, JSON.stringify(text));
  return { cluster: await createCluster({ name: 'edge', kubeconfig, timeoutMs: 30_000 }), asked };
}

test.each(['v1', 'v1beta1'])('a cluster that serves %s alone is read and asked for a refresh', async (version) => {
  const { cluster, asked } = await serving([version]);
  expect(await cluster.get(REF)).toMatchObject({ apiVersion: `external-secrets.io/${version}` });
  expect(await cluster.list(REF)).toHaveLength(1);
  expect(await cluster.mergePatch(REF, { metadata: { annotations: { 'force-sync': 'x' } } })).toMatchObject({
    spec: {},
  });
  // Once it is known, the other version is not asked for again.
  expect(asked.filter((each) => !each.includes(`/${version}/`))).toHaveLength(version === 'v1' ? 0 : 1);
});

test('a cluster whose External Secrets is updated while the worker runs is read in the newer version', async () => {
  const versions = ['v1beta1'];
  const { cluster } = await serving(versions);
  await cluster.get(REF);
  versions[0] = 'v1';
  expect(await cluster.get(REF)).toMatchObject({ apiVersion: 'external-secrets.io/v1' });
  expect(await cluster.list(REF)).toHaveLength(1);
});

test('a cluster that serves neither says what it said of the newer one', async () => {
  const { cluster } = await serving([]);
  const error = await errorOf(cluster.get(REF));
  expect(error).toMatchObject({ kind: 'Unavailable', status: 404 });
  expect(error.message).toContain('cannot get ExternalSecret sso/authentik');
});

test('a Flux that is too old, or none, is told so, not that there is no such object', async () => {
  const { cluster } = await serving(['v1beta2']);
  const error = await errorOf(createFlux(cluster).kustomization({ namespace: 'flux-system', name: 'apps' }));
  expect(error).toMatchObject({ system: 'Flux', kind: 'Unavailable', status: 404 });
  expect(error.message).toContain(
    'cluster edge does not serve kustomize.toolkit.fluxcd.io/v1, the API of a Kustomization: its Flux is older than 2.0, or there is none',
  );
});

test.each(['v2', 'v2beta2'])('a HelmRelease is read where Flux serves %s alone', async (version) => {
  const { cluster } = await serving([version]);
  expect(await cluster.get(RELEASE)).toMatchObject({ apiVersion: `helm.toolkit.fluxcd.io/${version}` });
  expect(await cluster.mergePatch(RELEASE, { metadata: {} })).toMatchObject({ kind: 'HelmRelease' });
});
