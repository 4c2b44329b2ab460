import { rm } from 'node:fs/promises';
import { parse } from 'yaml';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { fullSync } from '../argocd/argocd.ts';
import type { AuthentikStandIn } from '../authentik/authentik.ts';
import type { ConnectStandIn } from '../onepassword/connect.ts';
import { isDeployedByFlux, startControllers } from './controllers.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { Faults, type Fault } from '../faults/faults.ts';
import { requestAll } from '../flux/person.ts';
import { bootstrapObjects } from './fluxObjects.ts';
import { gitFaultsOf, type BareRepository } from '../git/git.ts';
import type { Hosting } from './hosting.ts';
import type { Layout, SampleInstallation } from './layout.ts';
import type { Loop } from '../kit/loop.ts';
import { Rest } from './rest.ts';
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
  readonly #rest: Rest;
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
    this.#serviceRef =
      service === undefined ? undefined : { ...refOf(manifest(options.layout, service.applicationFile)) };
    this.#rest = new Rest(parts, this.#loops, this.#applications(), service?.namespace);
  }

  /** Starts everything and deploys the repository, as a person would have. */
  static async start(options: WorldOptions): Promise<World> {
    const faults = new Faults();
    const parts = await startParts(options, faults);
    const world = new World(parts, faults, options);
    await world.#deploy(options.layout);
    return world;
  }

  /**
   * Everything that a registration may touch, normalised as {@link NORMALISATIONS} says, at a moment when nothing moves: what a
   * controller is just doing would differ from the next snapshot by itself.
   */
  async snapshot(): Promise<unknown> {
    return this.#rest.still(() => this.state());
  }

  /** The same at this very moment, for people who watch. */
  async state(): Promise<unknown> {
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
    await this.#rest.deployed(() => this.#refresh());
  }

  /** Undefined where Argo CD does not deploy. */
  #applicationRef(): ObjectRef | undefined {
    const { argocd, authentik } = this.installation;
    if (argocd === undefined || authentik.application === undefined) return undefined;
    const { namespace = 'argocd' } = argocd;
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace, name: authentik.application };
  }

  #applications(): readonly ObjectRef[] {
    const own = this.#applicationRef();
    // A service is deployed by Argo CD where Authentik is.
    return own === undefined ? [] : [own, this.#serviceRef].filter((ref) => ref !== undefined);
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
    await created(this.cluster, namespaceOf(this.installation.authentik.namespace));
    if (layout.furtherNamespace !== undefined) await created(this.cluster, namespaceOf(layout.furtherNamespace));
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
    await created(this.argocd, project);
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
    await created(this.argocd, namespaceOf(name));
    await this.argocd.create(this.hosting.addressed(manifest(layout, layout.storeFile)));
  }

  /** A person syncs the service's Application in full. */
  async syncService(): Promise<void> {
    const ref = this.#serviceRef;
    if (ref !== undefined) await fullSync(this.argocd, ref.namespace, ref.name);
  }

  /** Waits until all that is committed is deployed, and Argo CD, Flux, External Secrets, pods and Authentik have nothing left to do. */
  async settled(): Promise<void> {
    await this.#rest.settled(() => this.#refresh());
  }

  /** Argo CD and Flux look at the branch every few minutes, and at once when they are asked. */
  async #refresh(): Promise<void> {
    if (isDeployedByFlux(this.installation) && this.faults.behaviour('flux', 'suspended') === undefined)
      await requestAll(this.cluster);
    for (const ref of this.#applications()) await createArgoCd(this.argocd, ref.namespace ?? '').refresh(ref.name);
  }
}

/** Made unless it is there, as on real clusters. */
async function created(cluster: Cluster, object: KubernetesObject): Promise<void> {
  if ((await cluster.get(refOf(object))) === undefined) await cluster.create(object);
}

function namespaceOf(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function manifest(layout: Layout, file: string): KubernetesObject {
  return parse(layout.files[file] ?? '') as KubernetesObject;
}
