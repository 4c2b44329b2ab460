import { RegistrarError } from '../../core/base/errors.ts';
import type { Secret } from '../../core/base/secret.ts';
import type { Authentik, ChangeableKind, DeletableKind, FindModel, TokenPermissions } from './authentik.ts';
import { Connection, nothing, row, rows, type AuthentikOptions, type Lister, type RawResponse } from './connection.ts';
import { find } from './find.ts';
import type * as GoAuthentik from './library.ts';
import * as oauth from './oauthProbes.ts';
import * as read from './rows.ts';
import { KEY, needed, TEXT, type Row } from './shape.ts';
import { secretDialect } from './secretDialect.ts';
import * as secrets from './secrets.ts';
import { provingRefusals, tokenPermissions } from './tokenPermissions.ts';
import { unlessCrashed } from './usedBy.ts';

export type { AuthentikOptions } from './connection.ts';

/**
 * Authentik through its generated client `@goauthentik/api`: paths and parameters are the client's, bodies are read raw,
 * for its models lose the microseconds by which freshness is told.
 */
export async function createAuthentik(options: AuthentikOptions): Promise<Authentik> {
  const library = await import('./library.ts');
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
    return this.#connection.json(
      'read the version',
      () => admin.adminVersionRetrieveRaw(),
      row((found) => needed(found, 'version_current', TEXT)),
    );
  }

  secretDialect() {
    return secretDialect(this.#connection);
  }

  secretsNamed(name: string) {
    return secrets.secretsNamed(this.#connection, name);
  }

  secretByPk(pk: string) {
    return secrets.secretByPk(this.#connection, pk);
  }

  permissions(instancePk: string | undefined): Promise<TokenPermissions> {
    return tokenPermissions(this.#connection, instancePk);
  }

  find(model: FindModel, key: string): Promise<readonly string[]> {
    return find(this.#connection, model, key);
  }

  application(slug: string) {
    const request = () => this.#core.coreApplicationsRetrieveRaw({ slug });
    return this.#connection.optional(`read application ${slug}`, request, row(read.toApplication));
  }

  async providerByName(name: string) {
    const found = await this.#connection.all(
      `find provider ${name}`,
      (page) => this.#providers.providersOauth2ListRaw({ name, ...page }),
      read.toProvider,
    );
    return found.find((provider) => provider.name === name);
  }

  async providerByClientId(clientId: string) {
    const found = await this.#connection.all(
      `find client id ${clientId}`,
      (page) => this.#providers.providersOauth2ListRaw({ clientId, ...page }),
      read.toProvider,
    );
    return found.find((provider) => provider.clientId === clientId);
  }

  providerByPk(pk: number) {
    const request = () => this.#providers.providersOauth2RetrieveRaw({ id: pk });
    return this.#connection.optional(`read provider ${pk}`, request, row(read.toProvider));
  }

  async bindings(applicationPk: string) {
    const found = await this.#connection.all(
      'read bindings',
      (page) => this.#policies.policiesBindingsListRaw({ target: applicationPk, ...page }),
      read.toBinding,
    );
    return found.filter(({ target }) => target === applicationPk).toSorted((a, b) => a.order - b.order);
  }

  async group(name: string) {
    const found = await this.#connection.all(
      `find group ${name}`,
      (page) => this.#core.coreGroupsListRaw({ name, includeUsers: true, ...page }),
      read.toGroup,
    );
    return found.find((group) => group.name === name);
  }

  groupByPk(pk: string) {
    const request = () => this.#core.coreGroupsRetrieveRaw({ groupUuid: pk, includeUsers: false });
    return this.#connection.optional(`read group ${pk}`, request, row(read.toGroupHead));
  }

  async user(username: string) {
    const found = await this.#connection.all(
      `find user ${username}`,
      (page) => this.#core.coreUsersListRaw({ username, ...page }),
      read.toUser,
    );
    return found.find((user) => user.username === username);
  }

  async instancesByPath(path: string) {
    const found = await this.#connection.all(
      `find blueprint ${path}`,
      (page) => this.#managed.managedBlueprintsListRaw({ path, ...page }),
      read.toInstance,
    );
    return found.filter((instance) => instance.path === path);
  }

  async instancesByName(name: string) {
    const found = await this.#connection.all(
      `find blueprint "${name}"`,
      (page) => this.#managed.managedBlueprintsListRaw({ name, ...page }),
      read.toInstance,
    );
    return found.filter((instance) => instance.name === name);
  }

  available() {
    const request = () => this.#managed.managedBlueprintsAvailableListRaw();
    return whileStarting(() => this.#connection.json('list available blueprints', request, rows(read.toFile)));
  }

  createInstance(name: string, path: string) {
    const request = () =>
      this.#managed.managedBlueprintsCreateRaw({ blueprintInstanceRequest: { name, path, enabled: true } });
    return this.#connection.json(`create the instance of ${path}`, request, row(read.toInstance));
  }

  async enableInstance(pk: string, path: string): Promise<void> {
    await this.#connection.json(
      `enable the instance of ${path}`,
      () =>
        this.#managed.managedBlueprintsPartialUpdateRaw({
          instanceUuid: pk,
          patchedBlueprintInstanceRequest: { path, enabled: true },
        }),
      row(read.toInstance),
      'Give the role of its user change_blueprintinstance, or enable the instance in the admin interface.',
    );
  }

  async apply(pk: string): Promise<void> {
    const request = () => this.#managed.managedBlueprintsApplyCreateRaw({ instanceUuid: pk });
    await this.#connection.json('apply the blueprint', request, row(read.toInstance), MAY_APPLY);
  }

  async applyTasks(pk: string) {
    const found = await this.#tasksOf({ relObjId: pk, ordering: '-mtime' }, (task) => ({
      actor: needed(task, 'actor_name', TEXT),
      ...read.toTask(task),
    }));
    return found.filter(({ actor }) => actor.endsWith('.apply_blueprint')).map(({ actor: _actor, ...task }) => task);
  }

  async discoveryWarnings() {
    const actorName = 'authentik.blueprints.v1.tasks.blueprints_discovery';
    const [newest] = await this.#tasksOf({ actorName, ordering: '-mtime' }, read.toTask);
    return newest === undefined ? [] : newest.warnings;
  }

  #tasksOf<T>(query: GoAuthentik.TasksTasksListRequest, reader: (task: Row) => T): Promise<readonly T[]> {
    const list: Lister = (page) => this.#tasks.tasksTasksListRaw({ ...query, ...page });
    return this.#connection.firstPage('read tasks', list, reader);
  }

  async usedBy(kind: DeletableKind, id: string | number) {
    const text = String(id);
    if (kind === 'secret') return secrets.usersOfSecret(this.#connection, text);
    const asks: Record<typeof kind, () => Promise<RawResponse>> = {
      application: () => this.#core.coreApplicationsUsedByListRaw({ slug: text }),
      provider: () => this.#providers.providersOauth2UsedByListRaw({ id: Number(id) }),
      group: () => this.#core.coreGroupsUsedByListRaw({ groupUuid: text }),
      user: () => this.#core.coreUsersUsedByListRaw({ id: Number(id) }),
      blueprint: () => this.#managed.managedBlueprintsUsedByListRaw({ instanceUuid: text }),
    };
    const what = `ask who uses ${kind} ${text}`;
    const users = await unlessCrashed(this.#connection, kind, async () => {
      return (await this.#connection.optional(what, asks[kind], rows(read.toUsedBy))) ?? [];
    });
    if ('lacking' in users) return users;
    // Authentik lists the group of a user twice.
    return [...new Map(users.map((user) => [`${user.app}.${user.model} ${user.pk}`, user])).values()];
  }

  async lackingForUsedBy(): Promise<readonly string[]> {
    const one = { page: 1, pageSize: 1 };
    const [group] = await this.#connection.firstPage(
      'find a group',
      () => this.#core.coreGroupsListRaw({ includeUsers: false, ...one }),
      read.toGroupHead,
    );
    const [user] = await this.#connection.firstPage('find a user', () => this.#core.coreUsersListRaw(one), read.toUser);
    const answers = [
      group === undefined ? [] : await this.usedBy('group', group.pk),
      user === undefined ? [] : await this.usedBy('user', user.pk),
    ];
    return [...new Set(answers.flatMap((answer) => ('lacking' in answer ? answer.lacking : [])))];
  }

  async remove(kind: DeletableKind, id: string | number): Promise<void> {
    const text = String(id);
    if (kind === 'secret') return secrets.removeSecret(this.#connection, text);
    const deletions: Record<typeof kind, () => Promise<RawResponse>> = {
      application: () => this.#core.coreApplicationsDestroyRaw({ slug: text }),
      provider: () => this.#providers.providersOauth2DestroyRaw({ id: Number(id) }),
      group: () => this.#core.coreGroupsDestroyRaw({ groupUuid: text }),
      user: () => this.#core.coreUsersDestroyRaw({ id: Number(id) }),
      blueprint: () => this.#managed.managedBlueprintsDestroyRaw({ instanceUuid: text }),
    };
    await provingRefusals(this.#connection, DELETES[kind], async () =>
      this.#connection.optional(`delete ${kind} ${text}`, deletions[kind], nothing),
    );
  }

  async removeBinding(pk: string): Promise<void> {
    const request = () => this.#policies.policiesBindingsDestroyRaw({ policyBindingUuid: pk });
    await provingRefusals(this.#connection, 'authentik_policies.delete_policybinding', async () =>
      this.#connection.optional(`delete policy binding ${pk}`, request, nothing),
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
    const { app, model } = MODEL_OF[kind];
    await provingRefusals(this.#connection, `${app}.change_${model}`, async () =>
      this.#connection.json(
        `change ${kind} ${text}`,
        requests[kind],
        row((changed) => needed(changed, 'pk', KEY)),
        `Give the role of its user change_${model}, or put the values back in the admin interface.`,
      ),
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

/** The list is a worker's answer: the server gives up after a while and says no more than 500. */
async function whileStarting<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.status !== 500) throw error;
    throw new RegistrarError({
      system: 'Authentik',
      kind: 'Unavailable',
      status: 500,
      message: 'no Authentik worker answers yet: the list of blueprint files is answered with 500',
      remedy:
        "A worker that has started needs up to a minute. If it lasts, see the worker's log: one bad blueprint file breaks the list, too.",
    });
  }
}

const MODEL_OF: Readonly<Record<ChangeableKind, { readonly app: string; readonly model: string }>> = {
  application: { app: 'authentik_core', model: 'application' },
  provider: { app: 'authentik_providers_oauth2', model: 'oauth2provider' },
  binding: { app: 'authentik_policies', model: 'policybinding' },
  user: { app: 'authentik_core', model: 'user' },
};

const DELETES: Readonly<Record<Exclude<DeletableKind, 'secret'>, string>> = {
  application: 'authentik_core.delete_application',
  provider: 'authentik_providers_oauth2.delete_oauth2provider',
  group: 'authentik_core.delete_group',
  user: 'authentik_core.delete_user',
  blueprint: 'authentik_blueprints.delete_blueprintinstance',
};

const MAY_APPLY =
  'Give the role of its user view_ and add_blueprintinstance, globally or on this instance, or neither: then discovery applies.';
