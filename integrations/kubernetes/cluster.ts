import type { AccessRule } from '../../core/kubernetes/accessRule.ts';
import type { ManagedFieldsEntry } from '../../core/kubernetes/managedFields.ts';

/** One Kubernetes object as its API answers it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    managedFields?: ManagedFieldsEntry[];
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- spec and status differ by kind
  [field: string]: any;
}

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** A part of the object with an address of its own. */
  readonly subresource?: 'status';
}

export type JsonPatch = readonly {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}[];

/**
 * One named cluster, through `@kubernetes/client-node`. Every request has a time limit of its own, for the client has none.
 *
 * Each method may throw {@link RegistrarError} of system `Kubernetes`, naming cluster, verb and object: `Unauthorized`
 * (401, 403), `NotFound` (404 where the object must exist), `Conflict` (409, and 422 of a JSON patch that does not apply,
 * as a failed test), `BadInput` (other 422 and 400), `Unavailable`.
 */
export interface Cluster {
  readonly name: string;
  /** Whether the worker's identity may do this, by a SelfSubjectAccessReview, which every identity may ask for and which makes nothing. */
  allows(rule: Omit<AccessRule, 'cluster'>): Promise<boolean>;
  /** Undefined where there is none. */
  get(ref: ObjectRef): Promise<KubernetesObject | undefined>;
  list(kind: {
    readonly apiVersion: string;
    readonly kind: string;
    /** In all of them where absent. */
    readonly namespace?: string;
    readonly labelSelector?: string;
    readonly fieldSelector?: string;
  }): Promise<readonly KubernetesObject[]>;
  create(object: KubernetesObject): Promise<KubernetesObject>;
  /** PUT with the object's resourceVersion: another one is `Conflict`. */
  replace(object: KubernetesObject): Promise<KubernetesObject>;
  mergePatch(ref: ObjectRef, patch: unknown): Promise<KubernetesObject>;
  jsonPatch(ref: ObjectRef, patch: JsonPatch): Promise<KubernetesObject>;
  /**
   * Absent is success. With `resourceVersion` or `uid` as precondition: another one is `Conflict`. Without
   * `gracePeriodSeconds` the object's own grace period holds; 0 ends one that is Terminating.
   */
  delete(
    ref: ObjectRef,
    options?: { readonly resourceVersion?: string; readonly uid?: string; readonly gracePeriodSeconds?: number },
  ): Promise<void>;
}
