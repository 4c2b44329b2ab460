import type { ServerResponse } from 'node:http';
import { parse } from 'yaml';
import type { Faults } from '../faults/faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from '../kit/http.ts';
import { assertAllowed, deniedBy, reviewed } from './access.ts';
import { discovery } from './discovery.ts';
import { listOf } from './list.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { failure, targetOf, type Target } from './request.ts';
import { ApiError } from './apiError.ts';
import { qualified } from './resourceKinds.ts';
import { Store, type Stored } from './store.ts';
import { isWatch, watch } from './watch.ts';

export interface KubernetesOptions {
  readonly cluster: string;
  readonly faults: Faults;
  /** Bearer tokens that are let in; anyone where absent. */
  readonly tokens?: readonly string[];
  /** Tokens of controllers: no fault strikes them. */
  readonly exempt?: readonly string[];
}

export interface KubernetesStandIn extends StandIn {
  readonly store: Store;
  /** A kubeconfig for this server, as text. */
  kubeconfig(token: string): string;
}

/** A stand-in for one cluster's API server: CRUD, patches, status subresources, conflicts, watches and garbage collection. */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesStandIn> {
  const store = new Store();
  const standIn = await startStandIn({
    system: `kubernetes/${options.cluster}`,
    faults: options.faults,
    ...(options.exempt === undefined ? {} : { exempt: options.exempt }),
    conflict: () =>
      failure(new ApiError(409, 'Conflict', 'Operation cannot be fulfilled: the object has been modified')),
    handle: (request) => answered(() => answer(store, request, options)),
    stream: (request, response) => {
      if (!isWatch(request) || !isLetIn(request, options.tokens)) return false;
      return answeredByWatch(store, request, response);
    },
  });
  return {
    ...standIn,
    store,
    kubeconfig: (token) => kubeconfigOf(options.cluster, standIn.url, token),
  };
}

function answered(work: () => StandInAnswer): StandInAnswer {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return failure(error);
    if (error instanceof SyntaxError)
      return failure(new ApiError(400, 'BadRequest', 'the object provided is unrecognized: not JSON'));
    throw error;
  }
}

/** False for a watch of what does not exist: it is answered as any request is. */
function answeredByWatch(store: Store, request: StandInRequest, response: ServerResponse): boolean {
  try {
    watch(store, request, response);
    return true;
  } catch (error) {
    if (error instanceof ApiError && !response.headersSent) return false;
    throw error;
  }
}

function isLetIn(request: StandInRequest, tokens: readonly string[] | undefined): boolean {
  return tokens === undefined || tokens.some((token) => request.headers.authorization === `Bearer ${token}`);
}

function answer(store: Store, request: StandInRequest, options: KubernetesOptions): StandInAnswer {
  const { cluster, faults, tokens, exempt } = options;
  if (!isLetIn(request, tokens)) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const denies = deniedBy(faults, cluster);
  const known = discovery(request.path) ?? reviewed(request, denies) ?? bound(store, request);
  if (known !== undefined) return known;
  const target = targetOf(request.path);
  if (exempt === undefined || !isLetIn(request, exempt)) assertAllowed(request, target, denies);
  const done = target.name === undefined ? ofAll(store, request, target) : ofOne(store, request, target, target.name);
  if (done !== undefined) return done;
  throw new ApiError(
    405,
    'MethodNotAllowed',
    `the server does not allow this method on the requested resource (${qualified(target.kind)})`,
  );
}

interface DeleteOptions {
  readonly preconditions?: { resourceVersion?: string; uid?: string };
  readonly gracePeriodSeconds?: number;
}

const BINDINGS = /^\/api\/v1\/namespaces\/([^/]+)\/bindings$/;

/** What a scheduler says of a pod; undefined for any other request. */
function bound(store: Store, { method, path, body }: StandInRequest): StandInAnswer | undefined {
  const [, namespace] = BINDINGS.exec(path) ?? [];
  if (namespace === undefined || method !== 'POST') return undefined;
  store.bind(namespace, JSON.parse(body) as Stored);
  return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

function ofAll(store: Store, request: StandInRequest, target: Target): StandInAnswer | undefined {
  if (request.method === 'GET') return { status: 200, body: listOf(store, target, request.query) };
  if (request.method !== 'POST') return undefined;
  const body = JSON.parse(request.body) as Stored;
  return { status: 201, body: store.create(target.kind, target.namespace ?? 'default', body, managerOf(request)) };
}

function ofOne(store: Store, request: StandInRequest, target: Target, name: string): StandInAnswer | undefined {
  const { kind, namespace = '' } = target;
  const part = target.sub === 'status' ? 'status' : 'main';
  switch (request.method) {
    case 'GET':
      return { status: 200, body: store.read(kind, namespace, name) };
    case 'PUT': {
      const body = JSON.parse(request.body) as Stored;
      if (body.metadata?.name !== name)
        throw new ApiError(
          400,
          'BadRequest',
          `the name of the object (${body.metadata?.name}) does not match the name on the URL (${name})`,
        );
      return { status: 200, body: store.replace(kind, namespace, body, { part, manager: managerOf(request) }) };
    }
    case 'PATCH': {
      if (isApply(request)) return applyOne(store, request, target, name);
      const next = patched(store.get(kind, namespace, name), request);
      return { status: 200, body: store.replace(kind, namespace, next, { part, manager: managerOf(request) }) };
    }
    case 'DELETE': {
      const options: DeleteOptions = request.body === '' ? {} : (JSON.parse(request.body) as DeleteOptions);
      const { preconditions, gracePeriodSeconds } = options;
      return { status: 200, body: store.delete(kind, namespace, name, preconditions, gracePeriodSeconds) };
    }
    default:
      return undefined;
  }
}

/** A client that names none is known by the beginning of its User-Agent. */
function managerOf({ query, headers }: StandInRequest): string {
  return query.get('fieldManager') ?? (headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
}

function isApply({ headers }: StandInRequest): boolean {
  return (headers['content-type'] ?? '').startsWith('application/apply-patch+yaml');
}

/** Server-side apply; the object is made where it is not there. */
function applyOne(store: Store, request: StandInRequest, target: Target, name: string): StandInAnswer {
  const { kind, namespace = '' } = target;
  const manager = request.query.get('fieldManager');
  if (manager === null)
    throw new ApiError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const object = parse(request.body) as Stored;
  if (object.metadata.managedFields !== undefined)
    throw new ApiError(400, 'BadRequest', 'metadata.managedFields must be nil');
  const options = { manager, force: request.query.get('force') === 'true', dryRun: request.query.has('dryRun') };
  const there = store.list(kind, namespace).some((each) => each.metadata.name === name);
  if (there) return { status: 200, body: store.apply(kind, namespace, object, options) };
  return { status: 201, body: store.applyNew(kind, namespace, object, options) };
}

function patched(current: Stored, request: StandInRequest): Stored {
  const type = request.headers['content-type'] ?? '';
  const body: unknown = JSON.parse(request.body);
  if (type.startsWith('application/merge-patch+json')) {
    const version = (body as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
    const result = mergePatch(current, body) as Stored;
    return version === undefined ? unversioned(result) : result;
  }
  if (type.startsWith('application/json-patch+json'))
    return unversioned(jsonPatch(current, body as Parameters<typeof jsonPatch>[1]) as Stored);
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
  );
}

function unversioned(object: Stored): Stored {
  const { resourceVersion: _ignored, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** The client refuses plain HTTP unless it is told not to mind TLS. */
function kubeconfigOf(cluster: string, server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster,
    clusters: [{ name: cluster, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: cluster, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user: cluster } }],
  });
}
