import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { installationSchema, type InstallationInput } from '../core/installation.ts';
import { createCluster } from '../integrations/kubernetes/clientNode.ts';
import type { Cluster, KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import { fullSync, startArgoCd } from './argocd.ts';
import { startAuthentik, type AuthentikStandIn } from './authentik.ts';
import { DELETE_PERMISSIONS, VIEW_PERMISSIONS } from './authentik/permissions.ts';
import { startConnect, type ConnectStandIn } from './connect.ts';
import { startDeploymentController } from './deploymentController.ts';
import { startExternalSecrets } from './externalSecrets.ts';
import { Faults, type Fault } from './faults.ts';
import { createBareRepository, gitFaultsOf, type BareRepository } from './git.ts';
import { startKubelet } from './kubelet.ts';
import { startKubernetes, type KubernetesStandIn } from './kubernetes.ts';
import type { Layout } from './layout.ts';
import { sleep, type Loop } from './loop.ts';
import { snapshotObjects } from './snapshot.ts';
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
  /** Over the layout's own settings. */
  readonly adjust?: (installation: InstallationInput) => InstallationInput;
}

/** Names of the two clusters: Argo CD's, and the one that runs Authentik. */
interface Clusters {
  readonly management: KubernetesStandIn;
  readonly workload: KubernetesStandIn;
}

const STORE_TOKEN = 'connect-token-of-external-secrets';

/** A whole installation on loopback: Git server, vault, two clusters with their controllers, Authentik. */
export class World {
  readonly faults = new Faults();
  readonly dir: string;
  readonly installation: InstallationInput;
  readonly repository: BareRepository;
  readonly connect: ConnectStandIn;
  readonly authentik: AuthentikStandIn;
  readonly clusters: Clusters;
  readonly argocd: Cluster;
  readonly cluster: Cluster;
  /** What a worker needs in its environment. Tokens stand in files, as on a real machine. */
  readonly workerEnv: Readonly<Record<string, string>>;
  /** Permissions of the job's Authentik token; a test may take some away. */
  readonly permissions: Set<string>;
  readonly #loops: readonly Loop[];

  private constructor(parts: Parts, faults: Faults, loops: readonly Loop[]) {
    this.faults = faults;
    this.dir = parts.dir;
    this.installation = parts.installation;
    this.repository = parts.repository;
    this.connect = parts.connect;
    this.authentik = parts.authentik;
    this.clusters = parts.clusters;
    this.argocd = parts.argocd;
    this.cluster = parts.cluster;
    this.workerEnv = parts.workerEnv;
    this.permissions = parts.permissions;
    this.#loops = loops;
  }

  /** Starts everything and deploys the repository, as a person would have. */
  static async start(options: WorldOptions): Promise<World> {
    const faults = new Faults();
    const parts = await startParts(options, faults);
    const world = new World(parts, faults, startControllers(parts, faults, options));
    await world.#deploy(options.layout);
    return world;
  }

  /** Everything that a registration may touch, normalised as {@link NORMALISATIONS} says. */
  async snapshot(): Promise<unknown> {
    return {
      repository: {
        head: await this.repository.head(),
        branches: await this.repository.branches(),
        files: await this.repository.tree(),
      },
      vault: this.connect.snapshot(),
      management: snapshotObjects(this.clusters.management.store.all()),
      workload: snapshotObjects(this.clusters.workload.store.all()),
      authentik: this.authentik.snapshot(),
    };
  }

  /** Puts faults in; those of the Git server act through its hooks. */
  async addFaults(...faults: readonly Fault[]): Promise<void> {
    this.faults.add(...faults);
    await this.repository.setFaults(gitFaultsOf(this.faults));
  }

  /** Takes every fault out. */
  async clearFaults(): Promise<void> {
    this.faults.clear();
    await this.repository.setFaults({});
  }

  /** A person's full sync of the Application. */
  async fullSync(): Promise<void> {
    await fullSync(
      this.argocd,
      this.installation.argocd.namespace ?? 'argocd',
      this.installation.authentik.application,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await Promise.all([
      this.connect.close(),
      this.authentik.close(),
      this.clusters.management.close(),
      this.clusters.workload.close(),
    ]);
  }

  /** Stops it and removes its folder. */
  async destroy(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #deploy(layout: Layout): Promise<void> {
    await this.cluster.create(manifest(layout, layout.storeFile));
    await this.argocd.create({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: this.installation.argocd.namespace ?? 'argocd' },
      spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
    });
    const application = manifest(layout, layout.applicationFile);
    await this.argocd.create(application);
    if (application['spec'].syncPolicy?.automated === undefined) await this.fullSync();
    await this.settled();
  }

  /** Waits until Argo CD, External Secrets, pods and Authentik have nothing left to do. */
  async settled(): Promise<void> {
    for (let quiet = 0, tries = 0; quiet < 3; tries += 1) {
      if (tries > 600) throw new Error(`the sandbox does not come to rest: ${await this.#restless()}`);
      quiet = (await this.#restless()) === undefined ? quiet + 1 : 0;
      await sleep(40);
    }
    await this.authentik.pool.settled();
  }

  async #restless(): Promise<string | undefined> {
    const { application, namespace } = this.installation.authentik;
    const app = await this.argocd.get({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      namespace: this.installation.argocd.namespace ?? 'argocd',
      name: application,
    });
    if (app?.['operation'] !== undefined) return 'Argo CD syncs';
    if (app?.['status']?.sync?.status !== 'Synced') return `Application is ${app?.['status']?.sync?.status}`;
    const deployments = await this.cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace });
    const pods = await this.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    const wanted = deployments.reduce((sum, deployment) => sum + Number(deployment['spec'].replicas ?? 1), 0);
    const running = pods.filter((pod) => pod['status']?.phase === 'Running' && !pod.metadata.deletionTimestamp);
    if (pods.length !== wanted || running.length !== wanted)
      return `${running.length} of ${pods.length} pods run, ${wanted} wanted`;
    const unapplied = this.authentik.database.rows.instances.filter((row) => row.status === 'unknown');
    if (unapplied.length > 0) return `Authentik has not applied ${unapplied.map((row) => row.path).join(', ')}`;
    if (deployments.some((each) => each['status']?.availableReplicas !== each['spec'].replicas)) return 'a roll-out';
    return this.authentik.database.rows.instances.length === 0 ? 'Authentik has discovered nothing' : undefined;
  }
}

interface Parts {
  readonly dir: string;
  readonly installation: InstallationInput;
  readonly repository: BareRepository;
  readonly connect: ConnectStandIn;
  readonly authentik: AuthentikStandIn;
  readonly clusters: Clusters;
  readonly argocd: Cluster;
  readonly cluster: Cluster;
  readonly workerEnv: Readonly<Record<string, string>>;
  readonly permissions: Set<string>;
}

async function startParts(options: WorldOptions, faults: Faults): Promise<Parts> {
  const { layout, dir } = options;
  const { vault, gitops } = layout.installation;
  await mkdir(dir, { recursive: true });
  const tokens = { connect: token(), authentik: token(), cluster: token() };
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
  const clusters = {
    management: await startKubernetes({
      cluster: layout.installation.argocd.cluster,
      faults,
      tokens: [tokens.cluster, CONTROLLERS],
      exempt: [CONTROLLERS],
    }),
    workload: await startKubernetes({
      cluster: layout.installation.authentik.cluster,
      faults,
      tokens: [tokens.cluster, CONTROLLERS],
      exempt: [CONTROLLERS],
    }),
  };
  const installation = await writeInstallation(options, { repository, connect, authentik, clusters }, tokens.cluster);
  return {
    dir,
    installation,
    repository,
    connect,
    authentik,
    clusters,
    argocd: await controllerCluster(dir, layout.installation.argocd.cluster, clusters.management),
    cluster: await controllerCluster(dir, layout.installation.authentik.cluster, clusters.workload),
    workerEnv: await writeEnv(dir, tokens),
    permissions,
  };
}

/** Token of the controllers and of people. */
const CONTROLLERS = 'controllers';

async function controllerCluster(dir: string, name: string, standIn: KubernetesStandIn): Promise<Cluster> {
  const kubeconfig = path.join(dir, `controllers-${name}.kubeconfig`);
  await writeFile(kubeconfig, standIn.kubeconfig(CONTROLLERS));
  return createCluster({ name, kubeconfig, timeoutMs: 10_000 });
}

function token(): string {
  return randomBytes(24).toString('hex');
}

function concealed(label: string) {
  return { label, type: 'CONCEALED', value: randomBytes(24).toString('base64url') };
}

function timingsOf(options: WorldOptions): SandboxTimings {
  return options.timings ?? BRISK;
}

async function writeInstallation(
  options: WorldOptions,
  { repository, connect, authentik, clusters }: Pick<Parts, 'repository' | 'connect' | 'authentik' | 'clusters'>,
  clusterToken: string,
): Promise<InstallationInput> {
  const { layout, dir, adjust = (same) => same } = options;
  const kubeconfigs: Record<string, { kubeconfig: string }> = {};
  for (const standIn of [clusters.management, clusters.workload]) {
    const name =
      standIn === clusters.management ? layout.installation.argocd.cluster : layout.installation.authentik.cluster;
    const file = path.join(dir, `${name}.kubeconfig`);
    await writeFile(file, standIn.kubeconfig(clusterToken));
    kubeconfigs[name] = { kubeconfig: file };
  }
  const filled: InstallationInput = {
    ...layout.installation,
    gitops: { ...layout.installation.gitops, remote: repository.dir },
    clusters: kubeconfigs,
    vault: { ...layout.installation.vault, connectHost: connect.url },
    authentik: { ...layout.installation.authentik, url: authentik.url },
    timings: timingsOf(options).job,
  };
  const installation = adjust(filled);
  installationSchema.parse(installation);
  await writeFile(path.join(dir, 'registrar.yaml'), stringify(installation));
  return installation;
}

async function writeEnv(dir: string, tokens: { connect: string; authentik: string }): Promise<Record<string, string>> {
  const files = { OP_CONNECT_TOKEN_FILE: tokens.connect, AUTHENTIK_TOKEN_FILE: tokens.authentik };
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

function startControllers(parts: Parts, faults: Faults, options: WorldOptions): readonly Loop[] {
  const { namespace, deployment } = parts.installation.authentik;
  const namespaces = [namespace];
  const timings = timingsOf(options);
  return [
    startArgoCd({
      cluster: parts.argocd,
      namespace: parts.installation.argocd.namespace ?? 'argocd',
      faults,
      destination: () => parts.cluster,
      repository: () => parts.repository.dir,
      everyMs: timings.controllerMs,
      syncMs: timings.syncMs,
    }),
    startExternalSecrets({
      cluster: parts.cluster,
      namespaces,
      faults,
      connectUrl: () => parts.connect.url,
      token: STORE_TOKEN,
      everyMs: timings.controllerMs,
    }),
    startDeploymentController(parts.cluster, namespaces, timings.controllerMs),
    startKubelet({
      cluster: parts.cluster,
      namespaces,
      faults,
      authentik: parts.authentik,
      isAuthentikWorker: (pod) => pod.metadata.name.startsWith(`${deployment.name}-`),
      timings: timings.kubelet,
    }),
  ];
}

function manifest(layout: Layout, file: string): KubernetesObject {
  return parse(layout.files[file] ?? '') as KubernetesObject;
}
