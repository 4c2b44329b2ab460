import { parse } from 'yaml';
import { driftPaths } from '../../core/kubernetes/jsonDrift.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { isDeployedByFlux, readBy } from './controllers.ts';
import { busy } from '../flux/person.ts';
import type { ClusterHost } from './hosting.ts';
import { sleep, type Loop } from '../kit/loop.ts';
import { still } from '../kit/still.ts';
import type { WorldParts } from './worldParts.ts';

/** Less than a hook or a test may take, so that what moves is told. */
const PATIENCE_MS = 100_000;
/** Real controllers do not say when they have looked: what moves, they write meanwhile. */
const LOOK_MS = 150;

/** Whether the systems of a world have come to rest. */
export class Rest {
  readonly #parts: WorldParts;
  readonly #loops: readonly Loop[];
  readonly #applications: readonly ObjectRef[];
  readonly #serviceNamespace: string | undefined;
  readonly #argocd: Cluster;
  readonly #cluster: Cluster;

  constructor(
    parts: WorldParts,
    loops: readonly Loop[],
    applications: readonly ObjectRef[],
    serviceNamespace: string | undefined,
  ) {
    this.#parts = parts;
    this.#loops = loops;
    this.#applications = applications;
    this.#serviceNamespace = serviceNamespace;
    this.#argocd = readBy(parts.argocd, parts.hosting.management);
    this.#cluster = readBy(parts.cluster, parts.hosting.workload);
  }

  /** See {@link still}: what is read while nothing of the world moves. */
  async still<T>(read: () => Promise<T>): Promise<T> {
    const { authentik } = this.#parts;
    return still(
      {
        loops: this.#loops,
        version: () => this.#version(),
        goesOn: () => (authentik.pool.isIdle ? undefined : 'Authentik works'),
      },
      read,
    );
  }

  /** Waits until all that people have committed is deployed and nothing moves. `ask` makes deployers look; it is asked again. */
  async settled(ask: () => Promise<void>): Promise<void> {
    await this.#until(async () => (await this.#undone()) ?? (await this.still(() => this.#undone())), ask);
  }

  /** Waits until all that people have committed is deployed. */
  async deployed(ask: () => Promise<void>): Promise<void> {
    await this.#until(() => this.#deploying(), ask);
  }

  async #until(undone: () => Promise<string | undefined>, ask: () => Promise<void>): Promise<void> {
    await ask();
    const end = Date.now() + PATIENCE_MS;
    for (let tries = 1; ; tries += 1) {
      const still = await undone();
      if (still === undefined) return;
      if (Date.now() > end) throw new Error(`the sandbox does not come to rest: ${still}`);
      // An Argo CD that was busy at that moment may overlook a request until its next round, minutes later.
      if (tries % 100 === 0) await ask();
      await sleep(40);
    }
  }

  /** What Argo CD or Flux has still to do. */
  async #deploying(): Promise<string | undefined> {
    const { installation, repository } = this.#parts;
    if (isDeployedByFlux(installation)) return busy(this.#cluster, await repository.head());
    return firstOf(this.#applications, (ref) => this.#syncing(ref));
  }

  /** Rises, or is another one, with every change of an object of the clusters. */
  async #version(): Promise<string> {
    const { management, workload, hasControllers } = this.#parts.hosting;
    if (hasControllers) await sleep(LOOK_MS);
    return JSON.stringify([await versionOf(management), await versionOf(workload)]);
  }

  async #undone(): Promise<string | undefined> {
    const { installation, authentik } = this.#parts;
    const deploying = await this.#deploying();
    if (deploying !== undefined) return deploying;
    const service =
      this.#serviceNamespace === undefined ? undefined : await moving(this.#argocd, this.#serviceNamespace);
    if (service !== undefined) return service;
    const own = await moving(this.#cluster, installation.authentik.namespace);
    if (own !== undefined) return own;
    const { instances } = authentik.database.rows;
    const unapplied = instances.filter((row) => row.status === 'unknown');
    if (unapplied.length > 0) return `Authentik has not applied ${unapplied.map((row) => row.path).join(', ')}`;
    return instances.length === 0 ? 'Authentik has discovered nothing' : undefined;
  }

  async #syncing(ref: ObjectRef): Promise<string | undefined> {
    const app = await this.#argocd.get(ref);
    if (app?.['operation'] !== undefined) return 'Argo CD syncs';
    if (app?.metadata.annotations?.['argocd.argoproj.io/refresh'] !== undefined) return 'Argo CD compares';
    const synced = app?.['status']?.sync?.status === 'Synced' || (await this.#outOfSyncForEver(app));
    return synced ? undefined : `Application is ${inWords(app)}`;
  }

  /** External Secrets writes `1h` back as `1h0m0s`: where Git says `1h`, a real Argo CD shows that for ever. */
  async #outOfSyncForEver(application: KubernetesObject | undefined): Promise<boolean> {
    const { repository, installation } = this.#parts;
    const { namespace, externalSecret } = installation.authentik;
    const rows = outOfSync(application);
    if (rows.length === 0 || rows.some(({ kind, name }) => kind !== 'ExternalSecret' || name !== externalSecret.name))
      return false;
    const live = await this.#cluster.get({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      namespace,
      name: externalSecret.name,
    });
    const wanted = parse(await repository.read(externalSecret.file)) as KubernetesObject;
    return driftPaths(wanted['spec'], live?.['spec']).length === 0;
  }
}

async function firstOf<T>(all: readonly T[], tell: (each: T) => Promise<string | undefined>) {
  for (const each of all) {
    const told = await tell(each);
    if (told !== undefined) return told;
  }
  return undefined;
}

async function versionOf(host: ClusterHost): Promise<unknown> {
  if (host.store !== undefined) return host.store.version;
  return (await host.objects()).map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).toSorted();
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

function isRolledOut({ metadata, spec, status }: KubernetesObject): boolean {
  const {
    observedGeneration,
    availableReplicas,
    conditions = [],
  } = (status ?? {}) as {
    observedGeneration?: number;
    availableReplicas?: number;
    conditions?: readonly { type: string; reason?: string }[];
  };
  const progress = conditions.find((condition) => condition.type === 'Progressing')?.reason;
  return (
    observedGeneration === metadata.generation &&
    availableReplicas === spec.replicas &&
    progress === 'NewReplicaSetAvailable'
  );
}

function outOfSync(application: KubernetesObject | undefined): readonly { kind: string; name: string }[] {
  const { resources = [] } = (application?.['status'] ?? {}) as {
    resources?: readonly { kind: string; name: string; status?: string }[];
  };
  return resources.filter((row) => row.status !== 'Synced');
}

function inWords(application: KubernetesObject | undefined): string {
  const { sync } = (application?.['status'] ?? {}) as { sync?: { status?: string } };
  const rows = outOfSync(application).map((row) => `${row.kind} ${row.name}`);
  return `${sync?.status ?? 'not compared'} (${rows.join(', ')})`;
}
