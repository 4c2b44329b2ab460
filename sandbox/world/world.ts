import { rm } from 'node:fs/promises';
import { parse } from 'yaml';
import { driftPaths } from '../../core/kubernetes/jsonDrift.ts';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { fullSync } from '../argocd/argocd.ts';
import type { AuthentikStandIn } from '../authentik/authentik.ts';
import type { ConnectStandIn } from '../onepassword/connect.ts';
import { isDeployedByFlux, startControllers } from './controllers.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { Faults, type Fault } from '../faults/faults.ts';
import { busy, requestAll } from '../flux/person.ts';
import { bootstrapObjects } from './fluxObjects.ts';
import { gitFaultsOf, type BareRepository } from '../git/git.ts';
import type { Hosting } from './hosting.ts';
import type { Layout, SampleInstallation } from './layout.ts';
import { sleep, type Loop } from '../kit/loop.ts';
import { snapshotObjects } from './snapshot.ts';
import { startParts, type WorldOptions, type WorldParts } from './worldParts.ts';

export type { WorldOptions } from './worldParts.ts';

/** A whole installation on loopback: Git server, vault, two clusters with their controllers, Authentik. */
export class World {
  readonly faults = new Faults();
  readonly dir: string;
  readonly installation: SampleInstallation;
  readonly repository: BareRepository;
  readonly connect: ConnectStandIn;
  readonly openSdk: WorldParts['openSdk'];
  readonly authentik: AuthentikStandIn;
  readonly webhook: WorldParts['webhook'];
  readonly forge: WorldParts['forge'];
  readonly consumer: WorldParts['consumer'];
  readonly hosting: Hosting;
  readonly argocd: Cluster;
  readonly cluster: Cluster;
  /** The same cluster, written to under the field manager of Flux. */
  readonly fluxCluster: Cluster;
  /** What a worker needs in its environment. Tokens stand in files, as on a real machine. */
  readonly workerEnv: Readonly<Record<string, string>>;
  /** Permissions of the job's Authentik token; a test may take some away. */
  readonly permissions: Set<string>;
  /** Its permissions on single objects, by the object's key; a test may grant some. */
  readonly objectPermissions: Map<string, Set<string>>;
  /** Key of the role that holds both. */
  readonly rolePk: string;
  readonly #loops: readonly Loop[];
  readonly #service: Layout['service'];
  readonly #serviceRef: ObjectRef | undefined;

  private constructor(parts: WorldParts, faults: Faults, options: WorldOptions) {
    this.faults = faults;
    this.dir = parts.dir;
    this.installation = parts.installation;
    this.repository = parts.repository;
    this.connect = parts.connect;
    this.openSdk = parts.openSdk;
    this.authentik = parts.authentik;
    this.webhook = parts.webhook;
    this.forge = parts.forge;
    this.consumer = parts.consumer;
    this.hosting = parts.hosting;
    this.argocd = parts.argocd;
    this.cluster = parts.cluster;
    this.fluxCluster = parts.fluxCluster;
    this.workerEnv = parts.workerEnv;
    this.permissions = parts.permissions;
    this.objectPermissions = parts.objectPermissions;
    this.rolePk = parts.rolePk;
    this.#loops = startControllers(parts, faults, options);
    const { service } = options.layout;
    this.#service = service;
    this.#serviceRef =
      service === undefined ? undefined : { ...refOf(manifest(options.layout, service.applicationFile)) };
  }

  /** Starts everything and deploys the repository, as a person would have. */
  static async start(options: WorldOptions): Promise<World> {
    const faults = new Faults();
    const parts = await startParts(options, faults);
    const world = new World(parts, faults, options);
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
      management: snapshotObjects(await this.hosting.management.objects()),
      workload: snapshotObjects(await this.hosting.workload.objects()),
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

  /** A person deploys all that the target branch says: a full sync of the Application, or a request to all of Flux. */
  async fullSync(): Promise<void> {
    const application = this.#applicationRef();
    if (application !== undefined) return fullSync(this.argocd, application.namespace, application.name);
    await this.#refresh();
    for (let tries = 0; (await this.#deploying()) !== undefined; tries += 1) {
      if (tries > 1_500) throw new Error(`the sandbox is not deployed: ${await this.#deploying()}`);
      await sleep(40);
    }
  }

  /** Undefined where Argo CD does not deploy. */
  #applicationRef(): ObjectRef | undefined {
    const { argocd, authentik } = this.installation;
    if (argocd === undefined || authentik.application === undefined) return undefined;
    const { namespace = 'argocd' } = argocd;
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name: authentik.application };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    const { connect, webhook, forge, consumer, authentik, hosting } = this;
    const parts = [connect, webhook, forge, consumer, authentik, hosting];
    await Promise.all(parts.map(async (part) => part?.close()));
  }

  /** Stops it and removes its folder. */
  async destroy(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #deploy(layout: Layout): Promise<void> {
    await this.cluster.create(this.hosting.addressed(manifest(layout, layout.storeFile)));
    if (layout.furtherNamespace !== undefined) await this.cluster.create(namespaceOf(layout.furtherNamespace));
    if (layout.service !== undefined) await this.#makeRoom(layout, layout.service.namespace);
    if (layout.applicationFile !== undefined) await this.#deployByArgoCd(layout, layout.applicationFile);
    else
      for (const object of bootstrapObjects(layout, this.repository.dir))
        await this.cluster.create(this.hosting.addressed(object));
    await this.settled();
  }

  async #deployByArgoCd(layout: Layout, applicationFile: string): Promise<void> {
    const project = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: this.#applicationRef()?.namespace ?? 'argocd' },
      spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
    };
    // A real Argo CD brings its project along.
    if ((await this.argocd.get(refOf(project))) === undefined) await this.argocd.create(project);
    const application = this.hosting.addressed(manifest(layout, applicationFile));
    await this.argocd.create(application);
    if (application['spec'].syncPolicy?.automated === undefined) await this.fullSync();
    if (layout.service !== undefined) {
      const service = this.hosting.addressed(manifest(layout, layout.service.applicationFile));
      await this.argocd.create(service);
      await this.syncService();
    }
  }

  /** What a service needs on the cluster of Argo CD before it is deployed there. */
  async #makeRoom(layout: Layout, name: string): Promise<void> {
    const namespace = namespaceOf(name);
    if ((await this.argocd.get(refOf(namespace))) === undefined) await this.argocd.create(namespace);
    await this.argocd.create(this.hosting.addressed(manifest(layout, layout.storeFile)));
  }

  /** A person syncs the service's Application in full. */
  async syncService(): Promise<void> {
    const ref = this.#serviceRef;
    if (ref !== undefined) await fullSync(this.argocd, ref.namespace, ref.name);
  }

  /** Waits until Argo CD, External Secrets, pods and Authentik have nothing left to do. */
  async settled(): Promise<void> {
    await this.#refresh();
    for (let quiet = 0, tries = 0; quiet < 3; tries += 1) {
      if (tries > 600) throw new Error(`the sandbox does not come to rest: ${await this.#restless()}`);
      // An Argo CD that was busy at that moment may overlook a request until its next round, minutes later.
      if (tries % 100 === 99) await this.#refresh();
      quiet = (await this.#restless()) === undefined ? quiet + 1 : 0;
      await sleep(40);
    }
    await this.authentik.pool.settled();
  }

  /** Argo CD and Flux look at the branch every few minutes, and at once when they are asked. */
  async #refresh(): Promise<void> {
    if (isDeployedByFlux(this.installation) && this.faults.behaviour('flux', 'suspended') === undefined)
      await requestAll(this.cluster);
    for (const ref of [this.#applicationRef(), this.#serviceRef])
      if (ref !== undefined) await createArgoCd(this.argocd, ref.namespace).refresh(ref.name);
  }

  async #restless(): Promise<string | undefined> {
    const { namespace } = this.installation.authentik;
    const deploying = await this.#deploying();
    if (deploying !== undefined) return deploying;
    const service = this.#service === undefined ? undefined : await moving(this.argocd, this.#service.namespace);
    if (service !== undefined) return service;
    const own = await moving(this.cluster, namespace);
    if (own !== undefined) return own;
    const unapplied = this.authentik.database.rows.instances.filter((row) => row.status === 'unknown');
    if (unapplied.length > 0) return `Authentik has not applied ${unapplied.map((row) => row.path).join(', ')}`;
    return this.authentik.database.rows.instances.length === 0 ? 'Authentik has discovered nothing' : undefined;
  }

  /** What Argo CD or Flux has still to do. */
  async #deploying(): Promise<string | undefined> {
    if (isDeployedByFlux(this.installation)) return busy(this.cluster, await this.repository.head());
    const ref = this.#applicationRef();
    if (ref === undefined) return undefined;
    return (
      (await this.#syncing(ref)) ?? (this.#serviceRef === undefined ? undefined : await this.#syncing(this.#serviceRef))
    );
  }

  async #syncing(ref: ObjectRef): Promise<string | undefined> {
    const app = await this.argocd.get(ref);
    if (app?.['operation'] !== undefined) return 'Argo CD syncs';
    if (app?.metadata.annotations?.['argocd.argoproj.io/refresh'] !== undefined) return 'Argo CD compares';
    const synced = app?.['status']?.sync?.status === 'Synced' || (await this.#outOfSyncForEver(app));
    return synced ? undefined : `Application is ${inWords(app)}`;
  }

  /** External Secrets writes `1h` back as `1h0m0s`: where Git says `1h`, a real Argo CD shows that for ever. */
  async #outOfSyncForEver(application: KubernetesObject | undefined): Promise<boolean> {
    const { namespace, externalSecret } = this.installation.authentik;
    const rows = outOfSync(application);
    if (rows.length === 0 || rows.some(({ kind, name }) => kind !== 'ExternalSecret' || name !== externalSecret.name))
      return false;
    const live = await this.cluster.get({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      namespace,
      name: externalSecret.name,
    });
    const wanted = parse(await this.repository.read(externalSecret.file)) as KubernetesObject;
    return driftPaths(wanted['spec'], live?.['spec']).length === 0;
  }
}

/** What the Deployments of a namespace have still to do. */
async function moving(cluster: Cluster, namespace: string): Promise<string | undefined> {
  const deployments = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace });
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
  const wanted = deployments.reduce((sum, deployment) => sum + Number(deployment['spec'].replicas ?? 1), 0);
  const running = pods.filter((pod) => pod['status']?.phase === 'Running' && !pod.metadata.deletionTimestamp);
  if (pods.length !== wanted || running.length !== wanted)
    return `${running.length} of ${pods.length} pods run, ${wanted} wanted`;
  return deployments.some((each) => !isRolledOut(each)) ? 'a roll-out' : undefined;
}

function isRolledOut(deployment: KubernetesObject): boolean {
  const { availableReplicas, conditions = [] } = (deployment['status'] ?? {}) as {
    availableReplicas?: number;
    conditions?: readonly { type: string; reason?: string }[];
  };
  const progress = conditions.find((condition) => condition.type === 'Progressing')?.reason;
  return availableReplicas === deployment['spec'].replicas && progress === 'NewReplicaSetAvailable';
}

function outOfSync(application: KubernetesObject | undefined): readonly { kind: string; name: string }[] {
  const { resources = [] } = (application?.['status'] ?? {}) as {
    resources?: readonly { kind: string; name: string; status?: string }[];
  };
  return resources.filter((row) => row.status !== 'Synced');
}

function namespaceOf(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function inWords(application: KubernetesObject | undefined): string {
  const { sync } = (application?.['status'] ?? {}) as { sync?: { status?: string } };
  const rows = outOfSync(application).map((row) => `${row.kind} ${row.name}`);
  return `${sync?.status ?? 'not compared'} (${rows.join(', ')})`;
}

function manifest(layout: Layout, file: string): KubernetesObject {
  return parse(layout.files[file] ?? '') as KubernetesObject;
}
