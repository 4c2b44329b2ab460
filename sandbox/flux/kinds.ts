import type { KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';

export const SOURCE_API = 'source.toolkit.fluxcd.io/v1';
export const KUSTOMIZE_API = 'kustomize.toolkit.fluxcd.io/v1';
export const HELM_API = 'helm.toolkit.fluxcd.io/v2';

/** By these names kustomize-controller and helm-controller apply. */
export const KUSTOMIZE_MANAGER = 'kustomize-controller';
export const HELM_MANAGER = 'helm-controller';

/** Somebody asks for a reconciliation: any new value of this annotation is a new request. */
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

export const FINALIZER = 'finalizers.fluxcd.io';

/** A reference of a Flux object to another one. */
export interface Reference {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Where a reference leads; in the namespace of the object that holds it where it names none. */
export function referred(
  from: KubernetesObject,
  { name, namespace = from.metadata.namespace ?? '' }: Reference,
  kind: { readonly apiVersion: string; readonly kind: string },
): ObjectRef {
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
}

/** As Flux's controllers name an object in messages. */
export function inWords({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined && part !== '').join('/');
}

export function isSuspended(object: KubernetesObject): boolean {
  return object['spec']?.suspend === true;
}
