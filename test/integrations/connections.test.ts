import { createServer } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import { Connections } from '../../integrations/kubernetes/connections.ts';
import { startKubernetes } from '../../sandbox/kubernetes/kubernetes.ts';
import { CLUSTER_TOKEN, temporaryFolder } from '../fixtures/clusters.ts';
import { Faults } from '../../sandbox/faults/faults.ts';

it('requests that follow one another share a connection', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words', namespace: 'identity' } };
  let connections = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(object));
    request.resume();
  }).on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const standIn = await startKubernetes({ cluster: 'edge', faults: new Faults(), tokens: [CLUSTER_TOKEN] });
  onTestFinished(() => standIn.close());
  const kubeconfig = path.join(await temporaryFolder(), 'kubeconfig');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(kubeconfig, standIn.kubeconfig(CLUSTER_TOKEN).replaceAll(standIn.url, url));
  const cluster = await createCluster({ name: 'edge', kubeconfig, timeoutMs: 30_000 });
  const { metadata, ...kind } = object;
  for (let i = 0; i < 3; i += 1) await cluster.get({ ...kind, ...metadata });
  await cluster.mergePatch({ ...kind, ...metadata }, { data: { a: 'b' } });
  expect(connections).toBe(1);
});

it('what is connected in another way is not shared: a renewed certificate, or an agent of another kind', () => {
  const connections = new Connections();
  const made = (cert: string) => new https.Agent({ ca: Buffer.from('ca'), cert });
  const kept = connections.agentFor(made('old'));
  expect(connections.agentFor(made('old'))).toBe(kept);
  const renewed = connections.agentFor(made('new'));
  expect(renewed).not.toBe(kept);
  expect((renewed as https.Agent).options).toMatchObject({ ca: Buffer.from('ca'), cert: 'new', keepAlive: true });
  class Proxy extends https.Agent {}
  const proxy = new Proxy();
  expect(connections.agentFor(proxy)).toBe(proxy);
  expect(connections.agentFor(made('new'))).toBe(renewed);
});
