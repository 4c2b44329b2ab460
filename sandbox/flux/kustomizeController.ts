import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { filesIn } from '../argocd/manifests.ts';
import type { Faults } from '../faults/faults.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { applyAll, prune } from './apply.ts';
import { build, folderOf, ownerLabels } from './build.ts';
import type { Pace, Reconciler } from './controller.ts';
import { unmet } from './dependencies.ts';
import { goDuration, milliseconds } from './duration.ts';
import { waitForHealth } from './health.ts';
import { inventoryOf, refOfEntry, stale, type Inventory } from './inventory.ts';
import { isSuspended, KUSTOMIZE_API, referred, SOURCE_API, type Reference } from './kinds.ts';
import { Report } from './report.ts';

export interface KustomizeOptions {
  /** Applies under the name of kustomize-controller. */
  readonly cluster: ApplyingCluster;
  readonly faults: Faults;
  readonly repository: (url: string) => string;
  readonly pace: Pace;
}

interface Spec {
  readonly interval: string;
  readonly retryInterval?: string;
  readonly timeout?: string;
  readonly sourceRef: Reference & { readonly kind: string };
  readonly dependsOn?: readonly Reference[];
  readonly prune?: boolean;
  readonly deletionPolicy?: string;
  readonly wait?: boolean;
  readonly healthChecks?: readonly (Required<Reference> & { readonly apiVersion: string })[];
}

/** How long a Kustomization with a dependency that is not ready, or a source without an artifact, waits. */
const DEPENDENCY_MS = 30_000;
/** Flux gives no Kustomization less. */
const LEAST_TIMEOUT_MS = 30_000;

/** A reconciliation that ends with `Ready=False`. */
class Failure extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Stand-in for kustomize-controller 1.9. Its order of work and its words are those of `kustomization_controller.go`. */
export function kustomizations(options: KustomizeOptions): Reconciler {
  const { cluster } = options;
  return {
    apiVersion: KUSTOMIZE_API,
    kind: 'Kustomization',
    watched: async (object) => (await sourceOf(cluster, object))?.['status']?.artifact?.revision as string,
    reconcile: async (object, signal) => new Reconciliation(options, object, signal).run(),
    async finalize(object) {
      const { prune: prunes, deletionPolicy = 'MirrorPrune' } = object['spec'] as Spec;
      const deletes = deletionPolicy === 'MirrorPrune' ? prunes === true : deletionPolicy !== 'Orphan';
      const entries = (object['status']?.inventory as Inventory | undefined)?.entries ?? [];
      if (deletes && !isSuspended(object))
        await prune(cluster, entries.map(refOfEntry).toReversed(), ownerLabels(object));
    },
  };
}

async function sourceOf(cluster: Cluster, object: KubernetesObject): Promise<KubernetesObject | undefined> {
  const { sourceRef } = object['spec'] as Spec;
  return cluster.get(referred(object, sourceRef, { apiVersion: SOURCE_API, kind: sourceRef.kind }));
}

class Reconciliation {
  readonly #options: KustomizeOptions;
  readonly #object: KubernetesObject;
  readonly #spec: Spec;
  readonly #signal: AbortSignal;
  readonly #report: Report;
  readonly #timeoutMs: number;

  constructor(options: KustomizeOptions, object: KubernetesObject, signal: AbortSignal) {
    this.#options = options;
    this.#object = object;
    this.#spec = object['spec'] as Spec;
    this.#signal = signal;
    this.#report = new Report(options.cluster, object);
    const { timeout, interval } = this.#spec;
    const asked = timeout === undefined ? milliseconds(interval) - 30_000 : milliseconds(timeout);
    this.#timeoutMs = Math.max(LEAST_TIMEOUT_MS, asked);
  }

  /** Resolves with the time until the next one. */
  async run(): Promise<number> {
    const { interval, retryInterval = interval } = this.#spec;
    try {
      const next = isSuspended(this.#object) ? undefined : await this.#reconcile();
      await this.#finish();
      return next ?? milliseconds(interval);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#report.mark('Ready', 'False', error.reason, error.message);
      await this.#finish();
      return milliseconds(retryInterval);
    }
  }

  /** Also where it is suspended: a request counts as handled, and what was ready stays ready. */
  async #finish(): Promise<void> {
    const report = this.#report;
    report.handled();
    if (report.is('Ready', 'True')) {
      report.drop('Reconciling');
      report.observed();
    }
    const reconciling = report.get('Reconciling');
    if (report.is('Ready', 'False') && reconciling !== undefined)
      report.mark('Reconciling', 'True', 'ProgressingWithRetry', reconciling.message);
    await report.write();
  }

  async #reconcile(): Promise<number | undefined> {
    const { cluster } = this.#options;
    const source = await sourceOf(cluster, this.#object);
    const { name } = this.#spec.sourceRef;
    if (source === undefined)
      throw new Failure('ArtifactFailed', `gitrepositories.source.toolkit.fluxcd.io "${name}" not found`);
    const revision = source['status']?.artifact?.revision as string | undefined;
    if (revision === undefined) {
      const message = `Source artifact not found, retrying in ${goDuration(DEPENDENCY_MS)}`;
      this.#report.mark('Ready', 'False', 'ArtifactFailed', message);
      return DEPENDENCY_MS;
    }
    const missing = await unmet(cluster, this.#object, revision);
    if (missing !== undefined) {
      this.#report.mark('Ready', 'False', 'DependencyNotReady', missing);
      return DEPENDENCY_MS;
    }
    await this.#deploy(source, revision);
    return undefined;
  }

  async #deploy(source: KubernetesObject, revision: string): Promise<void> {
    const { status } = this.#report;
    this.#report.mark('Ready', 'Unknown', 'Progressing', 'Reconciliation in progress');
    await this.#progress(`Fetching manifests for revision ${revision}`);
    const objects = await this.#built(source, revision);
    await this.#progress(`Detecting drift for revision ${revision}`);
    const applied = await orFailure('ReconciliationFailed', () =>
      applyAll(this.#options.cluster, objects, this.#options.faults),
    );
    const old = status['inventory'] as Inventory | undefined;
    status['inventory'] = inventoryOf(applied.map((row) => row.object));
    if (this.#spec.prune === true) {
      const gone = stale(old, status['inventory'] as Inventory);
      await orFailure('PruneFailed', () => prune(this.#options.cluster, gone, ownerLabels(this.#object)));
    }
    await this.#checkHealth(
      revision,
      applied.filter((row) => !row.skipped).map((row) => refOf(row.object)),
    );
    status['lastAppliedRevision'] = revision;
    this.#report.mark('Ready', 'True', 'ReconciliationSucceeded', `Applied revision: ${revision}`);
  }

  async #progress(what: string): Promise<void> {
    this.#report.mark('Reconciling', 'True', 'Progressing', `${what} with a timeout of ${goDuration(this.#timeoutMs)}`);
    await this.#report.write();
  }

  async #built(source: KubernetesObject, revision: string): Promise<readonly KubernetesObject[]> {
    const repository = this.#options.repository(source['spec'].url as string);
    const commit = revision.slice(revision.lastIndexOf(':') + 1);
    const folder = folderOf(this.#object);
    if ((await filesIn(repository, commit, folder)).length === 0) {
      const path = `/tmp/kustomization-${this.#object.metadata.uid}/${folder}`;
      throw new Failure('ArtifactFailed', `kustomization path not found: stat ${path}: no such file or directory`);
    }
    this.#report.status['lastAttemptedRevision'] = revision;
    await this.#progress(`Building manifests for revision ${revision}`);
    return orFailure('BuildFailed', () => build(this.#options.cluster, this.#object, repository, commit));
  }

  async #checkHealth(revision: string, applied: readonly ObjectRef[]): Promise<void> {
    const { wait = false, healthChecks = [] } = this.#spec;
    const self = refOf(this.#object);
    const checked = wait
      ? applied
      : healthChecks.map(({ apiVersion, kind, namespace, name }) => ({ apiVersion, kind, namespace, name }));
    const refs = checked.filter(
      (ref) => !(ref.kind === self.kind && ref.name === self.name && ref.namespace === self.namespace),
    );
    if (checked.length === 0) {
      this.#report.drop('Healthy');
      return;
    }
    const message = `Running health checks for revision ${revision} with a timeout of ${goDuration(this.#timeoutMs)}`;
    this.#report.mark('Healthy', 'Unknown', 'Progressing', message);
    await this.#progress(`Running health checks for revision ${revision}`);
    const { hurry, everyMs } = this.#options.pace;
    const start = Date.now();
    const wrong = await waitForHealth(this.#options.cluster, refs, {
      timeoutMs: this.#timeoutMs / hurry,
      everyMs,
      signal: this.#signal,
    });
    const took = goDuration((Date.now() - start) * hurry);
    if (wrong === undefined) {
      this.#report.mark('Healthy', 'True', 'Succeeded', `Health check passed in ${took}`);
      return;
    }
    this.#report.mark('Healthy', 'False', 'HealthCheckFailed', wrong);
    throw new Failure('HealthCheckFailed', `health check failed after ${took}: ${wrong}`);
  }
}

async function orFailure<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Failure(reason, (error as Error).message);
  }
}
