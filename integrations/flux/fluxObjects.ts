import { at, listOf } from '../../core/base/own.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { bareFolder } from '../../core/installation/repositoryAddress.ts';
import { masked } from '../../core/masking/masked.ts';
import { WEB_PAGE } from '../httpAnswer.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../kubernetes/cluster.ts';
import type {
  Flux,
  FluxCondition,
  FluxKind,
  FluxRef,
  FluxState,
  GitRepositoryState,
  HelmReleaseState,
  KustomizationState,
  PostBuild,
  ValuesFrom,
} from './flux.ts';

const API: Readonly<Record<FluxKind, string>> = {
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
};
/** The first release of Flux that serves a kind so, or in the version before that is read too. */
const SINCE: Readonly<Record<FluxKind, string>> = { GitRepository: '2.0', Kustomization: '2.0', HelmRelease: '2.2' };

/** fluxcd.io, "Triggering a reconcile"; `flux reconcile` writes the same. */
const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';
/** Counts where it says the same as the request beside it (github.com/fluxcd/pkg, `apis/meta`). */
const FORCE_AT = 'reconcile.fluxcd.io/forceAt';

/** Characters of a message: Flux lists whatever else of a Kustomization is unhealthy, up to 20,000 of them. */
const LONGEST = 1_000;

/** Flux by the objects of one cluster. */
export function createFlux(cluster: Cluster): Flux {
  const refOf = (kind: FluxKind, ref: FluxRef): ObjectRef => ({ apiVersion: API[kind], kind, ...ref });

  async function read(kind: FluxKind, ref: FluxRef): Promise<KubernetesObject> {
    const object = await cluster.get(refOf(kind, ref)).catch((error: unknown) => {
      throw notServed(error, kind, cluster.name) ?? error;
    });
    if (object !== undefined) return object;
    throw new RegistrarError({
      system: 'Flux',
      kind: 'NotFound',
      message: `cluster ${cluster.name} has no ${kind} ${ref.namespace}/${ref.name}`,
      remedy:
        'Correct what names it: authentik.kustomization or helmRelease and flux of registrar.yaml, or the registration.',
    });
  }

  return {
    gitRepository: async (ref) => gitRepositoryOf(await read('GitRepository', ref)),
    kustomization: async (ref) => kustomizationOf(await read('Kustomization', ref)),
    helmRelease: async (ref) => helmReleaseOf(await read('HelmRelease', ref)),
    async configMap(ref) {
      const object = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', ...ref });
      return object === undefined ? undefined : ((object['data'] ?? {}) as Readonly<Record<string, string>>);
    },
    async reconcile(kind, ref, token, { force } = { force: false }) {
      const annotations = { [REQUESTED_AT]: token, ...(force ? { [FORCE_AT]: token } : {}) };
      await cluster.mergePatch(refOf(kind, ref), { metadata: { annotations } });
    },
  };
}

/** Where the API server does not know the kind in this version: what may be the matter. A web page is a proxy's. */
function notServed(error: unknown, kind: FluxKind, cluster: string): RegistrarError | undefined {
  if (!(error instanceof RegistrarError) || error.kind !== 'Unavailable' || error.status !== 404) return undefined;
  if (error.message.includes(WEB_PAGE)) return undefined;
  return new RegistrarError({
    system: 'Flux',
    kind: 'Unavailable',
    status: 404,
    message: `cluster ${cluster} does not serve ${API[kind]}, the API of a ${kind}: its Flux is older than ${SINCE[kind]}, or there is none`,
    remedy:
      'Upgrade Flux, or name the cluster that it runs in (flux.cluster of registrar.yaml); else set authentik.deployBy: external.',
  });
}

function stateOf(object: KubernetesObject): FluxState {
  const { kind, metadata } = object;
  const { name, namespace = '' } = metadata;
  const conditions = listOf(at(object, 'status', 'conditions')).map(conditionOf);
  return {
    label: `${kind} ${namespace}/${name}`,
    kind: kind as FluxKind,
    ref: { namespace, name },
    metadata,
    suspended: at(object, 'spec', 'suspend') === true,
    generation: Number(at(metadata, 'generation') ?? 0),
    observedGeneration: Number(at(object, 'status', 'observedGeneration') ?? 0),
    conditions,
    ready: conditions.find(({ type }) => type === 'Ready'),
    lastHandledReconcileAt: textAt(object, 'status', 'lastHandledReconcileAt'),
    requestedAt: metadata.annotations?.[REQUESTED_AT],
  };
}

function conditionOf(condition: unknown): FluxCondition {
  const text = (key: string): string => textAt(condition, key) ?? '';
  // Before the cut: of half an address, or of a secret's first characters, nothing tells what they are.
  const told = masked(text('message')).replaceAll(/\s+/g, ' ');
  const message = told.length > LONGEST ? `${told.slice(0, LONGEST)} …` : told;
  return { type: text('type'), status: text('status'), reason: text('reason'), message };
}

function gitRepositoryOf(object: KubernetesObject): GitRepositoryState {
  const ref = at(object, 'spec', 'ref');
  const verify = at(object, 'spec', 'verify');
  // In this order source-controller goes by them (`GitRepositoryRef`).
  const by = ['commit', 'name', 'semver', 'tag', 'branch'].find((key) => textAt(ref, key) !== undefined) ?? 'branch';
  // Without any it follows `master`.
  const value = textAt(ref, by) ?? 'master';
  const branch = by === 'name' ? /^refs\/heads\/(.+)$/.exec(value)?.[1] : by === 'branch' ? value : undefined;
  return {
    ...stateOf(object),
    url: textAt(object, 'spec', 'url') ?? '',
    branch,
    follows: `${by} ${value}`,
    // Without a mode it is HEAD.
    verifiesHead: isThere(verify) && at(verify, 'mode') !== 'Tag',
    revision: textAt(object, 'status', 'artifact', 'revision'),
  };
}

function kustomizationOf(object: KubernetesObject): KustomizationState {
  const state = stateOf(object);
  const source = at(object, 'spec', 'sourceRef');
  return {
    ...state,
    sourceRef: {
      kind: textAt(source, 'kind') ?? '',
      namespace: textAt(source, 'namespace') ?? state.ref.namespace,
      name: textAt(source, 'name') ?? '',
    },
    path: bareFolder(textAt(object, 'spec', 'path') ?? ''),
    prune: at(object, 'spec', 'prune') === true,
    elsewhere: isThere(at(object, 'spec', 'kubeConfig')),
    targetNamespace: textAt(object, 'spec', 'targetNamespace'),
    renames: ['namePrefix', 'nameSuffix'].some((key) => textAt(object, 'spec', key) !== undefined),
    components: listOf(at(object, 'spec', 'components')).map(String),
    postBuild: postBuildOf(at(object, 'spec', 'postBuild')),
    lastAppliedRevision: textAt(object, 'status', 'lastAppliedRevision'),
    lastAttemptedRevision: textAt(object, 'status', 'lastAttemptedRevision'),
    inventory: inventoryOf(object),
  };
}

function postBuildOf(postBuild: unknown): PostBuild | undefined {
  if (!isThere(postBuild)) return undefined;
  const substitute = (at(postBuild, 'substitute') ?? {}) as Readonly<Record<string, unknown>>;
  return {
    substitute: Object.fromEntries(Object.entries(substitute).map(([name, value]) => [name, String(value)])),
    substituteFrom: listOf(at(postBuild, 'substituteFrom')).map((from) => ({
      kind: textAt(from, 'kind') ?? '',
      name: textAt(from, 'name') ?? '',
      optional: at(from, 'optional') === true,
    })),
    always: at(postBuild, 'substituteStrategy') === 'Always',
  };
}

function helmReleaseOf(object: KubernetesObject): HelmReleaseState {
  const state = stateOf(object);
  return {
    ...state,
    elsewhere: isThere(at(object, 'spec', 'kubeConfig')),
    targetNamespace: textAt(object, 'spec', 'targetNamespace') ?? state.ref.namespace,
    values: at(object, 'spec', 'values'),
    valuesFrom: valuesFromOf(object),
    inventory: inventoryOf(object),
  };
}

/** Of a HelmRelease, live or in a file. */
export function valuesFromOf(release: unknown): readonly ValuesFrom[] {
  return listOf(at(release, 'spec', 'valuesFrom')).map((from) => ({
    kind: textAt(from, 'kind') ?? '',
    name: textAt(from, 'name') ?? '',
    key: textAt(from, 'valuesKey') ?? 'values.yaml',
    targetPath: textAt(from, 'targetPath'),
  }));
}

function inventoryOf(object: KubernetesObject): readonly string[] | undefined {
  const inventory = at(object, 'status', 'inventory');
  return isThere(inventory) ? listOf(at(inventory, 'entries')).map((entry) => textAt(entry, 'id') ?? '') : undefined;
}

/** A text of some length; undefined where there is none. */
function textAt(data: unknown, ...way: readonly string[]): string | undefined {
  const value = at(data, ...way);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
