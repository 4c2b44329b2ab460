import type { ServerResponse } from 'node:http';
import type { KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import type { Faults } from './faults.ts';
import { startStandIn, type StandIn, type StandInAnswer, type StandInRequest } from './http.ts';
import { jsonPatch, mergePatch } from './kubernetes/patch.ts';
import {
  ApiError,
  apiVersionOf,
  qualified,
  RESOURCE_KINDS,
  Store,
  type ResourceKind,
  type Stored,
} from './kubernetes/store.ts';

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
    handle: (request) => answer(store, request, options.tokens),
    stream: (request, response) => watch(store, request, response),
  });
  return {
    ...standIn,
    store,
    kubeconfig: (token) => kubeconfigOf(options.cluster, standIn.url, token),
  };
}

function answer(store: Store, request: StandInRequest, tokens: readonly string[] | undefined): StandInAnswer {
  try {
    if (tokens !== undefined && !tokens.some((token) => request.headers.authorization === `Bearer ${token}`)) {
      throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    }
    return discovery(request.path) ?? serve(store, request);
  } catch (error) {
    if (error instanceof ApiError) return failure(error);
    if (error instanceof SyntaxError)
      return failure(new ApiError(400, 'BadRequest', 'the object provided is unrecognized: not JSON'));
    throw error;
  }
}

interface Target {
  readonly kind: ResourceKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly sub: string | undefined;
}

function targetOf(path: string): Target {
  const match =
    /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    );
  const [, group = '', version, namespace, plural, name, sub] = match ?? [];
  const kind = RESOURCE_KINDS.find(
    (candidate) => candidate.group === group && candidate.version === version && candidate.plural === plural,
  );
  if (kind === undefined) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  return { kind, namespace, name: name === undefined ? undefined : decodeURIComponent(name), sub };
}

function serve(store: Store, request: StandInRequest): StandInAnswer {
  const target = targetOf(request.path);
  const { kind, namespace = '', name } = target;
  const part = target.sub === 'status' ? 'status' : 'main';
  const body = (): Stored => JSON.parse(request.body) as Stored;
  if (name === undefined) {
    if (request.method === 'GET') return { status: 200, body: listOf(store, target, request.query) };
    if (request.method === 'POST') return { status: 201, body: store.create(kind, namespace || 'default', body()) };
  } else {
    switch (request.method) {
      case 'GET':
        return { status: 200, body: store.get(kind, namespace, name) };
      case 'PUT':
        return { status: 200, body: store.replace(kind, namespace, body(), part) };
      case 'PATCH':
        return {
          status: 200,
          body: store.replace(kind, namespace, patched(store.get(kind, namespace, name), request), part),
        };
      case 'DELETE': {
        const options =
          request.body === ''
            ? {}
            : (JSON.parse(request.body) as { preconditions?: { resourceVersion?: string; uid?: string } });
        return { status: 200, body: store.delete(kind, namespace, name, options.preconditions) };
      }
    }
  }
  throw new ApiError(
    405,
    'MethodNotAllowed',
    `the server does not allow this method on the requested resource (${qualified(kind)})`,
  );
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
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json`,
  );
}

function unversioned(object: Stored): Stored {
  const { resourceVersion: _ignored, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function listOf(store: Store, { kind, namespace }: Target, query: URLSearchParams): unknown {
  const labels = selector(query.get('labelSelector'));
  const fields = selector(query.get('fieldSelector'));
  const items = store
    .list(kind, namespace)
    .filter((object) => Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value))
    .filter((object) => Object.entries(fields).every(([path, value]) => fieldOf(object, path) === value));
  return {
    apiVersion: apiVersionOf(kind),
    kind: `${kind.kind}List`,
    metadata: { resourceVersion: String(store.version) },
    items,
  };
}

function selector(text: string | null): Record<string, string> {
  const parts = (text ?? '').split(',').filter((part) => part !== '');
  return Object.fromEntries(parts.map((part) => part.split(/==?/) as [string, string]));
}

function fieldOf(object: KubernetesObject, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
}

/** A watch from now on: what is there first, then each change by comparison. A version from before this server is too old. */
function watch(store: Store, request: StandInRequest, response: ServerResponse): boolean {
  const asked = request.query.get('watch');
  if (request.method !== 'GET' || (asked !== '1' && asked !== 'true')) return false;
  const target = targetOf(request.path);
  const since = Number(request.query.get('resourceVersion') ?? '0');
  response.writeHead(200, { 'content-type': 'application/json' });
  const send = (type: string, object: unknown): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  if (since > 0 && since < 1000) {
    send('ERROR', statusBody(new ApiError(410, 'Expired', `too old resource version: ${since} (${store.version})`)));
    response.end();
    return true;
  }
  const known = new Map<string, Stored>();
  const look = (first: boolean): void => {
    const now = new Map(store.list(target.kind, target.namespace).map((object) => [object.metadata.uid ?? '', object]));
    for (const [uid, object] of now) {
      const before = known.get(uid);
      const version = Number(object.metadata.resourceVersion);
      if (before === undefined && (!first || version > since)) send('ADDED', object);
      else if (before !== undefined && before.metadata.resourceVersion !== object.metadata.resourceVersion)
        send('MODIFIED', object);
      known.set(uid, object);
    }
    for (const [uid, object] of known) {
      if (now.has(uid)) continue;
      send('DELETED', object);
      known.delete(uid);
    }
  };
  look(true);
  store.onChange(() => {
    if (!response.writableEnded && !response.destroyed) look(false);
  });
  return true;
}

function discovery(path: string): StandInAnswer | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  if (path === '/api') return { status: 200, body: { kind: 'APIVersions', versions: ['v1'] } };
  if (path === '/version') return { status: 200, body: { major: '1', minor: '34', gitVersion: 'v1.34.0-sandbox' } };
  if (match === null) return undefined;
  const resources = RESOURCE_KINDS.filter((kind) => kind.group === (match[1] ?? '') && kind.version === match[2]).map(
    (kind) => ({
      name: kind.plural,
      singularName: kind.kind.toLowerCase(),
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    }),
  );
  const groupVersion = match[1] === undefined ? match[2] : `${match[1]}/${match[2]}`;
  return resources.length === 0
    ? undefined
    : { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources } };
}

function statusBody(error: ApiError): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    code: error.code,
  };
}

function failure(error: ApiError): StandInAnswer {
  return { status: error.code, body: statusBody(error) };
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
