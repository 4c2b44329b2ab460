import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { installationSchema, type InstallationInput } from '../core/installation.ts';
import { createCluster } from '../integrations/kubernetes/clientNode.ts';
import type { Cluster } from '../integrations/kubernetes/cluster.ts';
import { startAuthentik, type AuthentikStandIn } from './authentik.ts';
import { DELETE_PERMISSIONS, VIEW_PERMISSIONS } from './authentik/permissions.ts';
import { startConnect, type ConnectStandIn } from './connect.ts';
import { startConsumer, type ConsumerStandIn } from './consumer.ts';
import type { Faults } from './faults.ts';
import { createBareRepository, type BareRepository } from './git.ts';
import type { ClusterHost, Hosting, StartHosting } from './hosting.ts';
import type { Layout } from './layout.ts';
import { startStandIns } from './standInHosting.ts';
import { startWebhook, type WebhookShape, type WebhookStandIn } from './webhook.ts';
import { BRISK, type SandboxTimings } from './timings.ts';

export interface WorldOptions {
  readonly layout: Layout;
  /** Folder of this sandbox: repository, kubeconfigs, registrar.yaml, tokens. */
  readonly dir: string;
  /** As Authentik's API tells it. */
  readonly authentikVersion?: string;
  /** False: the job's token may read and delete, but neither create nor apply a blueprint instance. */
  readonly mayApply?: boolean;
  readonly timings?: SandboxTimings;
  /** A write to the vault is visible to reads so much later. */
  readonly vaultLagMs?: number;
  /** Somebody wants to be told, in this form. */
  readonly notify?: WebhookShape;
  /** Where the two clusters are; stand-ins where absent. */
  readonly hosting?: StartHosting;
  /** Over the layout's own settings. */
  readonly adjust?: (installation: InstallationInput) => InstallationInput;
}

/** Token of External Secrets at the Connect server. */
export const STORE_TOKEN = 'connect-token-of-external-secrets';

/** The running systems of a world. */
export interface WorldParts {
  readonly dir: string;
  readonly installation: InstallationInput;
  readonly repository: BareRepository;
  readonly connect: ConnectStandIn;
  readonly authentik: AuthentikStandIn;
  /** Where notices go, with `notify` alone. */
  readonly webhook: WebhookStandIn | undefined;
  /** A host with services that take a secret. */
  readonly consumer: ConsumerStandIn;
  readonly hosting: Hosting;
  readonly argocd: Cluster;
  readonly cluster: Cluster;
  readonly workerEnv: Readonly<Record<string, string>>;
  readonly permissions: Set<string>;
}

/** Starts every system, and writes what a worker needs to know of them. */
export async function startParts(options: WorldOptions, faults: Faults): Promise<WorldParts> {
  const { layout, dir } = options;
  const { vault, gitops } = layout.installation;
  await mkdir(dir, { recursive: true });
  const tokens = { connect: token(), authentik: token(), webhook: token() };
  const permissions = new Set<string>([
    ...VIEW_PERMISSIONS,
    ...DELETE_PERMISSIONS,
    ...((options.mayApply ?? true) ? ['add_blueprintinstance'] : []),
  ]);
  const repository = await createBareRepository(
    path.join(dir, 'repository.git'),
    layout.files,
    gitops.branch ?? 'main',
  );
  const connect = await startConnect({
    faults,
    tokens: { [tokens.connect]: { write: true }, [STORE_TOKEN]: { write: false } },
    exempt: [STORE_TOKEN],
    readLagMs: options.vaultLagMs ?? 0,
    vault: { id: vault.vaultId, name: layout.vaultName },
    items: [{ id: vault.itemId, title: vault.itemTitle, fields: layout.vaultFields.map(concealed) }],
  });
  const authentik = await startAuthentik({
    faults,
    version: options.authentikVersion ?? '2026.5.0',
    tokens: { [tokens.authentik]: { username: 'oidc-registrar', superuser: false, permissions } },
    timings: timingsOf(options).authentik,
  });
  const webhook = options.notify === undefined ? undefined : await startWebhook(options.notify, tokens.webhook, faults);
  const pattern = layout.installation.naming?.vaultField ?? '{name}-client-secret';
  const consumer = await startConsumer({
    dir,
    faults,
    connectUrl: connect.url,
    connectToken: STORE_TOKEN,
    authentikUrl: authentik.url,
    vault,
    naming: (client) => ({ vaultField: pattern.replaceAll('{name}', client), clientId: client }),
  });
  const hosting = await (options.hosting ?? startStandIns)({
    layout,
    dir,
    faults,
    repository: repository.dir,
    connectUrl: connect.url,
    storeToken: STORE_TOKEN,
  });
  const { argocd, authentik: target } = layout.installation;
  return {
    dir,
    installation: await writeInstallation(options, { repository, connect, authentik, consumer, hosting }),
    repository,
    connect,
    authentik,
    webhook,
    consumer,
    hosting,
    argocd: await controllerCluster(dir, argocd.cluster, hosting.management),
    cluster: await controllerCluster(dir, target.cluster, hosting.workload),
    workerEnv: await writeEnv(dir, tokens, webhook),
    permissions,
  };
}

async function controllerCluster(dir: string, name: string, host: ClusterHost): Promise<Cluster> {
  const kubeconfig = path.join(dir, `controllers-${name}.kubeconfig`);
  await writeFile(kubeconfig, host.kubeconfig);
  return createCluster({ name, kubeconfig, timeoutMs: 10_000 });
}

function token(): string {
  return randomBytes(24).toString('hex');
}

function concealed(label: string) {
  return { label, type: 'CONCEALED', value: randomBytes(24).toString('base64url') };
}

export function timingsOf(options: WorldOptions): SandboxTimings {
  return options.timings ?? BRISK;
}

async function writeInstallation(
  options: WorldOptions,
  {
    repository,
    connect,
    authentik,
    consumer,
    hosting,
  }: Pick<WorldParts, 'repository' | 'connect' | 'authentik' | 'consumer' | 'hosting'>,
): Promise<InstallationInput> {
  const { layout, dir, adjust = (same) => same } = options;
  const kubeconfigs: Record<string, { kubeconfig: string }> = {};
  for (const [name, host] of [
    [layout.installation.argocd.cluster, hosting.management],
    [layout.installation.authentik.cluster, hosting.workload],
  ] as const) {
    const file = path.join(dir, `${name}.kubeconfig`);
    await writeFile(file, host.workerKubeconfig);
    kubeconfigs[name] = { kubeconfig: file };
  }
  const filled: InstallationInput = {
    ...layout.installation,
    gitops: { ...layout.installation.gitops, remote: repository.dir },
    clusters: kubeconfigs,
    vault: { ...layout.installation.vault, connectHost: connect.url },
    authentik: { ...layout.installation.authentik, url: authentik.url },
    ...consumer.settings,
    timings: timingsOf(options).job,
    ...(options.notify === undefined ? {} : { notify: { shape: options.notify } }),
  };
  const installation = adjust(filled);
  installationSchema.parse(installation);
  await writeFile(path.join(dir, 'registrar.yaml'), stringify(installation));
  return installation;
}

async function writeEnv(
  dir: string,
  tokens: { connect: string; authentik: string; webhook: string },
  webhook: WebhookStandIn | undefined,
): Promise<Record<string, string>> {
  const files = {
    OP_CONNECT_TOKEN_FILE: tokens.connect,
    AUTHENTIK_TOKEN_FILE: tokens.authentik,
    ...(webhook === undefined
      ? {}
      : { REGISTRAR_NOTIFY_URL_FILE: webhook.address, REGISTRAR_NOTIFY_TOKEN_FILE: tokens.webhook }),
  };
  const env: Record<string, string> = {
    REGISTRAR_CONFIG: path.join(dir, 'registrar.yaml'),
    REGISTRAR_CACHE_DIR: path.join(dir, 'cache'),
  };
  for (const [name, value] of Object.entries(files)) {
    env[name] = path.join(dir, name.toLowerCase().replace(/_file$/, ''));
    await writeFile(env[name], value, { mode: 0o600 });
  }
  return env;
}
