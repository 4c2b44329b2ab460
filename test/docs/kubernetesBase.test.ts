import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readInstallation } from '../../core/installation/readFiles.ts';
import { loadWorkerConfig, PROGRAM_TIMEOUT_MS, SHUTDOWN_GRACE_MS } from '../../worker/config.ts';
import { LAST_WORDS_MS } from '../../worker/traces/otlp.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const BASE = 'deploy/kubernetes';
// oxlint-disable-next-line typescript/no-explicit-any -- manifests, each of another shape
const manifest = (file: string): any => parse(read(`${BASE}/${file}`));

const deployment = manifest('deployment.yaml');
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const dockerfile = read('Dockerfile');
const env: Readonly<Record<string, string>> = Object.fromEntries(
  container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
);
const mounts: readonly { name: string; mountPath: string }[] = container.volumeMounts;

const dir = mkdtempSync(path.join(tmpdir(), 'oidc-registrar-base-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('the kustomization names every manifest beside it, and each can be read', () => {
  const beside = readdirSync(path.join(root, BASE)).filter((name) => name.endsWith('.yaml'));
  const { resources, configMapGenerator } = manifest('kustomization.yaml') as {
    readonly resources: readonly string[];
    readonly configMapGenerator: readonly { readonly files: readonly string[] }[];
  };
  const generated = configMapGenerator.flatMap(({ files }) => files);
  expect(['kustomization.yaml', ...resources, ...generated].toSorted()).toEqual(beside.toSorted());
  for (const file of resources) expect(manifest(file)).toMatchObject({ metadata: { name: 'oidc-registrar' } });
});

it('user, paths and version are those of the image, and what is written lies on a volume', () => {
  const [, user, group] = /^USER (\d+):(\d+)$/m.exec(dockerfile) ?? [];
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: Number(user), runAsGroup: Number(group) });
  expect(container.securityContext).toMatchObject({
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  });
  for (const name of ['REGISTRAR_CONFIG', 'REGISTRAR_CACHE_DIR'])
    expect(dockerfile).toContain(`${name}=${env[name] ?? 'nothing'}`);
  const writable = pod.volumes
    .filter((volume: object) => 'emptyDir' in volume)
    .map(({ name }: { name: string }) => name);
  const at = (name: string): string | undefined => mounts.find((mount) => mount.name === name)?.mountPath;
  expect(writable.map(at)).toEqual([env['REGISTRAR_CACHE_DIR'], '/tmp']);
  expect(mounts.map(({ name }) => name).toSorted()).toEqual(
    pod.volumes.map(({ name }: { name: string }) => name).toSorted(),
  );
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect([container.image, parse(read('docker-compose.yml')).services.worker.image]).toEqual([
    `oidc-registrar:${version}`,
    `oidc-registrar:${version}`,
  ]);
});

it('the worker starts with what the pod is given, and with nothing else', () => {
  const page = read('docs/reference/environment.md');
  for (const name of Object.keys(env)) expect(page).toContain(`\`${name}\``);
  for (const { mountPath } of mounts) mkdirSync(path.join(dir, mountPath), { recursive: true });
  const tokens = mounts.find(({ name }) => name === 'tokens')?.mountPath ?? '';
  const keys: readonly string[] = manifest('external-secret.yaml').spec.data.map(
    ({ secretKey }: { secretKey: string }) => secretKey,
  );
  for (const key of keys) writeFileSync(path.join(dir, tokens, key), `of-${key}\n`);
  const here = (text: string): string => text.replaceAll(tokens, path.join(dir, tokens));
  writeFileSync(path.join(dir, env['REGISTRAR_CONFIG'] ?? ''), here(read(`${BASE}/registrar.yaml`)));
  const moved = Object.entries(env).map(([name, value]) => [
    name,
    value.startsWith('/') ? path.join(dir, value) : value,
  ]);

  const config = loadWorkerConfig(Object.fromEntries(moved) as Readonly<Record<string, string>>);

  const given = [config.vaultToken, config.authentikToken, config.gitToken].map((token) => token?.reveal());
  const files = Object.values(config.installation.clusters).flatMap(({ kubeconfig }) => kubeconfig ?? []);
  expect([...given, ...files.map((file) => `of-${path.basename(file)}`)]).toEqual(keys.map((key) => `of-${key}`));
  expect(config.cacheDir).toBe(path.join(dir, env['REGISTRAR_CACHE_DIR'] ?? ''));
});

it('its registrar.yaml is registrar.example.yaml, but for the way into the clusters', () => {
  const { clusters, ...own } = readInstallation(read(`${BASE}/registrar.yaml`), 'registrar.yaml');
  const { clusters: shown, ...example } = readInstallation(read('registrar.example.yaml'), 'registrar.example.yaml');
  expect(own).toEqual(example);
  expect(Object.keys(clusters)).toEqual(Object.keys(shown));
  expect(manifest('kustomization.yaml').namespace).toBe(own.authentik.namespace);
});

it('Deployment and NetworkPolicy choose the pods of the worker and no others of the namespace', () => {
  const { labels } = deployment.spec.template.metadata;
  expect(Object.keys(labels)).not.toEqual([]);
  expect(deployment.spec.selector.matchLabels).toEqual(labels);
  expect(manifest('network-policy.yaml').spec.podSelector.matchLabels).toEqual(labels);
});

it('probes and Prometheus ask the port that the worker opens', () => {
  const [port] = container.ports;
  expect(env['METRICS_ADDRESS']).toBe(`0.0.0.0:${port.containerPort}`);
  expect([container.livenessProbe.httpGet, container.readinessProbe.httpGet]).toEqual([
    { path: '/healthz', port: port.name },
    { path: '/readyz', port: port.name },
  ]);
  const [ingress] = manifest('network-policy.yaml').spec.ingress;
  expect(ingress.ports).toEqual([{ protocol: 'TCP', port: port.name }]);
});

it('whoever stops the worker leaves it its time', () => {
  const seconds = (SHUTDOWN_GRACE_MS + PROGRAM_TIMEOUT_MS + LAST_WORDS_MS) / 1000;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
  expect(parse(read('docker-compose.yml')).services.worker.stop_grace_period).toBe(
    `${pod.terminationGracePeriodSeconds}s`,
  );
  expect(read('docs/how-to/install-with-compose.md')).toContain(
    `gives the worker ${pod.terminationGracePeriodSeconds} s`,
  );
});

it('the page that installs it uses the namespace of the roles', () => {
  const [, shown = ''] = /^```yaml\n([^]*?)^```/m.exec(read('docs/how-to/install-in-kubernetes.md')) ?? [];
  expect(parse(shown).namespace).toBe(manifest('kustomization.yaml').namespace);
});

it('its identities are those of deploy/rbac.yaml', () => {
  const accounts = parseAllDocuments(read('deploy/rbac.yaml'))
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === 'ServiceAccount');
  const of = (cluster: string) =>
    accounts.find(({ metadata }) => metadata.labels['oidc-registrar/cluster'] === cluster);
  const account = manifest('service-account.yaml');
  const { namespace } = manifest('kustomization.yaml');
  expect({ ...account, metadata: { ...account.metadata, namespace } }).toEqual(of('edge'));
  expect(pod.serviceAccountName).toBe(account.metadata.name);
  const { type, metadata } = manifest('other-cluster/token.yaml');
  expect([type, metadata.namespace, metadata.annotations['kubernetes.io/service-account.name']]).toEqual([
    'kubernetes.io/service-account-token',
    of('hub')?.metadata.namespace,
    of('hub')?.metadata.name,
  ]);
});
