import type { Configuration, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { FIELD_MANAGER } from '../../core/kubernetes/managedFields.ts';
import { rememberAuthorization } from '../../core/masking/masked.ts';
import { NO_ATTEMPT, type Attempt } from '../attempt.ts';
import { foreignRefusal, NoAnswer, pagesOf } from '../httpAnswer.ts';
import { allowedIn, assertDeleted, isSuccess, objectOf, pageOf, refusalOf, send, type Answer } from './apiAnswer.ts';
import type { Cluster, JsonPatch, KubernetesObject, ObjectRef } from './cluster.ts';
import { Connections } from './connections.ts';
import { type Library, loadLibrary } from './library.ts';
import { describe, pathOf, refOf } from './paths.ts';
import { inServedVersion } from './servedVersion.ts';
import { rememberData } from './remembered.ts';

export interface ClusterOptions {
  readonly name: string;
  /** Path of a kubeconfig; KUBECONFIG, ~/.kube/config or the pod's own account where absent. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly timeoutMs: number;
  /** By this name `managedFields` show what is written; that of the job where absent. */
  readonly fieldManager?: string;
  /** In whose name it writes. */
  readonly attempt?: Attempt;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Sent = readonly [
  method: Method,
  path: string,
  body?: unknown,
  type?: string,
  query?: Readonly<Record<string, string>>,
];

/**
 * A named cluster through `@kubernetes/client-node`: its kubeconfig, credentials and TLS, with plain JSON bodies. The
 * typed clients drop fields that they do not know and have no time limit. Throws `BadInput` on a kubeconfig that cannot be used.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  const library = await loadLibrary();
  const { config, server } = load(library, options);
  return inServedVersion(new ClientNodeCluster(options, config, library, server));
}

/** Address of the cluster's API server, without asking it. Throws as {@link createCluster} does. */
export async function serverOf(options: ClusterOptions): Promise<string> {
  return load(await loadLibrary(), options).server;
}

function load(library: Library, options: ClusterOptions): { readonly config: KubeConfig; readonly server: string } {
  const config = new library.KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(options.kubeconfig);
    if (options.context !== undefined) config.setCurrentContext(options.context);
  } catch (error) {
    throw configError(options, firstLine(error));
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw configError(options, `it has no context "${options.context ?? config.getCurrentContext()}"`);
  return { config, server };
}

/** A YAML parser shows the lines around the mistake, and beside a mistake stands a token: the first line has none. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function configError(options: ClusterOptions, why: string): RegistrarError {
  return new RegistrarError({
    system: 'Kubernetes',
    kind: 'BadInput',
    message: `cluster ${options.name}: the kubeconfig cannot be used: ${why}`,
    remedy: `Correct clusters.${options.name} in registrar.yaml.`,
  });
}

/** Where a review is asked for: a POST that makes nothing. */
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const REVIEW = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {} };

class ClientNodeCluster implements Cluster {
  readonly name: string;
  readonly #options: ClusterOptions;
  readonly #library: Library;
  readonly #configuration: Configuration;
  readonly #server: string;
  readonly #connections = new Connections();
  #config: KubeConfig;

  constructor(options: ClusterOptions, config: KubeConfig, library: Library, server: string) {
    this.name = options.name;
    this.#options = options;
    this.#library = library;
    this.#server = server;
    this.#config = config;
    this.#configuration = library.createConfiguration({
      baseServer: new library.ServerConfiguration(server, {}),
      authMethods: { default: config },
    });
  }

  async allows(rule: Parameters<Cluster['allows']>[0]): Promise<boolean> {
    const { verb, group, resource, name, namespace } = rule;
    const review = { resourceAttributes: { verb, group, resource, name, namespace } };
    const what = 'ask what the identity may do';
    const answer = await this.#send('POST', REVIEWS, { ...REVIEW, spec: review });
    try {
      return allowedIn(this.#success(answer, what));
    } catch (error) {
      throw this.#misunderstood(error, what);
    }
  }

  async get(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    const answer = await this.#send('GET', pathOf(ref, ref.name));
    return isAbsent(answer) ? undefined : this.#object(answer, `get ${describe(ref)}`, ref);
  }

  async list(kind: Parameters<Cluster['list']>[0]): Promise<readonly KubernetesObject[]> {
    const what = `list ${kind.kind} in ${kind.namespace ?? 'all namespaces'}`;
    const items: KubernetesObject[] = [];
    const page = async (token: string) => {
      const query: Record<string, string> = { limit: '500' };
      if (kind.labelSelector !== undefined) query['labelSelector'] = kind.labelSelector;
      if (kind.fieldSelector !== undefined) query['fieldSelector'] = kind.fieldSelector;
      if (token !== '') query['continue'] = token;
      return pageOf(this.#success(await this.#send('GET', pathOf(kind), undefined, undefined, query), what), kind);
    };
    try {
      for await (const some of pagesOf('', page)) items.push(...some);
    } catch (error) {
      throw this.#misunderstood(error, what);
    }
    return items;
  }

  async create(object: KubernetesObject): Promise<KubernetesObject> {
    const answer = await this.#send('POST', pathOf(refOf(object)), object);
    if (object.kind === 'Binding' && isSuccess(answer)) return object;
    return this.#object(answer, `create ${describe(refOf(object))}`, refOf(object));
  }

  async replace(object: KubernetesObject): Promise<KubernetesObject> {
    const ref = refOf(object);
    const answer = await this.#send('PUT', pathOf(ref, ref.name), object);
    return this.#object(answer, `update ${describe(ref)}`, ref);
  }

  async mergePatch(ref: ObjectRef, patch: unknown): Promise<KubernetesObject> {
    const answer = await this.#send('PATCH', pathOf(ref, ref.name), patch, 'application/merge-patch+json');
    return this.#object(answer, `patch ${describe(ref)}`, ref);
  }

  async jsonPatch(ref: ObjectRef, patch: JsonPatch): Promise<KubernetesObject> {
    const answer = await this.#send('PATCH', pathOf(ref, ref.name), patch, 'application/json-patch+json');
    return this.#object(answer, `patch ${describe(ref)}`, ref);
  }

  async delete(ref: ObjectRef, options?: Parameters<Cluster['delete']>[1]): Promise<void> {
    const { gracePeriodSeconds, ...preconditions } = options ?? {};
    const body =
      options === undefined
        ? undefined
        : { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, gracePeriodSeconds };
    const answer = await this.#send('DELETE', pathOf(ref, ref.name), body);
    if (isAbsent(answer)) return;
    const what = `delete ${describe(ref)}`;
    try {
      assertDeleted(this.#success(answer, what), ref);
    } catch (error) {
      throw this.#misunderstood(error, what);
    }
  }

  /** A 401 is answered before anything is done: credentials may have been renewed since they were read, so it is sent once more. */
  async #send(...request: Sent): Promise<Answer> {
    const answer = await this.#sendOnce(...request);
    if (answer.status !== 401 || !this.#readAnew()) return answer;
    return this.#sendOnce(...request);
  }

  /** Whether credentials were read anew. A kubeconfig that cannot be used now, or that names another server, is left alone. */
  #readAnew(): boolean {
    try {
      const { config, server } = load(this.#library, this.#options);
      if (server !== this.#server) return false;
      this.#config = config;
      return true;
    } catch (error) {
      if (error instanceof RegistrarError) return false;
      throw error;
    }
  }

  async #sendOnce(...[method, path, body, type = 'application/json', query = {}]: Sent): Promise<Answer> {
    const { HttpMethod } = this.#library;
    try {
      const request = this.#configuration.baseServer.makeRequestContext(path, HttpMethod[method]);
      request.setHeaderParam('Accept', 'application/json');
      for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value);
      if (method === 'POST' || method === 'PUT' || method === 'PATCH')
        request.setQueryParam('fieldManager', this.#options.fieldManager ?? FIELD_MANAGER);
      if (body !== undefined) {
        request.setHeaderParam('Content-Type', type);
        request.setBody(JSON.stringify(body));
      }
      await this.#authenticate(request);
      const { timeoutMs, attempt = NO_ATTEMPT } = this.#options;
      const writes = method !== 'GET' && path !== REVIEWS;
      const limitMs = writes ? await attempt.timeFor(timeoutMs) : timeoutMs;
      return await send(request, this.#connections, AbortSignal.timeout(limitMs));
    } catch (error) {
      if (error instanceof NoAnswer) throw this.#misunderstood(error, `${method} ${path}`);
      throw error instanceof RegistrarError ? error : this.#unavailable(method, path, error);
    }
  }

  async #authenticate(request: RequestContext): Promise<void> {
    try {
      await this.#config.applySecurityAuthentication(request);
      rememberAuthorization(request.getHeaders()['Authorization']);
    } catch (error) {
      throw new RegistrarError({
        system: 'Kubernetes',
        kind: 'Unavailable',
        message: `cluster ${this.name}: no credentials can be had (${codeOf(error)})`,
        remedy: `Look at the user that clusters.${this.name} names in its kubeconfig: its exec plugin, files or token.`,
      });
    }
  }

  #object(answer: Answer, what: string, ref: ObjectRef): KubernetesObject {
    try {
      const object = objectOf(this.#success(answer, what), ref);
      rememberData(object);
      return object;
    } catch (error) {
      throw this.#misunderstood(error, what);
    }
  }

  /** The answer, where it is one that says that all went well. */
  #success(answer: Answer, what: string): Answer {
    const { status } = answer;
    if (status >= 200 && status < 300) return answer;
    const said = refusalOf(answer);
    const foreign = foreignRefusal(status, answer.text);
    if (said === undefined && NEEDS_STATUS.has(status)) throw new NoAnswer(foreign, status);
    const { message = '', reason = '' } = said ?? {};
    // What an API server says of a Secret may quote its values.
    const words =
      said === undefined
        ? `the API server ${foreign}`
        : `${status} ${/ Secret /.test(what) ? (/^\w*$/.exec(reason)?.[0] ?? '') : message}`;
    throw new RegistrarError({
      system: 'Kubernetes',
      kind: kindOf(status, message),
      status,
      message: `cluster ${this.name}: cannot ${what}: ${words}`.trim(),
      remedy: remedyOf(status, this.name),
    });
  }

  /** Something in front answers, or an API that does not have the kind. */
  #misunderstood(error: unknown, what: string): unknown {
    if (!(error instanceof NoAnswer)) return error;
    return new RegistrarError({
      system: 'Kubernetes',
      kind: 'Unavailable',
      ...(error.status === undefined ? {} : { status: error.status }),
      message: `cluster ${this.name}: cannot ${what}: the API server ${error.message}`,
      remedy: `See what stands in front of the API server of clusters.${this.name}, and that this kind is installed there.`,
    });
  }

  /** A client error may hold the request with its token: only its code passes. */
  #unavailable(method: string, path: string, error: unknown): RegistrarError {
    const code = codeOf(error);
    const why = /Abort|Timeout/.test(code) ? `within ${this.#options.timeoutMs} ms` : `(${code})`;
    return new RegistrarError({
      system: 'Kubernetes',
      kind: 'Unavailable',
      message: `cluster ${this.name} does not answer ${method} ${path} ${why}`,
      remedy: `See that the API server of clusters.${this.name} can be reached.`,
    });
  }
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(typeof code === 'string' ? code : (name ?? 'unknown'));
}

/** What an API server says with a Status. A proxy in front may well refuse (401, 403), limit (429), or be alone (5xx). */
const NEEDS_STATUS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 404, 405, 409, 410, 415, 422]);

/** A proxy's 404, or that of a server which does not know the kind, does not say that there is none. */
function isAbsent(answer: Answer): boolean {
  return answer.status === 404 && refusalOf(answer)?.reason === 'NotFound';
}

/** How the server words a JSON patch that does not apply, a failed test included; invalid values are worded otherwise. */
const PATCH_FAILED = /^the server rejected our request due to an error in our request/;

function kindOf(status: number, said: string): ErrorKind {
  if (status === 401 || status === 403) return 'Unauthorized';
  if (status === 404) return 'NotFound';
  if (status === 409 || (status === 422 && PATCH_FAILED.test(said))) return 'Conflict';
  // 410: the pages of a list were too slow to fetch; from the start it works again.
  if (status === 410 || status === 429 || status >= 500) return 'Unavailable';
  return 'BadInput';
}

function remedyOf(status: number, cluster: string): string {
  if (status === 401 || status === 403)
    return `Give the identity of clusters.${cluster} the roles of deploy/rbac.yaml.`;
  if (status === 409) return 'Somebody wrote at the same time; it is tried again on what is there now.';
  if (status === 400 || status === 422) return 'The API refuses the value; see its words.';
  return `See the API server of cluster ${cluster}.`;
}
