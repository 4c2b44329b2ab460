import { randomUUID } from 'node:crypto';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ApiError } from './apiError.ts';
import { admitExternalSecret } from './externalSecretKind.ts';
import { afterUpdate, applied } from './managers.ts';
import { apiVersionOf, qualified, RESOURCE_KINDS, type ResourceKind } from './resourceKinds.ts';
import { sorted } from './sorted.ts';

export type Stored = KubernetesObject;

/** One change, as a watch tells it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Version of the store after it. */
  readonly version: number;
  readonly object: Stored;
}

/** So many changes are kept for watches that begin at an older version. */
const CHANGES_KEPT = 1000;

/** The objects of one cluster, with the book-keeping of a real API server. */
export class Store {
  readonly #objects = new Map<string, Stored>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #changes: Change[] = [];
  #version = 1000;
  /** The version before the oldest change that is kept. */
  #oldest = 1000;

  /** Returns what ends it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get version(): number {
    return this.#version;
  }

  /** The changes after a version; undefined where some of them are no longer kept. */
  changesSince(version: number): readonly Change[] | undefined {
    return version < this.#oldest ? undefined : this.#changes.filter((change) => change.version > version);
  }

  #key(kind: ResourceKind, namespace: string, name: string): string {
    return `${kind.group}/${kind.kind}/${kind.namespaced ? namespace : ''}/${name}`;
  }

  /** To be read only. What is stored is replaced by every change, and never changed itself. */
  find(kind: ResourceKind, namespace: string, name: string): Readonly<Stored> | undefined {
    return this.#objects.get(this.#key(kind, namespace, name));
  }

  /** To be read only, as {@link find}. Throws where there is none. */
  read(kind: ResourceKind, namespace: string, name: string): Readonly<Stored> {
    const found = this.find(kind, namespace, name);
    if (found !== undefined) return found;
    throw new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`);
  }

  /** A copy. */
  get(kind: ResourceKind, namespace: string, name: string): Stored {
    return structuredClone(this.read(kind, namespace, name));
  }

  /** To be read only, as {@link find}. */
  list(kind: ResourceKind, namespace: string | undefined): readonly Readonly<Stored>[] {
    return [...this.#objects.values()]
      .filter((object) => object.kind === kind.kind && object.apiVersion === apiVersionOf(kind))
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace);
  }

  all(): readonly Stored[] {
    return [...this.#objects.values()].map((object) => structuredClone(object));
  }

  /** Without a manager the object has its managed fields already. */
  create(kind: ResourceKind, namespace: string, object: Stored, manager?: string): Stored {
    const name = object.metadata?.name;
    if (typeof name !== 'string' || name === '')
      throw new ApiError(422, 'Invalid', `${kind.kind} is invalid: metadata.name: Required value`);
    const key = this.#key(kind, namespace, name);
    if (this.#objects.has(key)) throw new ApiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`);
    const stored: Stored = {
      ...structuredClone(object),
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: {
        ...structuredClone(object.metadata),
        ...(kind.namespaced ? { namespace } : {}),
        uid: randomUUID(),
        creationTimestamp: now(),
        ...(hasGeneration(kind) ? { generation: 1 } : {}),
      },
    };
    if (kind.status) delete stored['status'];
    admit(stored);
    if (manager !== undefined) {
      delete stored.metadata.managedFields;
      afterUpdate(undefined, stored, manager);
    }
    const created = this.#put(key, stored, 'ADDED');
    if (this.#isOrphan(created)) this.delete(kind, namespace, name);
    return created;
  }

  /** Made for an owner that is gone already, as by a controller that was in the middle of a look: it is collected too. */
  #isOrphan({ metadata: { ownerReferences = [] } }: Stored): boolean {
    if (ownerReferences.length === 0) return false;
    const there = new Set([...this.#objects.values()].map((object) => object.metadata.uid));
    return ownerReferences.every((owner) => !there.has(owner.uid));
  }

  /** `part`: the main resource, whose status stays, or the status alone. */
  replace(
    kind: ResourceKind,
    namespace: string,
    object: Stored,
    { part = 'main', manager = 'unknown' }: { readonly part?: 'main' | 'status'; readonly manager?: string } = {},
  ): Stored {
    const current = this.#currentOf(kind, namespace, object);
    const next: Stored = part === 'status' ? { ...current, status: object['status'] } : merged(kind, current, object);
    admit(next);
    if (part === 'main') afterUpdate(current, next, manager);
    return this.#write(kind, namespace, current, next);
  }

  /** Server-side apply to an object that is there. With `dryRun` nothing is kept. */
  apply(
    kind: ResourceKind,
    namespace: string,
    object: Stored,
    options: { readonly manager: string; readonly force: boolean; readonly dryRun: boolean },
  ): Stored {
    const current = this.#currentOf(kind, namespace, object);
    const next = applied(current, object, options);
    admit(next);
    return options.dryRun ? next : this.#write(kind, namespace, current, next);
  }

  /** Server-side apply to an object that is not there makes it. */
  applyNew(
    kind: ResourceKind,
    namespace: string,
    object: Stored,
    { manager, dryRun }: { readonly manager: string; readonly dryRun: boolean },
  ): Stored {
    const { name } = object.metadata;
    const empty: Stored = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name, namespace } };
    const stored = applied(empty, object, { manager, force: false });
    return dryRun ? stored : this.create(kind, namespace, stored);
  }

  /** The object as it is. Throws 409 where a write means another version. */
  #currentOf(kind: ResourceKind, namespace: string, object: Stored): Stored {
    const current = this.get(kind, namespace, object.metadata.name);
    const asked = object.metadata.resourceVersion;
    if (asked === undefined || asked === '' || asked === current.metadata.resourceVersion) return current;
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(kind)} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    );
  }

  #write(kind: ResourceKind, namespace: string, current: Stored, next: Stored): Stored {
    if (hasGeneration(kind) && contentOf(kind, next) !== contentOf(kind, current)) {
      next.metadata.generation = (current.metadata.generation ?? 1) + 1;
    }
    if (sameObject(next, current)) return current;
    if (next.metadata.deletionTimestamp !== undefined && isReleased(next, current)) return this.#remove(kind, next);
    return this.#put(this.#key(kind, namespace, next.metadata.name), next, 'MODIFIED');
  }

  delete(
    kind: ResourceKind,
    namespace: string,
    name: string,
    precondition?: { resourceVersion?: string; uid?: string },
    grace?: number,
  ): Stored {
    const current = this.get(kind, namespace, name);
    const stale =
      precondition?.resourceVersion !== undefined && precondition.resourceVersion !== current.metadata.resourceVersion;
    if (stale || (precondition?.uid !== undefined && precondition.uid !== current.metadata.uid)) {
      throw new ApiError(409, 'Conflict', `Precondition failed: ${qualified(kind)} "${name}" was modified`);
    }
    // A pod on a node is Terminating until its kubelet says that it has stopped; anything is that has a finalizer.
    const held = (grace !== 0 && isPlaced(current)) || (current.metadata.finalizers ?? []).length > 0;
    if (!held) return this.#remove(kind, current);
    if (current.metadata.deletionTimestamp !== undefined) return current;
    current.metadata.deletionTimestamp = now();
    return this.#put(this.#key(kind, namespace, name), current, 'MODIFIED');
  }

  #remove(kind: ResourceKind, object: Stored): Stored {
    this.#objects.delete(this.#key(kind, object.metadata.namespace ?? '', object.metadata.name));
    this.#version += 1;
    this.#tell({ type: 'DELETED', version: this.#version, object: stamped(object, this.#version) });
    this.#collect(object);
    return object;
  }

  /** The scheduler's decision. */
  bind(namespace: string, binding: Stored): void {
    const kind = RESOURCE_KINDS.find((candidate) => candidate.kind === 'Pod') as ResourceKind;
    const pod = this.get(kind, namespace, binding.metadata.name);
    if (pod['spec'].nodeName !== undefined)
      throw new ApiError(
        409,
        'Conflict',
        `Operation cannot be fulfilled on pods/binding "${pod.metadata.name}": pod ${pod.metadata.name} is already assigned to node "${pod['spec'].nodeName}"`,
      );
    pod['spec'].nodeName = binding['target'].name;
    this.#put(this.#key(kind, namespace, pod.metadata.name), pod, 'MODIFIED');
  }

  /** Background garbage collection: what an object owned goes with it. */
  #collect(owner: Stored): void {
    for (const object of this.#objects.values()) {
      const owned = (object.metadata.ownerReferences ?? []).some((reference) => reference.uid === owner.metadata.uid);
      const kind = RESOURCE_KINDS.find((candidate) => candidate.kind === object.kind);
      if (owned && kind !== undefined) this.delete(kind, object.metadata.namespace ?? '', object.metadata.name);
    }
  }

  #put(key: string, object: Stored, type: Change['type']): Stored {
    this.#version += 1;
    const stored = managed(stamped(object, this.#version));
    this.#objects.set(key, stored);
    this.#tell({ type, version: this.#version, object: structuredClone(stored) });
    return structuredClone(stored);
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > CHANGES_KEPT) this.#oldest = this.#changes.shift()?.version ?? this.#oldest;
    for (const listener of this.#listeners) listener(change);
  }
}

function isPlaced(object: Stored): boolean {
  const over = ['Succeeded', 'Failed'].includes(object['status']?.phase as string);
  return object.kind === 'Pod' && object['spec']?.nodeName !== undefined && !over;
}

function stamped(object: Stored, version: number): Stored {
  const copy = structuredClone(object);
  copy.metadata.resourceVersion = String(version);
  return copy;
}

/** Kept for Secrets alone, for one writer: External Secrets. Every change moves the time, one of an annotation too. */
function managed(object: Stored): Stored {
  if (object.kind !== 'Secret') return object;
  const data = Object.keys((object['data'] ?? {}) as object).map((key) => [`f:${key}`, {}]);
  const entry = { manager: 'external-secrets', operation: 'Update', time: now() };
  object.metadata.managedFields = [{ ...entry, fieldsV1: { 'f:data': Object.fromEntries(data) } }];
  return object;
}

/** What moves the generation: the spec; where there is no status subresource, everything but metadata. */
function contentOf(kind: ResourceKind, object: Stored): string {
  const { metadata: _metadata, ...rest } = object;
  return JSON.stringify(sorted(kind.status ? object['spec'] : rest));
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function hasGeneration(kind: ResourceKind): boolean {
  return !['Secret', 'ConfigMap', 'Event', 'Lease', 'Namespace', 'Pod'].includes(kind.kind);
}

function admit(object: Stored): void {
  withEncodedData(object);
  if (object.kind === 'ExternalSecret') admitExternalSecret(object);
}

/** The last finalizer of an object that is being deleted was taken out. */
function isReleased(next: Stored, current: Stored): boolean {
  return (current.metadata.finalizers ?? []).length > 0 && (next.metadata.finalizers ?? []).length === 0;
}

/** What a client may set; identity, generation and (with a subresource) status stay the server's. */
function merged(kind: ResourceKind, current: Stored, object: Stored): Stored {
  const { uid, creationTimestamp, generation, deletionTimestamp, namespace, managedFields } = current.metadata;
  const next: Stored = {
    ...structuredClone(object),
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: {
      ...structuredClone(object.metadata),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(generation === undefined ? {} : { generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(managedFields === undefined ? {} : { managedFields }),
    },
  };
  if (kind.status) {
    if (current['status'] === undefined) delete next['status'];
    else next['status'] = current['status'];
  }
  return next;
}

function sameObject(a: Stored, b: Stored): boolean {
  const plain = (object: Stored): string =>
    JSON.stringify(sorted({ ...object, metadata: { ...object.metadata, resourceVersion: '' } }));
  return plain(a) === plain(b);
}

/** `stringData` is write-only and lands in `data`, encoded. */
function withEncodedData(object: Stored): void {
  if (object.kind !== 'Secret' || object['stringData'] === undefined) return;
  const text = object['stringData'] as Record<string, string>;
  const data = Object.fromEntries(
    Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  object['data'] = { ...(object['data'] as Record<string, string> | undefined), ...data };
  delete object['stringData'];
}
