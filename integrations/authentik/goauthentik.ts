import type * as GoAuthentik from '@goauthentik/api';
import type { Secret } from '../../core/secret.ts';
import type { Authentik, ChangeableKind, DeletableKind, FindModel, TokenPermissions } from './authentik.ts';
import { Connection, type AuthentikOptions, type Lister, type RawResponse } from './connection.ts';
import * as oauth from './oauthProbes.ts';
import * as rows from './rows.ts';
import type { Row } from './rows.ts';
import { tokenPermissions } from './tokenPermissions.ts';

export type { AuthentikOptions } from './connection.ts';

/**
 * Authentik through its generated client `@goauthentik/api`: paths and parameters are the client's, bodies are read raw,
 * for its models lose the microseconds by which freshness is told.
 */
export async function createAuthentik(options: AuthentikOptions): Promise<Authentik> {
  const library = await import('@goauthentik/api');
  return new ApiAuthentik(new Connection(options, library));
}

class ApiAuthentik implements Authentik {
  readonly #connection: Connection;
  readonly #managed: GoAuthentik.ManagedApi;
  readonly #core: GoAuthentik.CoreApi;
  readonly #providers: GoAuthentik.ProvidersApi;
  readonly #policies: GoAuthentik.PoliciesApi;
  readonly #tasks: GoAuthentik.TasksApi;

  constructor(connection: Connection) {
    const { library, configuration } = connection;
    this.#connection = connection;
    this.#managed = new library.ManagedApi(configuration);
    this.#core = new library.CoreApi(configuration);
    this.#providers = new library.ProvidersApi(configuration);
    this.#policies = new library.PoliciesApi(configuration);
    this.#tasks = new library.TasksApi(configuration);
  }

  async version(): Promise<string> {
    const admin = new this.#connection.library.AdminApi(this.#connection.configuration);
    const row = (await this.#connection.json('read the version', () => admin.adminVersionRetrieveRaw())) as Row;
    return String(row['version_current']);
  }

  permissions(instancePk: string | undefined): Promise<TokenPermissions> {
    return tokenPermissions(this.#connection, instancePk);
  }

  async find(model: FindModel, key: string): Promise<readonly string[]> {
    const { library, configuration } = this.#connection;
    switch (model) {
      case 'flow': {
        const flows = new library.FlowsApi(configuration);
        return this.#pks(`find flow ${key}`, 'slug', key, (page) =>
          flows.flowsInstancesListRaw({ slug: key, ...page }),
        );
      }
      case 'certificate': {
        const crypto = new library.CryptoApi(configuration);
        return this.#pks(`find certificate ${key}`, 'name', key, (page) =>
          crypto.cryptoCertificatekeypairsListRaw({ name: key, ...page }),
        );
      }
      case 'scopeMapping': {
        const mappings = new library.PropertymappingsApi(configuration);
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
    return (await this.#connection.all(what, list)).filter((row) => row[field] === key).map((row) => String(row['pk']));
  }

  async application(slug: string) {
    const row = await this.#connection.row(`read application ${slug}`, () =>
      this.#core.coreApplicationsRetrieveRaw({ slug }),
    );
    return row === undefined ? undefined : rows.toApplication(row);
  }

  async providerByName(name: string) {
    const found = await this.#connection.all(`find provider ${name}`, (page) =>
      this.#providers.providersOauth2ListRaw({ name, ...page }),
    );
    const row = found.find((candidate) => candidate['name'] === name);
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async providerByClientId(clientId: string) {
    const found = await this.#connection.all(`find client id ${clientId}`, (page) =>
      this.#providers.providersOauth2ListRaw({ clientId, ...page }),
    );
    const row = found.find((candidate) => candidate['client_id'] === clientId);
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async providerByPk(pk: number) {
    const row = await this.#connection.row(`read provider ${pk}`, () =>
      this.#providers.providersOauth2RetrieveRaw({ id: pk }),
    );
    return row === undefined ? undefined : rows.toProvider(row);
  }

  async bindings(applicationPk: string) {
    const found = await this.#connection.all('read bindings', (page) =>
      this.#policies.policiesBindingsListRaw({ target: applicationPk, ...page }),
    );
    return found
      .filter((row) => row['target'] === applicationPk)
      .map(rows.toBinding)
      .toSorted((a, b) => a.order - b.order);
  }

  async group(name: string) {
    const found = await this.#connection.all(`find group ${name}`, (page) =>
      this.#core.coreGroupsListRaw({ name, includeUsers: true, ...page }),
    );
    const row = found.find((candidate) => candidate['name'] === name);
    return row === undefined ? undefined : rows.toGroup(row);
  }

  async groupByPk(pk: string) {
    const row = await this.#connection.row(`read group ${pk}`, () =>
      this.#core.coreGroupsRetrieveRaw({ groupUuid: pk, includeUsers: false }),
    );
    return row === undefined ? undefined : rows.toGroup(row);
  }

  async user(username: string) {
    const found = await this.#connection.all(`find user ${username}`, (page) =>
      this.#core.coreUsersListRaw({ username, ...page }),
    );
    const row = found.find((candidate) => candidate['username'] === username);
    return row === undefined ? undefined : rows.toUser(row);
  }

  async instancesByPath(path: string) {
    const found = await this.#connection.all(`find blueprint ${path}`, (page) =>
      this.#managed.managedBlueprintsListRaw({ path, ...page }),
    );
    return found.filter((row) => row['path'] === path).map(rows.toInstance);
  }

  async instancesByName(name: string) {
    const found = await this.#connection.all(`find blueprint "${name}"`, (page) =>
      this.#managed.managedBlueprintsListRaw({ name, ...page }),
    );
    return found.filter((row) => row['name'] === name).map(rows.toInstance);
  }

  async available() {
    const found = (await this.#connection.json('list available blueprints', () =>
      this.#managed.managedBlueprintsAvailableListRaw(),
    )) as readonly Row[];
    return found.map(rows.toFile);
  }

  async createInstance(name: string, path: string) {
    const row = await this.#connection.json(`create the instance of ${path}`, () =>
      this.#managed.managedBlueprintsCreateRaw({ blueprintInstanceRequest: { name, path, enabled: true } }),
    );
    return rows.toInstance(row as Row);
  }

  async enableInstance(pk: string, path: string): Promise<void> {
    await this.#connection.json(
      `enable the instance of ${path}`,
      () =>
        this.#managed.managedBlueprintsPartialUpdateRaw({
          instanceUuid: pk,
          patchedBlueprintInstanceRequest: { path, enabled: true },
        }),
      'Give the role of its user change_blueprintinstance, or enable the instance in the admin interface.',
    );
  }

  async apply(pk: string): Promise<void> {
    await this.#connection.json(
      'apply the blueprint',
      () => this.#managed.managedBlueprintsApplyCreateRaw({ instanceUuid: pk }),
      MAY_APPLY,
    );
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

  async #tasksOf(query: GoAuthentik.TasksTasksListRequest): Promise<readonly Row[]> {
    return this.#connection.firstPage('read tasks', (page) => this.#tasks.tasksTasksListRaw({ ...query, ...page }));
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
    const found = await this.#connection.optional(`ask who uses ${kind} ${text}`, asks[kind]);
    const users = ((found ?? []) as readonly Row[]).map(rows.toUsedBy);
    // Authentik lists the group of a user twice.
    return [...new Map(users.map((user) => [`${user.app}.${user.model} ${user.pk}`, user])).values()];
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
    await this.#connection.optional(`delete ${kind} ${text}`, deletions[kind]);
  }

  async removeBinding(pk: string): Promise<void> {
    await this.#connection.optional(`delete policy binding ${pk}`, () =>
      this.#policies.policiesBindingsDestroyRaw({ policyBindingUuid: pk }),
    );
  }

  async change(kind: ChangeableKind, id: string | number, values: Row): Promise<void> {
    const text = String(id);
    // The models drop what they do not know, so the body goes as it is; the client makes JSON of it.
    const body = (): Promise<RequestInit> =>
      Promise.resolve({ body: values as unknown as NonNullable<RequestInit['body']> });
    const requests: Record<ChangeableKind, () => Promise<RawResponse>> = {
      application: () =>
        this.#core.coreApplicationsPartialUpdateRaw({ slug: text, patchedApplicationRequest: {} }, body),
      provider: () =>
        this.#providers.providersOauth2PartialUpdateRaw({ id: Number(id), patchedOAuth2ProviderRequest: {} }, body),
      binding: () =>
        this.#policies.policiesBindingsPartialUpdateRaw(
          { policyBindingUuid: text, patchedPolicyBindingRequest: {} },
          body,
        ),
      user: () => this.#core.coreUsersPartialUpdateRaw({ id: Number(id), patchedUserRequest: {} }, body),
    };
    await this.#connection.json(
      `change ${kind} ${text}`,
      requests[kind],
      `Give the role of its user change_${MODEL_OF[kind]}, or put the values back in the admin interface.`,
    );
  }

  testSecret(clientId: string, secret: Secret) {
    return oauth.testSecret(this.#connection, clientId, secret);
  }

  testRedirectUri(clientId: string, redirectUri: string, scopes: readonly string[]) {
    return oauth.testRedirectUri(this.#connection, clientId, redirectUri, scopes);
  }

  discoveryDocument(slug: string) {
    return oauth.discoveryDocument(this.#connection, slug);
  }
}

const MODEL_OF: Readonly<Record<ChangeableKind, string>> = {
  application: 'application',
  provider: 'oauth2provider',
  binding: 'policybinding',
  user: 'user',
};

const MAY_APPLY =
  'Give the role of its user view_ and add_blueprintinstance, globally or on this instance, or neither: then discovery applies.';
