import { randomBytes } from 'node:crypto';
import type * as GoAuthentik from '@goauthentik/api';
import { RegistrarError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { Authentik, DeletableKind, FindModel, TokenPermissions } from './authentik.ts';
import { refusalError, unavailable } from './errors.ts';
import * as rows from './rows.ts';
import type { Row } from './rows.ts';

export interface AuthentikOptions {
  readonly url: string;
  readonly token: Secret;
  readonly timeoutMs: number;
}

const PAGE_SIZE = 100;

interface RawResponse {
  readonly raw: Response;
}

/**
 * Authentik through its generated client `@goauthentik/api`: paths and parameters are the client's, bodies are read raw,
 * for its models lose the microseconds by which freshness is told.
 */
export async function createAuthentik(options: AuthentikOptions): Promise<Authentik> {
  const library = await import('@goauthentik/api');
  return new ApiAuthentik(options, library);
}

class ApiAuthentik implements Authentik {
  readonly #options: AuthentikOptions;
  readonly #base: string;
  readonly #library: typeof GoAuthentik;
  readonly #managed: GoAuthentik.ManagedApi;
  readonly #core: GoAuthentik.CoreApi;
  readonly #providers: GoAuthentik.ProvidersApi;
  readonly #policies: GoAuthentik.PoliciesApi;
  readonly #tasks: GoAuthentik.TasksApi;

  constructor(options: AuthentikOptions, library: typeof GoAuthentik) {
    this.#options = options;
    this.#library = library;
    this.#base = options.url.replace(/\/$/, '');
    const configuration = this.#configuration();
    this.#managed = new library.ManagedApi(configuration);
    this.#core = new library.CoreApi(configuration);
    this.#providers = new library.ProvidersApi(configuration);
    this.#policies = new library.PoliciesApi(configuration);
    this.#tasks = new library.TasksApi(configuration);
  }

  #configuration(): GoAuthentik.Configuration {
    const { token, timeoutMs } = this.#options;
    return new this.#library.Configuration({
      basePath: `${this.#base}/api/v3`,
      headers: { Authorization: `Bearer ${token.reveal()}` },
      fetchApi: (input: string | URL | Request, init?: RequestInit) =>
        fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(timeoutMs) }),
    });
  }

  async version(): Promise<string> {
    const admin = new this.#library.AdminApi(this.#configuration());
    const row = (await this.#json('read the version', () => admin.adminVersionRetrieveRaw())) as Row;
    return String(row['version_current']);
  }

  async permissions(): Promise<TokenPermissions> {
    const me = (await this.#json("read the token's user", () => this.#core.coreUsersMeRetrieveRaw())) as { user?: Row };
    if (me.user?.['is_superuser'] === true) return { missingView: [], apply: 'global', missingDelete: [] };
    const missingView = await this.#missingView();
    const apply = (await this.#mayCreateInstances()) ? 'global' : 'none';
    return { missingView, apply, missingDelete: undefined };
  }

  /** A list that the token may not see is answered 403. */
  async #missingView(): Promise<readonly string[]> {
    const one = { pageSize: 1 };
    const probes: readonly (readonly [string, () => Promise<RawResponse>])[] = [
      ['authentik_blueprints.view_blueprintinstance', () => this.#managed.managedBlueprintsListRaw(one)],
      ['authentik_providers_oauth2.view_oauth2provider', () => this.#providers.providersOauth2ListRaw(one)],
      ['authentik_policies.view_policybinding', () => this.#policies.policiesBindingsListRaw(one)],
      ['authentik_core.view_group', () => this.#core.coreGroupsListRaw(one)],
      ['authentik_core.view_user', () => this.#core.coreUsersListRaw(one)],
      ['authentik_tasks.view_task', () => this.#tasks.tasksTasksListRaw(one)],
    ];
    const missing: string[] = [];
    for (const [name, probe] of probes) {
      try {
        await this.#json(`list with ${name}`, probe);
      } catch (error) {
        if (!(error instanceof RegistrarError) || error.kind !== 'Unauthorized') throw error;
        missing.push(name);
      }
    }
    return missing;
  }

  /**
   * An instance without a name is refused for its fields where the token may add one, and with 403 where it may not: the
   * permission is looked at first. Nothing is made either way.
   */
  async #mayCreateInstances(): Promise<boolean> {
    try {
      await this.#json('probe add_blueprintinstance', () =>
        this.#managed.managedBlueprintsCreateRaw({ blueprintInstanceRequest: { name: '', path: '' } }),
      );
      return true;
    } catch (error) {
      if (error instanceof RegistrarError && error.status === 400) return true;
      if (error instanceof RegistrarError && error.kind === 'Unauthorized') return false;
      throw error;
    }
  }

  async find(model: FindModel, key: string): Promise<readonly string[]> {
    switch (model) {
      case 'flow': {
        const flows = new this.#library.FlowsApi(this.#configuration());
        return this.#pks(`find flow ${key}`, 'slug', key, (page) =>
          flows.flowsInstancesListRaw({ slug: key, ...page }),
        );
      }
      case 'certificate': {
        const crypto = new this.#library.CryptoApi(this.#configuration());
        return this.#pks(`find certificate ${key}`, 'name', key, (page) =>
          crypto.cryptoCertificatekeypairsListRaw({ name: key, ...page }),
        );
      }
      case 'scopeMapping': {
        const mappings = new this.#library.PropertymappingsApi(this.#configuration());
        return this.#pks(`find scope mapping ${key}`, 'scope_name', key, (page) =>
          mappings.propertymappingsProviderScopeListRaw({ scopeName: key, ...page }),
        );
      }
      case 'group':
        return this.#pks(`find group ${key}`, 'name', key, (page) =>
          this.#core.coreGroupsListRaw({ name: key, ...page }),
        );
    }
  }

  async #pks(what: string, field: string, key: string, list: Lister): Promise<readonly string[]> {
    return (await this.#all(what, list)).filter((row) => row[field] === key).map((row) => String(row['pk']));
  }

  async application(slug: string) {
    const row = await this.#orUndefined(`read application ${slug}`, () =>
      this.#core.coreApplicationsRetrieveRaw({ slug }),
    );
    return row === undefined ? undefined : rows.toApplication(row);
  }

  async providerByName(name: string) {
    const found = await this.#all(`find provider ${name}`, (page) =>
      this.#providers.providersOauth2ListRaw({ name, ...page }),
    );
    const row = found.find((candidate) => candidate['name'] === name);
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async providerByClientId(clientId: string) {
    const found = await this.#all(`find client id ${clientId}`, (page) =>
      this.#providers.providersOauth2ListRaw({ clientId, ...page }),
    );
    const row = found.find((candidate) => candidate['client_id'] === clientId);
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async providerByPk(pk: number) {
    const row = await this.#orUndefined(`read provider ${pk}`, () =>
      this.#providers.providersOauth2RetrieveRaw({ id: pk }),
    );
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async bindings(applicationPk: string) {
    const found = await this.#all('read bindings', (page) =>
      this.#policies.policiesBindingsListRaw({ target: applicationPk, ...page }),
    );
    return found
      .filter((row) => row['target'] === applicationPk)
      .map(rows.toBinding)
      .toSorted((a, b) => a.order - b.order);
  }

  async group(name: string) {
    const found = await this.#all(`find group ${name}`, (page) =>
      this.#core.coreGroupsListRaw({ name, includeUsers: true, ...page }),
    );
    const row = found.find((candidate) => candidate['name'] === name);
    return row === undefined ? undefined : rows.toGroup(row);
  }

  async user(username: string) {
    const found = await this.#all(`find user ${username}`, (page) =>
      this.#core.coreUsersListRaw({ username, ...page }),
    );
    const row = found.find((candidate) => candidate['username'] === username);
    return row === undefined ? undefined : rows.toUser(row);
  }

  async instancesByPath(path: string) {
    const found = await this.#all(`find blueprint ${path}`, (page) =>
      this.#managed.managedBlueprintsListRaw({ path, ...page }),
    );
    return found.filter((row) => row['path'] === path).map(rows.toInstance);
  }

  async instancesByName(name: string) {
    const found = await this.#all(`find blueprint "${name}"`, (page) =>
      this.#managed.managedBlueprintsListRaw({ name, ...page }),
    );
    return found.filter((row) => row['name'] === name).map(rows.toInstance);
  }

  async available() {
    const found = (await this.#json('list available blueprints', () =>
      this.#managed.managedBlueprintsAvailableListRaw(),
    )) as readonly Row[];
    return found.map(rows.toFile);
  }

  async createInstance(name: string, path: string) {
    const row = await this.#json(`create the instance of ${path}`, () =>
      this.#managed.managedBlueprintsCreateRaw({ blueprintInstanceRequest: { name, path, enabled: true } }),
    );
    return rows.toInstance(row as Row);
  }

  async apply(pk: string): Promise<void> {
    await this.#json('apply the blueprint', () => this.#managed.managedBlueprintsApplyCreateRaw({ instanceUuid: pk }));
  }

  async applyTasks(pk: string) {
    const found = await this.#tasksOf({ relObjId: pk, ordering: '-mtime' });
    return found.filter((row) => String(row['actor_name']).endsWith('.apply_blueprint')).map(rows.toTask);
  }

  async discoveryWarnings(): Promise<readonly string[]> {
    const found = await this.#tasksOf({
      actorName: 'authentik.blueprints.v1.tasks.blueprints_discovery',
      ordering: '-mtime',
    });
    const newest = found[0];
    return newest === undefined ? [] : rows.warningsOf(rows.logsOf(newest));
  }

  /** The newest page: tasks pile up, and only the newest matter. */
  async #tasksOf(query: GoAuthentik.TasksTasksListRequest): Promise<readonly Row[]> {
    const page = (await this.#json('read tasks', () =>
      this.#tasks.tasksTasksListRaw({ ...query, pageSize: PAGE_SIZE }),
    )) as Page;
    return page.results ?? [];
  }

  async usedBy(kind: DeletableKind, id: string | number) {
    const text = String(id);
    const asks: Record<DeletableKind, () => Promise<RawResponse>> = {
      application: () => this.#core.coreApplicationsUsedByListRaw({ slug: text }),
      provider: () => this.#providers.providersOauth2UsedByListRaw({ id: Number(id) }),
      group: () => this.#core.coreGroupsUsedByListRaw({ groupUuid: text }),
      user: () => this.#core.coreUsersUsedByListRaw({ id: Number(id) }),
      blueprint: () => this.#managed.managedBlueprintsUsedByListRaw({ instanceUuid: text }),
    };
    const found = await this.#optional(`ask who uses ${kind} ${text}`, asks[kind]);
    return ((found ?? []) as readonly Row[]).map(rows.toUsedBy);
  }

  async remove(kind: DeletableKind, id: string | number): Promise<void> {
    const text = String(id);
    const deletions: Record<DeletableKind, () => Promise<RawResponse | { raw: Response }>> = {
      application: () => this.#core.coreApplicationsDestroyRaw({ slug: text }),
      provider: () => this.#providers.providersOauth2DestroyRaw({ id: Number(id) }),
      group: () => this.#core.coreGroupsDestroyRaw({ groupUuid: text }),
      user: () => this.#core.coreUsersDestroyRaw({ id: Number(id) }),
      blueprint: () => this.#managed.managedBlueprintsDestroyRaw({ instanceUuid: text }),
    };
    await this.#optional(`delete ${kind} ${text}`, deletions[kind]);
  }

  async testSecret(clientId: string, secret: Secret): Promise<'right' | 'wrong'> {
    if (!/^[\x21-\x7e]*$/.test(secret.reveal())) {
      throw new RegistrarError({
        system: 'Authentik',
        kind: 'Refused',
        message: 'a client secret with characters beyond printable ASCII breaks the login and cannot be tested',
        remedy: 'Put another value into the vault field.',
      });
    }
    // A random token: revoking is harmless where the token is nobody's.
    const form = new URLSearchParams({
      token: randomBytes(24).toString('hex'),
      client_id: clientId,
      client_secret: secret.reveal(),
    });
    const response = await this.#plain('test the client secret', '/application/o/revoke/', {
      method: 'POST',
      body: form,
    });
    if (response.status === 200) return 'right';
    if (response.status === 401) return 'wrong';
    throw refusalError('test the client secret', { status: response.status, body: '' });
  }

  async testRedirectUri(clientId: string, redirectUri: string, scopes: readonly string[]) {
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: scopes.join(' '),
      state: randomBytes(8).toString('hex'),
    });
    const response = await this.#plain('test the redirect URI', `/application/o/authorize/?${query.toString()}`, {
      redirect: 'manual',
    });
    if (response.status === 400) return 'rejected' as const;
    const location = response.headers.get('location') ?? '';
    if (response.status !== 302) throw refusalError('test the redirect URI', { status: response.status, body: '' });
    return /[?&]error=/.test(location) ? ('grantMissing' as const) : ('accepted' as const);
  }

  async discoveryDocument(slug: string) {
    const path = `/application/o/${encodeURIComponent(slug)}/.well-known/openid-configuration`;
    const response = await this.#plain('read the discovery document', path, {});
    if (response.status === 404) return undefined;
    if (!response.ok)
      throw refusalError('read the discovery document', { status: response.status, body: await response.text() });
    const document = (await response.json()) as Row;
    return {
      issuer: String(document['issuer']),
      authorizationEndpoint: String(document['authorization_endpoint']),
      tokenEndpoint: String(document['token_endpoint']),
    };
  }

  /** Beyond the API, without the token. */
  async #plain(what: string, path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, { ...init, signal: AbortSignal.timeout(this.#options.timeoutMs) });
    } catch (error) {
      throw unavailable(what, error);
    }
  }

  async #json(what: string, request: () => Promise<RawResponse>): Promise<unknown> {
    try {
      const { raw } = await request();
      return raw.status === 204 ? undefined : await raw.json();
    } catch (error) {
      if (error instanceof this.#library.ResponseError) {
        throw refusalError(what, { status: error.response.status, body: await error.response.text() });
      }
      throw unavailable(what, error);
    }
  }

  async #optional(what: string, request: () => Promise<RawResponse>): Promise<unknown> {
    try {
      return await this.#json(what, request);
    } catch (error) {
      if (error instanceof RegistrarError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #orUndefined(what: string, request: () => Promise<RawResponse>): Promise<Row | undefined> {
    return (await this.#optional(what, request)) as Row | undefined;
  }

  async #all(what: string, list: Lister): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (let page = 1; page > 0;) {
      const answer = (await this.#json(what, () => list({ page, pageSize: PAGE_SIZE }))) as Page;
      found.push(...(answer.results ?? []));
      page = answer.pagination?.next ?? 0;
    }
    return found;
  }
}

interface Page {
  readonly results?: readonly Row[];
  readonly pagination?: { readonly next?: number };
}

type Lister = (page: { readonly page: number; readonly pageSize: number }) => Promise<RawResponse>;
