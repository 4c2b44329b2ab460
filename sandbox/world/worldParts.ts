import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { installationSchema, type InstallationInput } from '../../core/installation/installation.ts';
import { startAuthentik, type AuthentikStandIn } from '../authentik/authentik.ts';
import {
  CHANGE_PERMISSIONS,
  DELETE_PERMISSIONS,
  SECRET_PERMISSIONS,
  roleOf,
  USED_BY_PERMISSIONS,
  VIEW_PERMISSIONS,
} from '../authentik/permissions.ts';
import { createApplyingCluster, type ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import type { OpenSdk, SdkClient } from '../../integrations/onepassword/sdkSession.ts';
import { startConnect, type ConnectStandIn } from '../onepassword/connect.ts';
import { startConsumer, type ConsumerStandIn } from '../consumers/consumer.ts';
import type { Faults } from '../faults/faults.ts';
import { HELM_MANAGER, KUSTOMIZE_MANAGER } from '../flux/kinds.ts';
import { FORGE_REPOSITORY, startForge, type ForgeStandIn, type StandInForge } from '../forge/forge.ts';
import { createBareRepository, type BareRepository } from '../git/git.ts';
import type { ClusterHost, Hosting, StartHosting } from './hosting.ts';
import type { Layout, SampleInstallation } from './layout.ts';
import { readField } from '../onepassword/readField.ts';
import { openServiceAccount } from '../onepassword/serviceAccount.ts';
import { startStandIns } from './standInHosting.ts';
import type { StoredField } from '../onepassword/vaultStore.ts';
import { startWebhook, type WebhookShape, type WebhookStandIn } from '../consumers/webhook.ts';
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
  /** A write to the vault is visible to reads through Connect so much later; several servers take turns. */
  readonly vaultLagMs?: number | readonly number[];
  /** How the job reaches the vault. External Secrets always reads through Connect. */
  readonly vaultKind?: 'connect' | 'serviceAccount';
  /** What the vault item has beside the layout's fields. */
  readonly vaultItem?: Readonly<Record<string, unknown>> & { readonly fields?: readonly StoredField[] };
  /** What a playbook reads by the vault's own tool; the item of 1Password where absent. */
  readonly readSecret?: (vaultField: string) => Promise<string | undefined>;
  /** Somebody wants to be told, in this form. */
  readonly notify?: WebhookShape;
  /** Changes land by pull request, on this forge, which the job has a token for. */
  readonly forge?: StandInForge;
  /** Where the two clusters are; stand-ins where absent. */
  readonly hosting?: StartHosting;
  /** Over the layout's own settings. */
  readonly adjust?: (installation: InstallationInput) => InstallationInput;
}

/** Token of External Secrets at the Connect server; of no words, which would be masked wherever they stand once it is known. */
export const STORE_TOKEN = 'st0re-8f2c61d0b7e94a53';

/** The running systems of a world. */
export interface WorldParts {
  readonly dir: string;
  readonly installation: SampleInstallation;
  readonly repository: BareRepository;
  readonly connect: ConnectStandIn;
  /** For `vault.kind: serviceAccount`: in the place of the library's `createClient`. */
  readonly openSdk: OpenSdk<SdkClient>;
  readonly authentik: AuthentikStandIn;
  /** Where notices go, with `notify` alone. */
  readonly webhook: WebhookStandIn | undefined;
  /** Where people merge, with `forge` alone. */
  readonly forge: ForgeStandIn | undefined;
  /** A host with services that take a secret. */
  readonly consumer: ConsumerStandIn;
  readonly hosting: Hosting;
  readonly argocd: ApplyingCluster;
  readonly cluster: ApplyingCluster;
  /** The same cluster, for Flux. */
  readonly fluxCluster: ApplyingCluster;
  /** The same cluster, for helm-controller. */
  readonly helmCluster: ApplyingCluster;
  readonly workerEnv: Readonly<Record<string, string>>;
  readonly permissions: Set<string>;
  readonly objectPermissions: Map<string, Set<string>>;
  readonly rolePk: string;
}

/** Starts every system, and writes what a worker needs to know of them. */
export async function startParts(options: WorldOptions, faults: Faults): Promise<WorldParts> {
  const { layout, dir } = options;
  const { vault, gitops } = layout.installation;
  await mkdir(dir, { recursive: true });
  const tokens = {
    connect: token(),
    serviceAccount: `ops_${token()}`,
    authentik: token(),
    webhook: token(),
    forge: token(),
  };
  const permissions = new Set<string>([
    ...VIEW_PERMISSIONS,
    ...USED_BY_PERMISSIONS,
    ...DELETE_PERMISSIONS,
    ...SECRET_PERMISSIONS,
    ...CHANGE_PERMISSIONS,
    ...((options.mayApply ?? true) ? ['add_blueprintinstance', 'change_blueprintinstance'] : []),
  ]);
  const objectPermissions = new Map<string, Set<string>>();
  const grant = { username: 'oidc-registrar', superuser: false, permissions, objects: objectPermissions };
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
    items: [
      {
        ...options.vaultItem,
        id: vault.itemId,
        title: vault.itemTitle,
        fields: [...layout.vaultFields.map(concealed), ...(options.vaultItem?.fields ?? [])],
      },
    ],
  });
  const accounts = { faults, store: connect.store, tokens: { [tokens.serviceAccount]: { write: true } } };
  const authentik = await startAuthentik({
    faults,
    version: options.authentikVersion ?? '2026.5.0',
    tokens: { [tokens.authentik]: grant },
    timings: timingsOf(options).authentik,
  });
  const webhook = options.notify === undefined ? undefined : await startWebhook(options.notify, tokens.webhook, faults);
  const forge =
    options.forge === undefined ? undefined : await startForge(options.forge, repository, tokens.forge, faults);
  const pattern = layout.installation.naming?.vaultField ?? '{name}-client-secret';
  const consumer = await startConsumer({
    dir,
    faults,
    readSecret:
      options.readSecret ?? (async (field) => readField({ url: connect.url, token: STORE_TOKEN }, vault, field)),
    authentikUrl: authentik.url,
    naming: (client) => ({ vaultField: named(pattern, client), clientId: client }),
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
    installation: await writeInstallation(options, { repository, connect, authentik, consumer, hosting, forge }),
    repository,
    connect,
    openSdk: (given) => openServiceAccount(accounts, given),
    authentik,
    webhook,
    forge,
    consumer,
    hosting,
    argocd: await controllerCluster(dir, argocd?.cluster ?? 'hub', hosting.management),
    cluster: await controllerCluster(dir, target.cluster, hosting.workload),
    fluxCluster: await controllerCluster(dir, target.cluster, hosting.workload, KUSTOMIZE_MANAGER),
    helmCluster: await controllerCluster(dir, target.cluster, hosting.workload, HELM_MANAGER),
    workerEnv: await writeEnv(dir, tokens, webhook, forge),
    permissions,
    objectPermissions,
    rolePk: roleOf(grant).pk,
  };
}

/** As the sandbox writes where it is a person with kubectl, or a controller that none of the job's fields depends on. */
const KUBECTL = 'kubectl-client-side-apply';

async function controllerCluster(
  dir: string,
  name: string,
  host: ClusterHost,
  fieldManager = KUBECTL,
): Promise<ApplyingCluster> {
  const kubeconfig = path.join(dir, `controllers-${name}.kubeconfig`);
  await writeFile(kubeconfig, host.kubeconfig);
  return createApplyingCluster({ name, kubeconfig, timeoutMs: 10_000, fieldManager });
}

function token(): string {
  return randomBytes(24).toString('hex');
}

/** A pattern of registrar.yaml, filled in for a client. */
function named(pattern: string, client: string): string {
  return pattern.replaceAll('{name}', client).replaceAll('{NAME}', client.toUpperCase().replaceAll('-', '_'));
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
    forge,
  }: Pick<WorldParts, 'repository' | 'connect' | 'authentik' | 'consumer' | 'hosting' | 'forge'>,
): Promise<SampleInstallation> {
  const { layout, dir, adjust = (same) => same } = options;
  const kubeconfigs: Record<string, { kubeconfig: string }> = {};
  for (const [name, host] of [
    [layout.installation.argocd?.cluster, hosting.management],
    [layout.installation.authentik.cluster, hosting.workload],
  ] as const) {
    if (name === undefined) continue;
    const file = path.join(dir, `${name}.kubeconfig`);
    await writeFile(file, host.workerKubeconfig);
    kubeconfigs[name] = { kubeconfig: file };
  }
  const filled: InstallationInput = {
    ...layout.installation,
    gitops: { ...gitopsOf(layout, hosting), remote: repository.dir, ...landing(forge) },
    clusters: kubeconfigs,
    vault: vaultSettings(options, connect.url),
    authentik: { ...layout.installation.authentik, url: authentik.url },
    ...consumer.settings,
    timings: timingsOf(options).job,
    ...(options.notify === undefined ? {} : { notify: { shape: options.notify } }),
  };
  const installation = adjust(filled);
  installationSchema.parse(installation);
  await writeFile(path.join(dir, 'registrar.yaml'), stringify(installation));
  // A test that gives each client an item of its own asks for no other.
  return installation as SampleInstallation;
}

function gitopsOf({ installation }: Layout, { repositoryUrl }: Hosting): InstallationInput['gitops'] {
  const { gitops } = installation;
  return repositoryUrl === undefined ? gitops : { ...gitops, aliases: [...(gitops.aliases ?? []), repositoryUrl] };
}

function landing(forge: ForgeStandIn | undefined): Pick<InstallationInput['gitops'], 'landBy' | 'pullRequest'> {
  if (forge === undefined) return {};
  return { landBy: 'pullRequest', pullRequest: { forge: forge.kind, url: forge.url, repository: FORGE_REPOSITORY } };
}

function vaultSettings({ layout, vaultKind }: WorldOptions, connectHost: string): InstallationInput['vault'] {
  const { connectHost: _later, ...vault } = layout.installation.vault;
  return vaultKind === 'serviceAccount' ? { ...vault, kind: vaultKind } : { ...vault, connectHost };
}

async function writeEnv(
  dir: string,
  tokens: { connect: string; serviceAccount: string; authentik: string; webhook: string; forge: string },
  webhook: WebhookStandIn | undefined,
  forge: ForgeStandIn | undefined,
): Promise<Record<string, string>> {
  const files = {
    OP_CONNECT_TOKEN_FILE: tokens.connect,
    OP_SERVICE_ACCOUNT_TOKEN_FILE: tokens.serviceAccount,
    AUTHENTIK_TOKEN_FILE: tokens.authentik,
    ...(webhook === undefined
      ? {}
      : { REGISTRAR_NOTIFY_URL_FILE: webhook.address, REGISTRAR_NOTIFY_TOKEN_FILE: tokens.webhook }),
    ...(forge === undefined ? {} : { FORGE_TOKEN_FILE: tokens.forge }),
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
