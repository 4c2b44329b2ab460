import type { KubernetesObject } from '../kubernetes/cluster.ts';

/** Name of an object of Flux, in its namespace. */
export interface FluxRef {
  readonly namespace: string;
  readonly name: string;
}

/** A condition of `status.conditions`, what may be a secret masked in its message. */
export interface FluxCondition {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Namespace and name of an object that another one points to, with its kind. */
interface FluxTarget extends FluxRef {
  readonly kind: string;
}

/** What every object of Flux says. */
export interface FluxState {
  /** Kind, namespace and name, for people. */
  readonly label: string;
  readonly kind: FluxKind;
  readonly ref: FluxRef;
  /** Labels and annotations, by which the Kustomization that deploys the object may leave it alone. */
  readonly metadata: Pick<KubernetesObject['metadata'], 'name' | 'labels' | 'annotations'>;
  readonly suspended: boolean;
  readonly generation: number;
  /** kustomize-controller moves it after a success alone, source- and helm-controller after an end of either kind. */
  readonly observedGeneration: number;
  readonly conditions: readonly FluxCondition[];
  /** The condition `Ready`; undefined where no controller has come to the object yet. */
  readonly ready: FluxCondition | undefined;
  /**
   * The last request (`reconcile.fluxcd.io/requestedAt`) that a controller has ended with, well or not: it moves after a failure and
   * of a suspended object too.
   */
  readonly lastHandledReconcileAt: string | undefined;
  /** The newest request, ours or anybody's; undefined where nobody has ever asked. */
  readonly requestedAt: string | undefined;
}

export interface GitRepositoryState extends FluxState {
  readonly url: string;
  /** The branch that it follows; undefined where that is a tag, a version or a commit. */
  readonly branch: string | undefined;
  /** What it follows, for people. */
  readonly follows: string;
  /** Takes no head commit that bears no signature of a known author (`spec.verify`). */
  readonly verifiesHead: boolean;
  /** `status.artifact.revision`, as `main@sha1:<commit>`. */
  readonly revision: string | undefined;
}

export interface SubstituteFrom {
  readonly kind: string;
  readonly name: string;
  readonly optional: boolean;
}

/** `spec.postBuild` of a Kustomization. */
export interface PostBuild {
  readonly substitute: Readonly<Record<string, string>>;
  readonly substituteFrom: readonly SubstituteFrom[];
  /** `substituteStrategy: Always`: defaults are put in where there is no variable at all. */
  readonly always: boolean;
}

export interface KustomizationState extends FluxState {
  readonly sourceRef: FluxTarget;
  /** With no slash at its ends; empty for the whole repository. */
  readonly path: string;
  readonly prune: boolean;
  /** Deploys to another cluster than the one that holds it. */
  readonly elsewhere: boolean;
  readonly targetNamespace: string | undefined;
  /** `namePrefix` or `nameSuffix`: objects are called otherwise than in Git. */
  readonly renames: boolean;
  /** Folders of `spec.components`, beside or above `path`. */
  readonly components: readonly string[];
  readonly postBuild: PostBuild | undefined;
  /** The last revision of which apply, prune and health checks went well. */
  readonly lastAppliedRevision: string | undefined;
  /** The revision of the last try, from the moment in which it began to build it. */
  readonly lastAttemptedRevision: string | undefined;
  /** Objects as `namespace_name_group_kind`; undefined before the first apply. */
  readonly inventory: readonly string[] | undefined;
}

/** An entry of `spec.valuesFrom`: Helm is given them in their order, a later one over those before. */
export interface ValuesFrom {
  readonly kind: string;
  readonly name: string;
  readonly key: string;
  /** The one value that it sets; undefined where it holds values as a file does. */
  readonly targetPath: string | undefined;
}

export interface HelmReleaseState extends FluxState {
  readonly elsewhere: boolean;
  readonly targetNamespace: string;
  /** `spec.values`, which may hold secrets: of them no more is told than that one is there. */
  readonly values: unknown;
  readonly valuesFrom: readonly ValuesFrom[];
  /** As of a Kustomization; undefined where a controller before Flux 2.8 keeps none. */
  readonly inventory: readonly string[] | undefined;
}

/**
 * Flux by its objects: `source.toolkit.fluxcd.io/v1`, `kustomize.toolkit.fluxcd.io/v1` and `helm.toolkit.fluxcd.io/v2`, which all
 * releases from 2.3 on serve; a HelmRelease of 2.2 is read as v2beta2. Each method may throw what {@link Cluster} does, and `NotFound` where there is no such object.
 */
export interface Flux {
  gitRepository(ref: FluxRef): Promise<GitRepositoryState>;
  kustomization(ref: FluxRef): Promise<KustomizationState>;
  helmRelease(ref: FluxRef): Promise<HelmReleaseState>;
  /** `data` of a ConfigMap beside the Kustomization; undefined where there is none. */
  configMap(ref: FluxRef): Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * Asks the controller to look at an object now, as `flux reconcile` does. `token` comes back as `lastHandledReconcileAt`. `force`, of
   * a HelmRelease alone, has Helm upgrade once although nothing has changed, as `flux reconcile helmrelease --force` does.
   */
  reconcile(kind: FluxKind, ref: FluxRef, token: string, options?: { readonly force: boolean }): Promise<void>;
}

export type FluxKind = 'GitRepository' | 'Kustomization' | 'HelmRelease';
