import { RegistrarError } from '../../core/base/errors.ts';
import { masked } from '../../core/masking/masked.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../kubernetes/cluster.ts';
import { comparisonErrorOf } from './comparisonError.ts';
import type { ApplicationState, ArgoCd, SyncOperation, SyncRequest } from './argocd.ts';
import { revisionsIn, sourcesOf, type Revisions, type Spec } from './sources.ts';
import { shutWindowOf, type SyncWindow } from './syncWindows.ts';

const API = 'argoproj.io/v1alpha1';
const REFRESH = 'argocd.argoproj.io/refresh';
/** Name of our `info` entry in an operation. */
const INFO = 'request';

/** Argo CD by the Application objects of one namespace. */
export function createArgoCd(cluster: Cluster, namespace: string): ArgoCd {
  const refOf = (name: string): ObjectRef => ({ apiVersion: API, kind: 'Application', namespace, name });

  async function read(name: string): Promise<KubernetesObject> {
    const object = await cluster.get(refOf(name));
    if (object !== undefined) return object;
    throw new RegistrarError({
      system: 'Argo CD',
      kind: 'NotFound',
      message: `cluster ${cluster.name} has no Application ${namespace}/${name}`,
      remedy:
        'Correct argocd or authentik.application in registrar.yaml, or application of the consumer that the registration names.',
    });
  }

  return {
    async application(name) {
      return stateOf(await read(name));
    },
    async refresh(name, kind) {
      const current = await read(name);
      // A request that the controller overlooked is not seen again unless the object changes: the other kind is asked for.
      const asked = current.metadata.annotations?.[REFRESH];
      const value = asked === 'normal' || (kind === 'hard' && asked === undefined) ? 'hard' : 'normal';
      await cluster.mergePatch(refOf(name), { metadata: { annotations: { [REFRESH]: value } } });
    },
    async sync(request) {
      const current = await read(request.application);
      if (stateOf(current).busy) return 'busy';
      try {
        await cluster.jsonPatch(refOf(request.application), [
          // A request that arrives late must not deploy what has been taken back in the meantime.
          { op: 'test', path: '/metadata/resourceVersion', value: current.metadata.resourceVersion },
          { op: 'test', path: '/operation', value: null },
          { op: 'add', path: '/operation', value: operationOf(request, current) },
        ]);
        return 'accepted';
      } catch (error) {
        // A second operation written while one waits would be lost without a word: the test keeps ours back.
        if (error instanceof RegistrarError && error.kind === 'Conflict') return 'busy';
        throw error;
      }
    },
    async shutWindow(name) {
      const application = await read(name);
      // An empty one means the same to Argo CD as none.
      const project = (application['spec'].project as string | undefined) || 'default';
      const object = await cluster.get({ apiVersion: API, kind: 'AppProject', namespace, name: project });
      const windows = (object?.['spec'].syncWindows ?? []) as SyncWindow[];
      const { destination } = stateOf(application);
      return shutWindowOf(
        windows,
        { name, namespace: destination.namespace ?? '', cluster: [destination.server ?? '', destination.name ?? ''] },
        new Date(),
      );
    },
  };
}

/** In place of endless ones; as often Argo CD retries an automated sync of which the Application says nothing. */
const RETRIES = 5;

interface SyncPolicy {
  readonly syncOptions?: readonly string[] | null;
  readonly retry?: { readonly limit?: number; readonly backoff?: unknown } | null;
}

/**
 * The controller reads options and retries from the operation alone: whoever writes one copies them from the Application, as
 * `argocd app sync` and automated sync do (Argo CD 3.5, `server/application` and `controller/appcontroller.go`).
 */
function operationOf(request: SyncRequest, application: KubernetesObject): unknown {
  const { syncOptions, retry } = (application['spec'].syncPolicy ?? {}) as SyncPolicy;
  return {
    info: [{ name: INFO, value: request.id }],
    initiatedBy: { username: 'oidc-registrar' },
    ...(retry === undefined || retry === null ? {} : { retry: retriesOf(retry) }),
    sync: {
      ...revisionOf(request, stateOf(application)),
      prune: request.prune,
      ...(syncOptions === undefined || syncOptions === null ? {} : { syncOptions }),
      ...(request.resources === undefined
        ? {}
        : {
            resources: request.resources.map(({ group, kind, name, namespace }) => ({ group, kind, name, namespace })),
          }),
    },
  };
}

/**
 * Several sources have a list of revisions, one by position; an empty one is what the Application says. The source positions of
 * Argo CD's own API are made into such a list by its server (Argo CD 3.5, `server/application` and `controller/state.go`).
 */
function revisionOf({ revision, isOf = () => true }: SyncRequest, { byPosition, sources }: ApplicationState): object {
  return byPosition ? { revisions: sources.map((source) => (isOf(source) ? revision : '')) } : { revision };
}

/**
 * An undo waits for the operation's end, so it must have one: no endless retries. `refresh` is left out, for by it a retry deploys
 * the newest commit of the target revision instead of the one that was asked for.
 */
function retriesOf({ limit = 0, backoff }: NonNullable<SyncPolicy['retry']>): unknown {
  return {
    limit: limit < 0 ? RETRIES : limit,
    ...(backoff === undefined || backoff === null ? {} : { backoff }),
  };
}

interface Info {
  readonly name: string;
  readonly value: string;
}

interface OperationState {
  readonly phase: SyncOperation['phase'];
  readonly message?: string;
  readonly startedAt?: string;
  readonly operation?: {
    readonly info?: readonly Info[];
    readonly sync?: Revisions & { readonly resources?: SyncOperation['resources'] };
  };
  readonly syncResult?: Revisions & {
    readonly resources?: readonly Partial<SyncOperation['results'][number]>[];
  };
}

function stateOf(object: KubernetesObject): ApplicationState {
  const { spec } = object as KubernetesObject & { spec: Record<string, unknown> };
  const automated = (spec['syncPolicy'] as { automated?: { enabled?: boolean; selfHeal?: boolean } | null } | undefined)
    ?.automated;
  const status = (object['status'] ?? {}) as {
    sync?: Revisions & { status?: string };
    resources?: Record<string, unknown>[];
    conditions?: { type?: string; message?: string }[];
    operationState?: OperationState;
  };
  const last = status.operationState;
  return {
    name: object.metadata.name,
    madeBy: object.metadata.ownerReferences?.find(({ kind }) => kind === 'ApplicationSet')?.name,
    ...sourcesOf(spec, status.sync),
    automated: automated !== undefined && automated !== null && automated.enabled !== false,
    selfHeal: automated?.selfHeal === true,
    destination: spec['destination'] ?? {},
    busy: object['operation'] !== undefined || last?.phase === 'Running' || last?.phase === 'Terminating',
    lastOperation: last === undefined ? undefined : operationStateOf(last, spec),
    syncStatus: status.sync?.status ?? 'Unknown',
    resources: (status.resources ?? []).map((row) => ({
      group: String(row['group'] ?? ''),
      kind: String(row['kind'] ?? ''),
      namespace: String(row['namespace'] ?? ''),
      name: String(row['name'] ?? ''),
      status: String(row['status'] ?? 'Unknown'),
      requiresPruning: row['requiresPruning'] === true,
    })),
    comparisonError: comparisonErrorOf(status.conditions ?? []),
    refreshRequested: object.metadata.annotations?.[REFRESH] !== undefined,
  };
}

function operationStateOf(state: OperationState, spec: Spec): SyncOperation {
  return {
    id: state.operation?.info?.find((entry) => entry.name === INFO)?.value,
    phase: state.phase,
    message: masked(state.message ?? ''),
    revisions: revisionsIn(spec, state.syncResult ?? state.operation?.sync),
    startedAt: state.startedAt ?? '',
    resources: state.operation?.sync?.resources,
    results: (state.syncResult?.resources ?? []).map((row) => ({
      group: row.group ?? '',
      kind: row.kind ?? '',
      name: row.name ?? '',
      status: row.status ?? '',
      message: masked(row.message ?? ''),
    })),
  };
}
