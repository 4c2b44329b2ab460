import { createHash } from 'node:crypto';
import type { Cluster, KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import { refOf } from './deploymentController.ts';
import type { Faults } from './faults.ts';
import { startLoop, type Loop } from './loop.ts';

const API = 'external-secrets.io/v1';

export interface ExternalSecretsOptions {
  readonly cluster: Cluster;
  readonly namespaces: readonly string[];
  readonly faults: Faults;
  /** Address of the Connect server that stands for a store's connectHost. */
  readonly connectUrl: (connectHost: string) => string;
  readonly token: string;
  readonly everyMs: number;
}

interface Attempt {
  /** Spec and annotations of the last try. */
  key: string;
  failures: number;
  nextTry: number;
}

interface Entry {
  readonly secretKey: string;
  readonly remoteRef: { readonly key: string; readonly property?: string };
}

/** What a refresh could not do; its words go into the Event. */
class RefreshError extends Error {}

/**
 * Stand-in for the External Secrets controller, as 0.20.4 was seen to behave: refreshed by a changed spec or annotation,
 * four Connect requests an entry, all or nothing, a status that a second failure leaves as it is.
 */
export function startExternalSecrets(options: ExternalSecretsOptions): Loop {
  const attempts = new Map<string, Attempt>();
  return startLoop(async () => {
    await readyStores(options);
    for (const namespace of options.namespaces) {
      for (const object of await options.cluster.list({ apiVersion: API, kind: 'ExternalSecret', namespace })) {
        await reconcile(options, object, attempts).catch((error: unknown) => {
          if (!/409|404/.test((error as Error).message)) throw error;
        });
      }
    }
  }, options.everyMs);
}

async function readyStores(options: ExternalSecretsOptions): Promise<void> {
  const broken = options.faults.behaviour('externalSecrets', 'storeNotReady') !== undefined;
  for (const store of await options.cluster.list({ apiVersion: API, kind: 'ClusterSecretStore', namespace: '' })) {
    const condition = broken
      ? { type: 'Ready', status: 'False', reason: 'InvalidProviderConfig', message: 'unable to validate store' }
      : { type: 'Ready', status: 'True', reason: 'Valid', message: 'store validated' };
    if (JSON.stringify(store['status']?.conditions) === JSON.stringify([condition])) continue;
    await options.cluster.mergePatch(
      { ...refOf(store), subresource: 'status' },
      { status: { conditions: [condition] } },
    );
  }
}

async function reconcile(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
  attempts: Map<string, Attempt>,
): Promise<void> {
  if (options.faults.behaviour('externalSecrets', 'stuck') !== undefined) return;
  const uid = object.metadata.uid ?? '';
  const version = `${object.metadata.generation}-${hashOf(object)}`;
  const last = attempts.get(uid);
  const fresh = object['status']?.syncedResourceVersion === version;
  if (fresh && last?.failures !== undefined && last.failures > 0) attempts.delete(uid);
  if (fresh || ignored(object)) return;
  if (last?.key === version && Date.now() < last.nextTry) return;
  try {
    await refresh(options, object, version);
    attempts.delete(uid);
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    const failures = last?.key === version ? last.failures + 1 : 1;
    attempts.set(uid, {
      key: version,
      failures,
      nextTry: Date.now() + Math.min(420_000, 1000 * 2.4 ** (failures - 1)),
    });
    await fail(options, object, error.message);
  }
}

/** CreatedOnce, and an interval of 0 under Periodic, refresh once and then ignore every change. */
function ignored(object: KubernetesObject): boolean {
  if (object['status']?.refreshTime === undefined) return false;
  const policy = object['spec'].refreshPolicy as string | undefined;
  if (policy === 'CreatedOnce') return true;
  return policy !== 'OnChange' && /^0+[a-z]*$/.test(String(object['spec'].refreshInterval ?? '1h'));
}

function hashOf(object: KubernetesObject): string {
  const { annotations = {}, labels = {} } = object.metadata;
  return createHash('sha256')
    .update(JSON.stringify([annotations, labels]))
    .digest('hex')
    .slice(0, 56);
}

async function refresh(options: ExternalSecretsOptions, object: KubernetesObject, version: string): Promise<void> {
  const { cluster, faults } = options;
  const namespace = object.metadata.namespace ?? '';
  const entries = (object['spec'].data ?? []) as readonly Entry[];
  const never = faults.behaviour('externalSecrets', 'neverReady');
  if (
    never !== undefined &&
    (never.argument === undefined || entries.some((entry) => entry.secretKey === never.argument))
  ) {
    throw new RefreshError('error processing spec.data[0]: unable to get secret: the server is unable to answer');
  }
  const values: Record<string, string> = {};
  for (const [index, entry] of entries.entries()) {
    values[entry.secretKey] = Buffer.from(await valueOf(options, object, entry, index)).toString('base64');
  }
  const name = (object['spec'].target?.name as string | undefined) ?? object.metadata.name;
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  const current = await cluster.get(ref);
  const annotations = { ...object.metadata.annotations };
  delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  const owner = {
    apiVersion: API,
    kind: 'ExternalSecret',
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    controller: true,
  };
  // With no entries at all the controller leaves every key where it is.
  const data = entries.length === 0 ? ((current?.['data'] ?? {}) as Record<string, string>) : values;
  if (current === undefined) {
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, annotations, ownerReferences: [owner] },
      type: 'Opaque',
      data,
    });
  } else {
    await cluster.replace({ ...current, metadata: { ...current.metadata, annotations }, data });
  }
  const condition = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' };
  const status = { conditions: [condition], refreshTime: seconds(), syncedResourceVersion: version, binding: { name } };
  await cluster.mergePatch({ ...refOf(object), subresource: 'status' }, { status });
}

interface VaultRow {
  readonly id: string;
}

interface ItemRow {
  readonly id: string;
  readonly fields?: readonly { readonly label?: string; readonly value?: string }[];
}

/** Four requests an entry: the vault, the item by title, the item, and the item once more for its files. */
async function valueOf(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
  entry: Entry,
  index: number,
): Promise<string> {
  const { host, vault } = await storeOf(options, object);
  const { key, property } = entry.remoteRef;
  const where = `error processing spec.data[${index}] (key: ${key})`;
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${options.connectUrl(host)}${path}`, {
      headers: { authorization: `Bearer ${options.token}` },
    }).catch(() => undefined);
    if (response === undefined) throw new RefreshError(`${where}, err: connection refused`);
    if (!response.ok)
      throw new RefreshError(
        `${where}, err: status ${response.status}: ${((await response.json()) as { message?: string }).message ?? ''}`,
      );
    return (await response.json()) as T;
  };
  const vaults = await ask<readonly VaultRow[]>(`/v1/vaults?filter=${encodeURIComponent(`name eq "${vault}"`)}`);
  const [found] = vaults;
  if (found === undefined || vaults.length > 1)
    throw new RefreshError(`${where}, err: found ${vaults.length} vaults named ${vault}`);
  const items = await ask<readonly ItemRow[]>(
    `/v1/vaults/${found.id}/items?filter=${encodeURIComponent(`title eq "${key}"`)}`,
  );
  const [item] = items;
  if (item === undefined || items.length > 1)
    throw new RefreshError(`${where}, err: found ${items.length} items titled ${key}`);
  const whole = await ask<ItemRow>(`/v1/vaults/${found.id}/items/${item.id}`);
  await ask<ItemRow>(`/v1/vaults/${found.id}/items/${item.id}`);
  const fields = (whole.fields ?? []).filter((field) => field.label === (property ?? 'password'));
  const [field] = fields;
  if (field === undefined)
    throw new RefreshError(`${where}, err: key not found in 1Password Vaults: ${property ?? 'password'} in: ${key}`);
  if (fields.length > 1)
    throw new RefreshError(`${where}, err: found more than 1 labelled field: ${property ?? 'password'} in: ${key}`);
  return field.value ?? '';
}

async function storeOf(
  options: ExternalSecretsOptions,
  object: KubernetesObject,
): Promise<{ host: string; vault: string }> {
  const reference = object['spec'].secretStoreRef as { kind: string; name: string };
  const store = await options.cluster.get({
    apiVersion: API,
    kind: reference.kind,
    namespace: object.metadata.namespace ?? '',
    name: reference.name,
  });
  if (store === undefined) throw new RefreshError(`could not get secret store ${reference.name}`);
  const ready = (store['status']?.conditions ?? []).some(
    (condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True',
  );
  if (!ready) throw new RefreshError(`SecretStore "${reference.name}" is not ready`);
  const provider = store['spec'].provider.onepassword as { connectHost: string; vaults: Record<string, number> };
  return { host: provider.connectHost, vault: Object.keys(provider.vaults)[0] ?? '' };
}

/** A first failure changes the status; a second leaves it byte for byte, and only the Event's count and time move. */
async function fail(options: ExternalSecretsOptions, object: KubernetesObject, message: string): Promise<void> {
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'SecretSyncedError',
    message: 'could not get secret data from provider',
  };
  const status = { ...(object['status'] as Record<string, unknown> | undefined), conditions: [condition] };
  await options.cluster.mergePatch({ ...refOf(object), subresource: 'status' }, { status });
  const namespace = object.metadata.namespace ?? '';
  const name = `${object.metadata.name}.update-failed`;
  const ref = { apiVersion: 'v1', kind: 'Event', namespace, name };
  const current = await options.cluster.get(ref);
  const event = {
    type: 'Warning',
    reason: 'UpdateFailed',
    message,
    lastTimestamp: seconds(),
    involvedObject: { kind: 'ExternalSecret', name: object.metadata.name, namespace },
  };
  if (current === undefined)
    await options.cluster.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      ...event,
      count: 1,
      firstTimestamp: seconds(),
    });
  else await options.cluster.mergePatch(ref, { ...event, count: Number(current['count']) + 1 });
}

function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
