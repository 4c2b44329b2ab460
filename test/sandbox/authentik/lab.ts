import { startAuthentik, type AuthentikStandIn } from '../../../sandbox/authentik/authentik.ts';
import type { TokenGrant } from '../../../sandbox/authentik/permissions.ts';
import type { Instance, Rows } from '../../../sandbox/authentik/state.ts';
import type { AuthentikWorkerPod } from '../../../sandbox/authentik/authentikWorkers.ts';
import { Faults } from '../../../sandbox/faults/faults.ts';

export const ADMIN_TOKEN = 'token-of-the-administrator';
export const LIMITED_TOKEN = 'token-of-the-job';
/** What `OIDC_DEMO_SECRET` held when the recordings were made. */
export const SECRET = 'DummySecretOneAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** A worker pod whose files a test writes. */
export class Pod implements AuthentikWorkerPod {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #files: Map<string, string>;
  readonly #changed: (name: string) => void;

  constructor(
    name: string,
    files: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>>,
    changed: (name: string) => void,
  ) {
    this.name = name;
    this.env = env;
    this.#files = new Map(Object.entries(files));
    this.#changed = changed;
  }

  files(): ReadonlyMap<string, string> {
    return this.#files;
  }

  write(path: string, text: string): void {
    this.#files.set(path, text);
    this.#changed(this.name);
  }

  remove(path: string): void {
    this.#files.delete(path);
    this.#changed(this.name);
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What the job's token may do; a test changes it as an administrator would. */
class Grant implements TokenGrant {
  readonly username = 'oidc-registrar';
  superuser = false;
  permissions = new Set<string>();
  objects = new Map<string, Set<string>>();
}

/** The stand-in, its worker pods and two tokens: an administrator's and the job's, which may do nothing at first. */
export class Lab {
  readonly standIn: AuthentikStandIn;
  readonly faults: Faults;
  readonly grant: Grant;
  readonly version: string;
  readonly pods: Pod[] = [];

  private constructor(standIn: AuthentikStandIn, faults: Faults, grant: Grant, version: string) {
    this.standIn = standIn;
    this.faults = faults;
    this.grant = grant;
    this.version = version;
  }

  static async start(version = '2026.5.0', applyMs = 1): Promise<Lab> {
    const faults = new Faults();
    const grant = new Grant();
    const admin = { username: 'akadmin', superuser: true, permissions: new Set<string>() };
    const standIn = await startAuthentik({
      faults,
      version,
      tokens: { [ADMIN_TOKEN]: admin, [LIMITED_TOKEN]: grant },
      timings: { watcherMs: 1, applyMs },
    });
    return new Lab(standIn, faults, grant, version);
  }

  get url(): string {
    return this.standIn.url;
  }

  get rows(): Rows {
    return this.standIn.database.rows;
  }

  async close(): Promise<void> {
    await this.standIn.close();
  }

  /** Starts a pod and waits until Authentik has taken up its files. */
  async pod(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<Pod> {
    const pod = new Pod(`worker-${Math.random()}`, files, env, (name) => this.standIn.filesChanged(name));
    this.pods.push(pod);
    this.standIn.workerStarted(pod);
    await this.settled();
    return pod;
  }

  async settled(): Promise<void> {
    await this.standIn.pool.settled();
  }

  instance(path: string): Instance {
    const found = this.rows.instances.find((row) => row.path === path);
    if (found === undefined) throw new Error(`no instance of ${path}`);
    return found;
  }

  /** A group made by hand. */
  group(name: string): string {
    const pk = crypto.randomUUID();
    this.rows.groups.push({ pk, name, is_superuser: false });
    return pk;
  }

  async ask(method: string, path: string, init: RequestInit & { readonly token?: string } = {}): Promise<Answer> {
    const { token, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const response = await fetch(`${this.url}${path}`, { ...rest, method, headers, redirect: 'manual' });
    const text = await response.text();
    const json = response.headers.get('content-type')?.endsWith('json') === true;
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  /** Asks for an apply as the administrator, and waits until it has run. */
  async apply(path: string): Promise<void> {
    await this.ask('POST', `/api/v3/managed/blueprints/${this.instance(path).pk}/apply/`, { token: ADMIN_TOKEN });
    await this.settled();
  }
}
