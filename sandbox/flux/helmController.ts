import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import type { Reconciler } from './controller.ts';
import { unmet } from './dependencies.ts';
import { milliseconds } from './duration.ts';
import { chartName, chartOf, chartSource, sourceProblem } from './helmChart.ts';
import type { HelmOptions, Snapshot, Storage, Stored } from './helmHistory.ts';
import { HelmRun, type Release } from './helmRun.ts';
import { digestOf, ValuesError, valuesOf } from './helmValues.ts';
import { HELM_API, isSuspended, REQUESTED_AT } from './kinds.ts';
import { Report } from './report.ts';

/** How long it waits for a dependency, or a source that has no artifact yet. */
const DEPENDENCY_MS = 30_000;
/** About what the back-off of a controller comes to. */
const RETRY_MS = 10_000;
const RESET_AT = 'reconcile.fluxcd.io/resetAt';

/** Stand-in for helm-controller 1.6 with Helm 4: one chart; values, history, remediation and their words are as in its sources. */
export function helmReleases(options: HelmOptions): Reconciler {
  const { cluster } = options;
  const storages = new Map<string, Storage>();
  const storageOf = ({ metadata: { uid = '' } }: KubernetesObject): Storage => {
    const storage = storages.get(uid) ?? new Map<number, Stored>();
    storages.set(uid, storage);
    return storage;
  };
  return {
    apiVersion: HELM_API,
    kind: 'HelmRelease',
    watched: async (object) => watched(cluster, object),
    reconcile: async (object, signal) => new HelmReconciliation(options, object, storageOf(object), signal).run(),
    async finalize(object) {
      if (isSuspended(object)) return;
      const latest = (object['status']?.history as readonly Snapshot[] | undefined)?.[0];
      for (const made of storageOf(object).get(latest?.version ?? 0)?.objects ?? []) await cluster.delete(refOf(made));
    },
  };
}

/** The chart's revision; and of `valuesFrom` what has the label for it. */
async function watched(cluster: Cluster, object: KubernetesObject): Promise<string> {
  const { valuesFrom = [] } = object['spec'] as { valuesFrom?: readonly { kind: string; name: string }[] };
  const sources = valuesFrom.map(async ({ kind, name }) => {
    const source = await cluster.get({ apiVersion: 'v1', kind, namespace: object.metadata.namespace ?? '', name });
    const isWatched = source?.metadata.labels?.['reconcile.fluxcd.io/watch'] === 'Enabled';
    return isWatched ? source.metadata.resourceVersion : undefined;
  });
  const revision = (await chartSource(cluster, object))?.['status']?.artifact?.revision as unknown;
  return JSON.stringify([revision, ...(await Promise.all(sources))]);
}

class HelmReconciliation {
  readonly #options: HelmOptions;
  readonly #object: KubernetesObject;
  readonly #storage: Storage;
  readonly #signal: AbortSignal;
  readonly #report: Report;

  constructor(options: HelmOptions, object: KubernetesObject, storage: Storage, signal: AbortSignal) {
    this.#options = options;
    this.#object = object;
    this.#storage = storage;
    this.#signal = signal;
    this.#report = new Report(options.cluster, object);
  }

  /** Resolves with the time until the next one; never again by itself once retries are exhausted. */
  async run(): Promise<number | undefined> {
    const report = this.#report;
    const interval = milliseconds(this.#object['spec'].interval as string);
    const next = isSuspended(this.#object) ? { ms: interval, observed: true } : await this.#reconcile(interval);
    report.handled();
    if (next.observed) report.observed();
    await report.write();
    return next.ms;
  }

  async #reconcile(interval: number): Promise<{ readonly ms: number | undefined; readonly observed: boolean }> {
    const { cluster } = this.#options;
    const [report, object] = [this.#report, this.#object];
    report.mark('Reconciling', 'True', 'Progressing', 'Fulfilling prerequisites');
    await report.write();
    const missing = await unmet(cluster, object);
    if (missing !== undefined) return this.#notReady('DependencyNotReady', missing, DEPENDENCY_MS);
    const source = await chartSource(cluster, object);
    const problem = sourceProblem(object, source);
    if (source === undefined || problem !== undefined)
      return this.#notReady(...(problem ?? ['ArtifactFailed', '']), DEPENDENCY_MS);
    let values: object;
    try {
      values = await valuesOf(cluster, object);
    } catch (error) {
      if (error instanceof ValuesError) return this.#notReady('ValuesError', error.message, RETRY_MS);
      throw error;
    }
    if (
      ['DependencyNotReady', 'ArtifactFailed', 'SourceNotReady', 'ValuesError'].includes(
        report.get('Ready')?.reason ?? '',
      )
    )
      report.mark('Ready', 'Unknown', 'Progressing', 'reconciliation in progress');
    const release = { chart: chartOf(object, source), values, configDigest: digestOf(values) };
    this.#attempt(release);
    const end = await new HelmRun(this.#options, object, report, this.#storage, this.#signal).run(release);
    if (end === 'again' || end === 'failed') return { ms: end === 'again' ? 0 : RETRY_MS, observed: false };
    return { ms: end === 'done' ? interval : undefined, observed: true };
  }

  #notReady(reason: string, message: string, ms: number) {
    this.#report.mark('Ready', 'False', reason, message);
    return { ms, observed: false };
  }

  /** What is attempted; failures count anew where that, or the object, is another one than last time. */
  #attempt({ chart, configDigest }: Release): void {
    const { status } = this.#report;
    const { generation, annotations = {} } = this.#object.metadata;
    const reset = annotations[RESET_AT];
    const isReset =
      reset !== undefined && reset === annotations[REQUESTED_AT] && reset !== status['lastHandledResetAt'];
    if (isReset) status['lastHandledResetAt'] = reset;
    const same =
      status['lastAttemptedGeneration'] === generation &&
      status['lastAttemptedRevision'] === chart.version &&
      status['lastAttemptedConfigDigest'] === configDigest;
    if (!same || isReset) for (const name of ['failures', 'installFailures', 'upgradeFailures']) delete status[name];
    Object.assign(status, {
      storageNamespace: this.#object.metadata.namespace,
      ...chartName(this.#object),
      lastAttemptedGeneration: generation,
      lastAttemptedRevision: chart.version,
      lastAttemptedConfigDigest: configDigest,
      ...(chart.digest === undefined ? {} : { lastAttemptedRevisionDigest: chart.digest }),
    });
  }
}
