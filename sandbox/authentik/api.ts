import type { StandInAnswer, StandInRequest } from '../http.ts';
import { readBlueprint, UnreadableError } from './importer.ts';
import { mayDo, type TokenGrant } from './permissions.ts';
import {
  applicationOut,
  bindingOut,
  groupOut,
  instanceOut,
  providerOut,
  taskOut,
  userOut,
  type Version,
} from './rowsOut.ts';
import { deleteApplication, deleteGroup, deleteProvider, deleteUser, type Instance, type Rows } from './state.ts';
import { sha512, type WorkerPool } from './worker.ts';

export interface ApiContext {
  readonly database: { rows: Rows };
  readonly pool: WorkerPool;
  readonly version: () => Version;
  readonly tokens: ReadonlyMap<string, TokenGrant>;
}

const FORBIDDEN: StandInAnswer = {
  status: 403,
  body: { detail: 'You do not have permission to perform this action.' },
};
const NOT_FOUND = (model: string): StandInAnswer => ({
  status: 404,
  body: { detail: `No ${model} matches the given query.` },
});
const GONE: StandInAnswer = { status: 204 };

interface Call {
  readonly context: ApiContext;
  readonly rows: Rows;
  readonly request: StandInRequest;
  readonly grant: TokenGrant;
  /** What stands between the slashes after the collection. */
  readonly rest: readonly string[];
}

type Handler = (call: Call) => StandInAnswer;

/** API v3. A missing or wrong token is answered 403, not 401. */
export function answerApi(context: ApiContext, request: StandInRequest): StandInAnswer {
  const header = request.headers.authorization;
  if (header === undefined) return { status: 403, body: { detail: 'Authentication credentials were not provided.' } };
  const grant = context.tokens.get(header.replace(/^Bearer /, ''));
  if (grant === undefined) return { status: 403, body: { detail: 'Token invalid/expired' } };
  const path = request.path.replace(/^\/api\/v3\//, '');
  const route = ROUTES.find(([prefix]) => path.startsWith(prefix));
  if (route === undefined) return { status: 404, body: { detail: 'Not found.' } };
  const rest = path
    .slice(route[0].length)
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  return route[1]({ context, rows: context.database.rows, request, grant, rest });
}

const ROUTES: readonly (readonly [string, Handler])[] = [
  ['admin/version/', version],
  ['core/users/me/', me],
  ['managed/blueprints/', blueprints],
  ['core/applications/', applications],
  ['providers/oauth2/', providers],
  ['core/groups/', groups],
  ['core/users/', users],
  ['policies/bindings/', bindings],
  ['tasks/tasks/', tasks],
  ['flows/instances/', fixtures('authentik_flows.flow', 'slug', 'view_flow')],
  ['crypto/certificatekeypairs/', fixtures('authentik_crypto.certificatekeypair', 'name', 'view_certificatekeypair')],
  [
    'propertymappings/provider/scope/',
    fixtures('authentik_providers_oauth2.scopemapping', 'scope_name', 'view_scopemapping'),
  ],
];

function page(call: Call, found: readonly unknown[], autocomplete: unknown = {}): StandInAnswer {
  const size = Number(call.request.query.get('page_size') ?? '20');
  const current = Number(call.request.query.get('page') ?? '1');
  const total = Math.max(1, Math.ceil(found.length / size));
  const results = found.slice((current - 1) * size, current * size);
  const pagination = {
    next: current < total ? current + 1 : 0,
    previous: current - 1,
    count: found.length,
    current,
    total_pages: total,
    start_index: (current - 1) * size + (results.length > 0 ? 1 : 0),
    end_index: (current - 1) * size + results.length,
  };
  return { status: 200, body: { pagination, results, autocomplete } };
}

/** Rows whose fields equal the query's; other query parameters are not filters. */
function filtered<T extends object>(call: Call, list: readonly T[], fields: readonly string[]): readonly T[] {
  return list.filter((row) =>
    fields.every((field) => {
      const wanted = call.request.query.get(field);
      return wanted === null || String((row as Record<string, unknown>)[field]) === wanted;
    }),
  );
}

function body(call: Call): Record<string, unknown> {
  return call.request.body === '' ? {} : (JSON.parse(call.request.body) as Record<string, unknown>);
}

function version(call: Call): StandInAnswer {
  const { text } = call.context.version();
  return {
    status: 200,
    body: {
      version_current: text,
      version_latest: text,
      version_latest_valid: true,
      build_hash: '',
      outdated: false,
      outpost_outdated: false,
    },
  };
}

function me({ grant, rows }: Call): StandInAnswer {
  const user = rows.users.find((row) => row.username === grant.username);
  const { username } = grant;
  return {
    status: 200,
    body: {
      user: {
        pk: user?.pk ?? 0,
        username,
        name: username,
        is_active: true,
        is_superuser: grant.superuser,
        groups: [],
        email: '',
        system_permissions: [],
      },
    },
  };
}

function blueprints(call: Call): StandInAnswer {
  const { context, rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (pk === 'available') return available(context);
  if (pk === undefined) {
    if (request.method === 'POST') return mayDo(grant, 'add_blueprintinstance') ? createInstance(call) : FORBIDDEN;
    if (!mayDo(grant, 'view_blueprintinstance')) return FORBIDDEN;
    return page(call, filtered(call, rows.instances, ['path', 'name']).map(instanceOut));
  }
  const instance = rows.instances.find((row) => row.pk === pk);
  if (instance === undefined) return NOT_FOUND('BlueprintInstance');
  if (sub === 'apply') {
    if (!mayDo(grant, 'add_blueprintinstance')) return FORBIDDEN;
    context.pool.enqueueApply(instance);
    return { status: 200, body: instanceOut(instance) };
  }
  if (!mayDo(grant, 'view_blueprintinstance')) return FORBIDDEN;
  if (sub === 'used_by') return { status: 200, body: [] };
  if (request.method === 'GET') return { status: 200, body: instanceOut(instance) };
  if (request.method === 'PATCH')
    return mayDo(grant, 'change_blueprintinstance') ? patchInstance(call, instance) : FORBIDDEN;
  if (request.method === 'DELETE') {
    if (!mayDo(grant, 'delete_blueprintinstance')) return FORBIDDEN;
    rows.instances = rows.instances.filter((row) => row !== instance);
    return GONE;
  }
  return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
}

/** Answered by a worker: what is on its disk now. */
function available(context: ApiContext): StandInAnswer {
  const pod = context.pool.any();
  if (pod === undefined) return { status: 200, body: [] };
  const files = [...pod.files()]
    .filter(([path]) => path.endsWith('.yaml'))
    .flatMap(([path, text]) => {
      const meta = metadataOf(text);
      return meta === undefined ? [] : [{ path, version: 1, hash: sha512(text), last_m: 1_795_529_604, meta }];
    });
  return { status: 200, body: files };
}

/** undefined: the text is no YAML, and the file is not listed. */
function metadataOf(text: string): unknown {
  try {
    const { metadata } = readBlueprint(text);
    return metadata === undefined ? null : { name: metadata.name, labels: metadata.labels ?? {} };
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
}

function createInstance(call: Call): StandInAnswer {
  const { context, rows } = call;
  const { name, path = '', content = '' } = body(call) as { name?: string; path?: string; content?: string };
  if (name === undefined) return { status: 400, body: { name: ['This field is required.'] } };
  if (name === '') return { status: 400, body: { name: ['This field may not be blank.'] } };
  if (rows.instances.some((row) => row.name === name)) {
    return { status: 400, body: { name: ['Blueprint Instance with this name already exists.'] } };
  }
  if (path === '' && content === '')
    return { status: 400, body: { non_field_errors: ['Either path or content must be set.'] } };
  if (path !== '' && context.pool.any()?.files().get(path) === undefined) {
    return { status: 400, body: { path: ['Blueprint file does not exist'] } };
  }
  return { status: 201, body: instanceOut(context.pool.createInstance(name, path, undefined, content)) };
}

function patchInstance(call: Call, instance: Instance): StandInAnswer {
  const patch = body(call);
  if (patch['path'] === undefined && patch['content'] === undefined) {
    return { status: 400, body: { non_field_errors: ['Either path or content must be set.'] } };
  }
  if (typeof patch['enabled'] === 'boolean') instance.enabled = patch['enabled'];
  if (typeof patch['name'] === 'string') instance.name = patch['name'];
  return { status: 200, body: instanceOut(instance) };
}

function applications(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [slug, sub] = rest;
  // The list is filtered by access policy and asks for no permission.
  if (slug === undefined)
    return page(
      call,
      mayDo(grant, 'view_application')
        ? filtered(call, rows.applications, ['slug', 'name']).map((row) => applicationOut(row, rows))
        : [],
    );
  const application = rows.applications.find((row) => row.slug === slug);
  if (application === undefined) return NOT_FOUND('Application');
  if (!mayDo(grant, 'view_application')) return FORBIDDEN;
  if (sub === 'used_by') {
    return {
      status: 200,
      body: rows.bindings.filter((row) => row.target === application.pk).map((row) => usedByBinding(row.pk, rows)),
    };
  }
  if (request.method === 'DELETE') {
    if (!mayDo(grant, 'delete_application')) return FORBIDDEN;
    deleteApplication(rows, application);
    return GONE;
  }
  return { status: 200, body: applicationOut(application, rows) };
}

function usedByBinding(pk: string, rows: Rows): unknown {
  const binding = rows.bindings.find((row) => row.pk === pk);
  const target = rows.applications.find((row) => row.pk === binding?.target)?.slug ?? binding?.target;
  const group = rows.groups.find((row) => row.pk === binding?.group)?.name;
  const who = group === undefined ? `User ${binding?.user}` : `Group ${group}`;
  return {
    app: 'authentik_policies',
    model_name: 'policybinding',
    pk,
    name: `Binding from ${target} #${binding?.order} to ${who}`,
    action: 'cascade',
  };
}

function providers(call: Call): StandInAnswer {
  const { context, rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (pk === undefined) {
    if (!mayDo(grant, 'view_oauth2provider')) return FORBIDDEN;
    return page(
      call,
      filtered(call, rows.providers, ['name', 'client_id']).map((row) => providerOut(row, rows, context.version())),
    );
  }
  const provider = rows.providers.find((row) => String(row.pk) === pk);
  if (provider === undefined) return NOT_FOUND('OAuth2Provider');
  if (!mayDo(grant, 'view_oauth2provider')) return FORBIDDEN;
  if (sub === 'used_by')
    return { status: 200, body: provider.property_mappings.map((mapping) => usedByMapping(mapping, rows)) };
  if (request.method === 'DELETE') {
    if (!mayDo(grant, 'delete_oauth2provider')) return FORBIDDEN;
    deleteProvider(rows, provider);
    return GONE;
  }
  return { status: 200, body: providerOut(provider, rows, context.version()) };
}

function usedByMapping(pk: string, rows: Rows): unknown {
  const mapping = rows.fixtures.find((row) => row.pk === pk);
  return {
    app: 'authentik_core',
    model_name: 'propertymapping',
    pk,
    name: `Property Mapping ${mapping?.fields['name']}`,
    action: 'cascade_many',
  };
}

function groups(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (!mayDo(grant, 'view_group')) return FORBIDDEN;
  const withUsers = request.query.get('include_users') !== 'false';
  if (pk === undefined)
    return page(
      call,
      filtered(call, rows.groups, ['name']).map((row) => groupOut(row, rows, withUsers)),
      AUTOCOMPLETE_GROUP,
    );
  const group = rows.groups.find((row) => row.pk === pk);
  if (group === undefined) return NOT_FOUND('Group');
  if (sub === 'used_by')
    return {
      status: 200,
      body: rows.bindings.filter((row) => row.group === pk).map((row) => usedByBinding(row.pk, rows)),
    };
  if (request.method === 'DELETE') {
    if (!mayDo(grant, 'delete_group')) return FORBIDDEN;
    deleteGroup(rows, group);
    return GONE;
  }
  return { status: 200, body: groupOut(group, rows, withUsers) };
}

function users(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (!mayDo(grant, 'view_user')) return FORBIDDEN;
  if (pk === undefined)
    return page(
      call,
      filtered(call, rows.users, ['username', 'type']).map((row) => userOut(row, rows)),
      AUTOCOMPLETE_USER,
    );
  const user = rows.users.find((row) => String(row.pk) === pk);
  if (user === undefined) return NOT_FOUND('User');
  if (sub === 'used_by')
    return {
      status: 200,
      body: rows.bindings.filter((row) => row.user === user.pk).map((row) => usedByBinding(row.pk, rows)),
    };
  if (request.method === 'DELETE') {
    if (!mayDo(grant, 'delete_user')) return FORBIDDEN;
    deleteUser(rows, user);
    return GONE;
  }
  return { status: 200, body: userOut(user, rows) };
}

function bindings(call: Call): StandInAnswer {
  const { rows, grant, rest } = call;
  const [pk] = rest;
  if (!mayDo(grant, 'view_policybinding')) return FORBIDDEN;
  if (pk === undefined)
    return page(
      call,
      filtered(call, rows.bindings, ['target', 'order']).map((row) => bindingOut(row, rows)),
    );
  const binding = rows.bindings.find((row) => row.pk === pk);
  return binding === undefined ? NOT_FOUND('PolicyBinding') : { status: 200, body: bindingOut(binding, rows) };
}

function tasks(call: Call): StandInAnswer {
  const { context, request, grant } = call;
  if (!mayDo(grant, 'view_task')) return FORBIDDEN;
  const instance = request.query.get('rel_obj_id');
  const actor = request.query.get('actor_name');
  const found = context.pool.tasks
    .filter(
      (task) => (instance === null || task.instance === instance) && (actor === null || task.actor_name === actor),
    )
    .toSorted((a, b) => (a.mtime < b.mtime ? 1 : -1));
  return page(call, found.map(taskOut));
}

function fixtures(model: string, field: string, permission: string): Handler {
  return (call) => {
    if (!mayDo(call.grant, permission)) return FORBIDDEN;
    const wanted = call.request.query.get(field);
    const found = call.rows.fixtures.filter(
      (row) => row.model === model && (wanted === null || row.fields[field] === wanted),
    );
    return page(
      call,
      found.map((row) => ({ pk: row.pk, ...row.fields })),
    );
  };
}

const text = { type: 'str', nullable: false, options: null };
const flag = { type: 'bool', nullable: true, options: null };

const AUTOCOMPLETE_GROUP = {
  current_model: 'authentik_core.group',
  models: {
    'authentik_core.group': {
      name: text,
      is_superuser: flag,
      attributes: { type: 'relation', nullable: false, options: null, relation: 'authentik_core.group_attributes' },
    },
  },
};

const AUTOCOMPLETE_USER = {
  current_model: 'authentik_core.user',
  models: {
    'authentik_core.user': {
      username: text,
      name: text,
      email: text,
      path: text,
      is_active: flag,
      type: {
        type: 'str',
        nullable: false,
        options: ['internal', 'external', 'service_account', 'internal_service_account'],
      },
      attributes: { type: 'relation', nullable: false, options: null, relation: 'authentik_core.user_attributes' },
    },
  },
};
