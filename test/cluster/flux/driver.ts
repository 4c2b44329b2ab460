import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import type { KubernetesObject, ObjectRef } from '../../../integrations/kubernetes/cluster.ts';
import { eventually } from '../../fixtures/polling.ts';
import { APPS, type FluxBed } from './bed.ts';

const NAMESPACE = 'flux-system';
const PATIENCE_MS = 60_000;

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

type Spec = Readonly<Record<string, unknown>>;

/** What a person does with Flux, and reads of it: kubectl and git, and no more. */
export class FluxDriver {
  readonly #bed: FluxBed;

  constructor(bed: FluxBed) {
    this.#bed = bed;
  }

  gitRepository(name = 'home'): ObjectRef {
    return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: NAMESPACE, name };
  }

  kustomization(name: string): ObjectRef {
    return { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: NAMESPACE, name };
  }

  helmRelease(name: string): ObjectRef {
    return { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace: APPS, name };
  }

  configMap(name: string): ObjectRef {
    return { apiVersion: 'v1', kind: 'ConfigMap', namespace: APPS, name };
  }

  deployment(name: string): ObjectRef {
    return { apiVersion: 'apps/v1', kind: 'Deployment', namespace: APPS, name };
  }

  /** Looks at the repository once an hour, unless it is asked. */
  async makeGitRepository(spec: Spec = {}, name = 'home'): Promise<void> {
    await this.make(this.gitRepository(name), {
      interval: '1h',
      url: this.#bed.url,
      ref: { branch: this.#bed.repository.branch },
      ...spec,
    });
  }

  /** Of the folder with its name, unless the spec says otherwise. */
  async makeKustomization(name: string, spec: Spec = {}): Promise<void> {
    await this.make(this.kustomization(name), {
      interval: '1h',
      retryInterval: '1h',
      prune: true,
      path: `./${name}`,
      sourceRef: { kind: 'GitRepository', name: 'home' },
      ...spec,
    });
  }

  async make(ref: ObjectRef, spec: Spec): Promise<void> {
    const { apiVersion, kind, namespace, name } = ref;
    await this.#bed.cluster.create({ apiVersion, kind, metadata: { namespace, name }, spec });
  }

  async read(ref: ObjectRef): Promise<KubernetesObject> {
    const found = await this.#bed.cluster.get(ref);
    if (found === undefined) throw new Error(`${ref.kind} ${ref.name} is not there`);
    return found;
  }

  /** As `flux reconcile` asks; returns what it asked by. */
  async ask(ref: ObjectRef): Promise<string> {
    const token = randomUUID();
    const annotations = { 'reconcile.fluxcd.io/requestedAt': token };
    await this.#bed.cluster.mergePatch(ref, { metadata: { annotations } });
    return token;
  }

  /** Asks, and waits until the request has been handled and the outcome is known. */
  async reconcile(ref: ObjectRef): Promise<KubernetesObject> {
    const token = await this.ask(ref);
    return this.until(ref, (object) => object['status']?.lastHandledReconcileAt === token && isAtRest(object));
  }

  async until(ref: ObjectRef, wanted: (object: KubernetesObject) => boolean): Promise<KubernetesObject> {
    return eventually(() => this.read(ref), wanted, PATIENCE_MS);
  }

  async untilReady(ref: ObjectRef): Promise<KubernetesObject> {
    return this.until(ref, (object) => isAtRest(object) && condition(object)?.status === 'True');
  }

  /** Until no try is left, and the controller waits for another generation. */
  async untilEnded(ref: ObjectRef): Promise<KubernetesObject> {
    return this.until(ref, (object) => isAtRest(object) && condition(object, 'Stalled')?.status === 'True');
  }

  /** Until Ready is False for that reason. */
  async untilFailed(ref: ObjectRef, reason: string): Promise<KubernetesObject> {
    const isSo = (object: KubernetesObject): boolean => {
      const ready = condition(object);
      return ready?.status === 'False' && ready.reason === reason;
    };
    return this.until(ref, isSo);
  }

  /** With what they have deployed. */
  async removeKustomizations(): Promise<void> {
    await this.#removeAll(this.kustomization(''));
  }

  /** With what they have deployed. */
  async removeHelmReleases(): Promise<void> {
    await this.#removeAll(this.helmRelease(''));
  }

  async #removeAll({ apiVersion, kind, namespace }: ObjectRef): Promise<void> {
    const list = (): Promise<readonly KubernetesObject[]> => this.#bed.cluster.list({ apiVersion, kind, namespace });
    for (const { metadata } of await list()) {
      await this.#bed.cluster.mergePatch(
        { apiVersion, kind, namespace, name: metadata.name },
        { spec: { suspend: false } },
      );
      await this.#bed.cluster.delete({ apiVersion, kind, namespace, name: metadata.name });
    }
    await eventually(list, (left) => left.length === 0, PATIENCE_MS);
  }

  /** Commits, and lets the source follow; returns the revision as Flux writes it. */
  async land(changes: Readonly<Record<string, string | null>>): Promise<string> {
    const commit = await this.#bed.repository.commitAs('somebody', changes, 'Change what is deployed');
    await this.reconcile(this.gitRepository());
    return this.revision(commit);
  }

  revision(commit: string): string {
    return `${this.#bed.repository.branch}@sha1:${commit}`;
  }

  async data(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return (await this.#bed.cluster.get(this.configMap(name)))?.['data'] as Record<string, string> | undefined;
  }
}

export function condition(object: KubernetesObject, type = 'Ready'): Condition | undefined {
  const conditions = (object['status']?.conditions ?? []) as readonly Condition[];
  return conditions.find((each) => each.type === type);
}

/** Nothing is under way, and what was seen is the newest spec. */
function isAtRest(object: KubernetesObject): boolean {
  return (
    object['status']?.observedGeneration === object.metadata.generation &&
    condition(object, 'Reconciling')?.status !== 'True' &&
    condition(object)?.status !== 'Unknown'
  );
}

/** A ConfigMap of {@link APPS}, as a file. */
export function configMapText(
  name: string,
  data: Readonly<Record<string, string>>,
  annotations?: Readonly<Record<string, string>>,
): string {
  const metadata = { name, namespace: APPS, ...(annotations === undefined ? {} : { annotations }) };
  return stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

/** A Deployment of one container, as a file. */
export function deploymentText(name: string, variables: Readonly<Record<string, string>> = {}): string {
  const labels = { app: name };
  const env = Object.entries(variables).map(([key, value]) => ({ name: key, value }));
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'worker', image: 'example.test/worker', env }] },
  };
  return stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: APPS },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
}

export function kustomizationText(...resources: readonly string[]): string {
  return stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources });
}
