import { RegistrarError } from '../../core/base/errors.ts';
import { masked } from '../../core/masking/masked.ts';
import { Secret } from '../../core/base/secret.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../kubernetes/cluster.ts';
import { durationMs } from '../kubernetes/duration.ts';
import type {
  ExternalSecretObject,
  ExternalSecretRef,
  ExternalSecrets,
  ExternalSecretState,
} from './externalSecrets.ts';
import { own } from '../../core/base/own.ts';

const API = 'external-secrets.io/v1';

/** External Secrets of one cluster, by their objects. */
export function createExternalSecrets(cluster: Cluster): ExternalSecrets {
  const target = (ref: ExternalSecretRef): ObjectRef => ({ apiVersion: API, kind: 'ExternalSecret', ...ref });
  return {
    async read(ref) {
      const object = await cluster.get(target(ref));
      if (object === undefined) return undefined;
      const [store, events] = await Promise.all([
        storeOf(cluster, object),
        cluster.list({
          apiVersion: 'v1',
          kind: 'Event',
          namespace: ref.namespace,
          fieldSelector: `involvedObject.name=${ref.name}`,
        }),
      ]);
      return { ...toldBy(object), lastFailure: failureOf(object, events), store };
    },
    async glance(ref) {
      const object = await cluster.get(target(ref));
      return object && toldBy(object);
    },
    async forceSync(ref, token) {
      await cluster.mergePatch(target(ref), { metadata: { annotations: { 'force-sync': token } } });
    },
    async secretValue(namespace, secret, key, options) {
      const object = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret });
      const encoded = own(object?.['data'] as Record<string, string> | undefined, key);
      return encoded === undefined ? undefined : new Secret(Buffer.from(encoded, 'base64').toString('utf8'), options);
    },
    async secretWrittenAt(namespace, secret, key) {
      const object = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret });
      return object?.metadata.managedFields
        ?.filter((entry) => key === undefined || entry.fieldsV1?.['f:data']?.[`f:${key}`] !== undefined)
        .map((entry) => entry.time)
        .filter((time) => time !== undefined)
        .toSorted()
        .at(-1);
    },
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

function readyOf(object: KubernetesObject): { ready: boolean; message: string } {
  const conditions = (object['status']?.conditions ?? []) as Condition[];
  const ready = conditions.find((condition) => condition.type === 'Ready');
  return { ready: ready?.status === 'True', message: masked(ready?.message ?? 'no Ready condition yet') };
}

const NO_STORE = {
  system: 'External Secrets',
  kind: 'Refused',
  remedy: 'Give it the store that its entries name one by one: an entry of the job has none of its own.',
} as const;

async function storeOf(cluster: Cluster, object: KubernetesObject): Promise<ExternalSecretState['store']> {
  const reference = (object['spec'].secretStoreRef ?? {}) as { kind?: string; name?: string };
  const kind = reference.kind ?? 'SecretStore';
  const { name } = reference;
  if (name === undefined)
    throw new RegistrarError({
      ...NO_STORE,
      message: `ExternalSecret ${object.metadata.name} has no spec.secretStoreRef`,
    });
  const store = await cluster.get({ apiVersion: API, kind, namespace: object.metadata.namespace ?? '', name });
  if (store === undefined) {
    throw new RegistrarError({
      system: 'External Secrets',
      kind: 'NotFound',
      message: `cluster ${cluster.name} has no ${kind} ${name}, which ExternalSecret ${object.metadata.name} names`,
      remedy: 'Create the store, or correct spec.secretStoreRef.',
    });
  }
  return { kind, name, ...readyOf(store), provider: (store['spec'] as { provider?: unknown } | undefined)?.provider };
}

interface DataEntry {
  readonly secretKey: string;
  readonly remoteRef?: { readonly key?: string; readonly property?: string };
}

function toldBy(object: KubernetesObject): ExternalSecretObject {
  const spec = object['spec'] as {
    data?: DataEntry[];
    target?: { name?: string };
    refreshPolicy?: string;
    refreshInterval?: string;
  };
  const status = (object['status'] ?? {}) as { syncedResourceVersion?: string; refreshTime?: string };
  const generation = object.metadata.generation ?? 0;
  const { ready, message } = readyOf(object);
  return {
    generation,
    data: (spec.data ?? []).map((entry) => ({
      secretKey: entry.secretKey,
      key: entry.remoteRef?.key ?? '',
      property: entry.remoteRef?.property,
    })),
    targetSecret: spec.target?.name ?? object.metadata.name,
    ready,
    readyMessage: message,
    syncedResourceVersion: status.syncedResourceVersion,
    seen: status.syncedResourceVersion?.split('-')[0] === String(generation),
    ignoresForceSync: ignores(spec.refreshPolicy, spec.refreshInterval),
    refreshTime: status.refreshTime,
    spec,
  };
}

/** CreatedOnce never refreshes; an interval of 0 under Periodic (the default) refreshes once. OnChange reacts to both. */
function ignores(policy: string | undefined, interval: string | undefined): string | undefined {
  if (policy === 'CreatedOnce') return 'refreshPolicy is CreatedOnce';
  const zero = interval !== undefined && durationMs(interval) === 0;
  return zero && policy !== 'OnChange' ? 'refreshInterval is 0' : undefined;
}

interface EventFields {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** Events are times of one second's resolution: of two in the same one, the one written last is the newer. */
function failureOf(object: KubernetesObject, events: readonly KubernetesObject[]): ExternalSecretState['lastFailure'] {
  const { name, uid } = object.metadata;
  const failures = (events as unknown as readonly (EventFields & KubernetesObject)[])
    .filter((event) => event.type === 'Warning' && event.reason === 'UpdateFailed')
    .filter(({ involvedObject }) => involvedObject?.kind === 'ExternalSecret' && involvedObject.name === name)
    // An ExternalSecret of that name that was deleted has left its Events behind.
    .filter(({ involvedObject }) => (involvedObject?.uid ?? uid) === uid)
    .toSorted((a, b) => Date.parse(timeOf(a)) - Date.parse(timeOf(b)) || versionOf(a) - versionOf(b));
  const last = failures.at(-1);
  if (last === undefined) return undefined;
  return { message: masked(last.message ?? ''), count: last.series?.count ?? last.count ?? 1, at: timeOf(last) };
}

function timeOf(event: EventFields & KubernetesObject): string {
  const { series, lastTimestamp, eventTime, metadata } = event;
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
}

function versionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.resourceVersion ?? 0);
}
