import { createHash } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { durationMs } from '../../integrations/kubernetes/duration.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { seconds, tellUpdateFailed } from './events.ts';
import { RefreshError, type ProviderNeeds } from './provider.ts';
import { PROVIDERS } from './providers.ts';
import { arriving, type Source } from './keys.ts';
import { templated, TemplateFailed, type Template } from './template.ts';
import { storeOf, writeStores } from './stores.ts';
import type { Faults } from '../faults/faults.ts';
import { complainOf, startLoop, unlessOvertaken, type Loop, type Version } from '../kit/loop.ts';

const API = 'external-secrets.io/v1';
const FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export interface ExternalSecretsOptions extends ProviderNeeds {
  readonly cluster: Cluster;
  readonly namespaces: readonly string[];
  readonly faults: Faults;
  readonly everyMs: number;
  /** Before the first retry of a refresh that failed; a second where absent. */
  readonly retryMs?: number;
  readonly version?: Version | undefined;
  readonly onError?: (error: unknown) => void;
}

interface Attempt {
  /** Spec and annotations of the last try. */
  readonly version: string;
  readonly failures: number;
  /** When it is tried again without anybody asking. */
  readonly next: number;
}

interface Entry {
  readonly secretKey: string;
  readonly remoteRef: { readonly key: string; readonly property?: string };
}

const LONGEST_RETRY_MS = 420_000;

/**
 * Stand-in for the External Secrets controller, as 0.20.4 was seen to behave: refreshed by a changed spec or annotation and
 * by its interval, four Connect requests an entry, all or nothing, a status that a second failure leaves as it is.
 */
export function startExternalSecrets(options: ExternalSecretsOptions): Loop {
  const attempts = new Map<string, Attempt>();
  const { cluster, namespaces, faults } = options;
  return startLoop(
    async (signal) => {
      await writeStores(cluster, namespaces, faults.behaviour('externalSecrets', 'storeNotReady') === undefined);
      for (const namespace of namespaces) {
        for (const object of await cluster.list({ apiVersion: API, kind: 'ExternalSecret', namespace }))
          await unlessOvertaken(() => reconcile(options, object, attempts, signal));
      }
    },
    options.everyMs,
    options.onError ?? complainOf('External Secrets'),
    options.version,
  );
}

async function reconcile(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
  attempts: Map<string, Attempt>,
  signal: AbortSignal,
): Promise<void> {
  if (options.faults.behaviour('externalSecrets', 'stuck') !== undefined) return;
  if (object.metadata.deletionTimestamp !== undefined) {
    await options.cluster.mergePatch(refOf(object), { metadata: { finalizers: null } });
    return;
  }
  if (!(object.metadata.finalizers ?? []).includes(FINALIZER)) {
    await hold(options.cluster, object);
    return;
  }
  const uid = object.metadata.uid ?? '';
  const version = `${object.metadata.generation}-${hashOf(object)}`;
  const last = attempts.get(uid);
  if (!isDue(object, version, last)) return;
  try {
    await refresh(options, object, version, signal);
    attempts.set(uid, { version, failures: 0, next: Date.now() + intervalOf(object) });
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    const failures = last?.version === version ? last.failures + 1 : 1;
    attempts.set(uid, { version, failures, next: Date.now() + pauseMs(failures, options.retryMs) });
    await noteFailure(options.cluster, object, error);
  }
}

/** Milliseconds before a refresh is tried again that has failed so often in a row. */
export function pauseMs(failures: number, firstMs = 1000): number {
  return Math.min(LONGEST_RETRY_MS, firstMs * 2.4 ** (failures - 1));
}

/** Holds the object until its clean-up; what it writes back has durations in Go's own form. */
async function hold(cluster: Cluster, object: KubernetesObject): Promise<void> {
  const interval = durationMs(String(object['spec'].refreshInterval));
  await cluster.mergePatch(refOf(object), {
    metadata: { finalizers: [...(object.metadata.finalizers ?? []), FINALIZER] },
    ...(interval === undefined ? {} : { spec: { refreshInterval: goDuration(interval) } }),
  });
}

/** `1h0m0s`, `30m0s`, `15s`. */
function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const rest = `${(ms % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** A changed spec or annotation is tried at once; else what failed is tried again, and what went well by its interval. */
function isDue(object: KubernetesObject, version: string, last: Attempt | undefined): boolean {
  if (last?.version === version && last.failures > 0) return Date.now() >= last.next;
  if (object['status']?.syncedResourceVersion !== version) return !ignoresChanges(object);
  return last !== undefined && Date.now() >= last.next && !ignoresChanges(object);
}

/** CreatedOnce, and an interval of 0 under Periodic, refresh once and then ignore every change. */
function ignoresChanges(object: KubernetesObject): boolean {
  if (object['status']?.refreshTime === undefined) return false;
  const policy = object['spec'].refreshPolicy as string | undefined;
  if (policy === 'CreatedOnce') return true;
  return policy !== 'OnChange' && intervalOf(object) === Infinity;
}

/** Until the next refresh that nobody asks for. */
function intervalOf(object: KubernetesObject): number {
  if (object['spec'].refreshPolicy === 'OnChange') return Infinity;
  const ms = durationMs(String(object['spec'].refreshInterval ?? '1h')) ?? 0;
  return ms === 0 ? Infinity : ms;
}

function hashOf(object: KubernetesObject): string {
  const { annotations = {}, labels = {} } = object.metadata;
  return createHash('sha256')
    .update(JSON.stringify([annotations, labels]))
    .digest('hex')
    .slice(0, 56);
}

async function refresh(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const fetched = await valuesOf(options, object, signal);
  const template = object['spec'].target?.template as Template | undefined;
  const values = fetched === undefined ? undefined : templated(template, fetched);
  const name = (object['spec'].target?.name as string | undefined) ?? object.metadata.name;
  await writeSecret(options.cluster, object, name, values);
  const condition = conditionOf(object, 'True', 'SecretSynced', 'secret synced');
  const status = { conditions: [condition], refreshTime: seconds(), syncedResourceVersion: version, binding: { name } };
  await options.cluster.mergePatch({ ...refOf(object), subresource: 'status' }, { status });
}

/** All values, or none: one that is missing fails the whole. Undefined where the spec names nothing at all. */
async function valuesOf(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const entries = (object['spec'].data ?? []) as readonly Entry[];
  const whole = (object['spec'].dataFrom ?? []) as readonly Source[];
  const strikes = (argument: string | undefined): boolean =>
    argument === undefined || entries.some((entry) => entry.secretKey === argument);
  if (options.faults.behaviour('externalSecrets', 'neverReady', true, strikes) !== undefined)
    throw new RefreshError('error processing spec.data[0], err: the server is unable to answer');
  const store = await storeOf(options.cluster, object);
  if (entries.length === 0 && whole.length === 0) return undefined;
  const provider = PROVIDERS[store.provider]?.(store.settings, { ...options, signal });
  if (provider === undefined) throw new RefreshError(`the sandbox knows no provider ${store.provider}`);
  const values: [string, string][] = [];
  for (const [index, source] of whole.entries()) {
    if (source.extract === undefined) throw new RefreshError('the sandbox knows no dataFrom but extract');
    const where = `error processing spec.dataFrom[${index}].extract`;
    const fetched = await provider.all(source.extract, where);
    values.push(...arriving(source, fetched, where).map(([key, value]): [string, string] => [key, value]));
  }
  for (const [index, { secretKey, remoteRef }] of entries.entries()) {
    const where = `error processing spec.data[${index}] (key: ${remoteRef.key})`;
    values.push([secretKey, await provider.value(remoteRef, where)]);
  }
  return Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

/** The ExternalSecret's annotations are copied along. Where it names nothing at all, every key stays. */
async function writeSecret(
  cluster: Cluster,
  object: KubernetesObject,
  name: string,
  values: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  const namespace = object.metadata.namespace ?? '';
  const current = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const { creationPolicy = 'Owner', template } = (object['spec'].target ?? {}) as {
    creationPolicy?: 'Owner' | 'Orphan' | 'Merge';
    template?: Template;
  };
  const { [LAST_APPLIED]: _applied, ...own } = object.metadata.annotations ?? {};
  // A template says itself what the Secret is labelled with.
  const annotations = template === undefined ? own : (template.metadata?.annotations ?? {});
  const labels = template === undefined ? object.metadata.labels : template.metadata?.labels;
  const labelled = labels === undefined ? {} : { labels };
  const data = values ?? (current?.['data'] as Record<string, string> | undefined) ?? {};
  if (current !== undefined) {
    const merged = creationPolicy === 'Merge' ? { ...(current['data'] as object | undefined), ...data } : data;
    const metadata = { ...current.metadata, annotations, ...labelled };
    await cluster.replace({ ...current, metadata, data: merged });
    return;
  }
  if (creationPolicy === 'Merge')
    throw new RefreshError("the desired secret was not found. With creationPolicy=Merge the secret won't be created");
  const { apiVersion, kind, metadata } = object;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      annotations,
      ...labelled,
      ...(creationPolicy === 'Owner' ? { ownerReferences: [owner] } : {}),
    },
    type: template?.type ?? 'Opaque',
    data,
  });
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

/** The time of transition moves only when the status does. */
function conditionOf(object: KubernetesObject, status: 'True' | 'False', reason: string, message: string) {
  const conditions = (object['status']?.conditions ?? []) as readonly Condition[];
  const before = conditions.find((condition) => condition.type === 'Ready');
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : seconds();
  return { type: 'Ready', status, reason, message, lastTransitionTime };
}

/** A first failure changes the status; a second leaves it byte for byte, and only the Event's count and time move. */
async function noteFailure(cluster: Cluster, object: KubernetesObject, error: RefreshError): Promise<void> {
  const words = error instanceof TemplateFailed ? 'could not update secret' : 'could not get secret data from provider';
  const status = { conditions: [conditionOf(object, 'False', 'SecretSyncedError', words)] };
  await cluster.mergePatch({ ...refOf(object), subresource: 'status' }, { status });
  await tellUpdateFailed(cluster, object, error.message);
}
