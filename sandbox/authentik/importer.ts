import { randomBytes, randomUUID } from 'node:crypto';
import { isMap, isScalar, isSeq, parseDocument, type CollectionTag, type ScalarTag } from 'yaml';
import type { Application, Group, Rows, User } from './state.ts';

/** A blueprint that cannot be read: the task is retried, the instance keeps status and hash. */
export class UnreadableError extends Error {}

/** An entry that the importer refuses: everything of the file is rolled back. */
export class EntryError extends Error {
  /** The entry with all values resolved, as Authentik logs it: the client secret in clear. */
  readonly entry: unknown;

  constructor(message: string, entry: unknown) {
    super(message);
    this.entry = entry;
  }
}

export interface Blueprint {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> } | undefined;
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly model: string;
  readonly id?: string;
  readonly state?: string;
  readonly identifiers?: Record<string, unknown>;
  readonly attrs?: Record<string, unknown>;
}

/** A custom tag, resolved when its entry is applied. */
class Tag {
  readonly name: string;
  readonly argument: unknown;

  constructor(name: string, argument: unknown) {
    this.name = name;
    this.argument = argument;
  }
}

const SCALAR_TAGS = ['!Env', '!File', '!KeyOf', '!Context'];
const LIST_TAGS = ['!Env', '!File', '!Find', '!Format', '!Context'];

const customTags: (ScalarTag | CollectionTag)[] = [
  ...SCALAR_TAGS.map((tag): ScalarTag => ({ tag, resolve: (text) => new Tag(tag, text) })),
  ...LIST_TAGS.map((tag): CollectionTag => ({
    tag,
    collection: 'seq',
    resolve: (node) => new Tag(tag, isSeq(node) ? node.toJSON() : undefined),
  })),
];

/** Reads a file's text. Throws {@link UnreadableError} on YAML that does not parse or a tag that nobody knows. */
export function readBlueprint(text: string): Blueprint {
  const document = parseDocument(text, { customTags, logLevel: 'silent', version: '1.1' });
  const [problem] = [
    ...document.errors,
    ...document.warnings.filter((warning) => warning.code === 'TAG_RESOLVE_FAILED'),
  ];
  if (problem !== undefined) throw new UnreadableError(problem.message);
  if (!isMap(document.contents)) throw new UnreadableError('the file is not a mapping');
  const data = unwrap(document.contents) as { metadata?: Blueprint['metadata']; entries?: Entry[] };
  return { metadata: data.metadata, entries: data.entries ?? [] };
}

/** toJSON would serialise our tags; this keeps them. */
function unwrap(node: unknown): unknown {
  if (node instanceof Tag) return node;
  if (isMap(node))
    return Object.fromEntries(
      node.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), unwrap(pair.value)]),
    );
  if (isSeq(node)) return node.items.map(unwrap);
  if (isScalar(node)) return node.value;
  return node;
}

export interface ApplyContext {
  readonly env: Readonly<Record<string, string>>;
  readonly readFile: (path: string) => string | undefined;
  /** `grant_types` exists since 2026.5. */
  readonly grantTypes: boolean;
}

/** Applies a blueprint to rows that are thrown away when it fails. Throws {@link EntryError}. */
export function applyBlueprint(rows: Rows, blueprint: Blueprint, context: ApplyContext): void {
  const ids = new Map<string, unknown>();
  for (const entry of blueprint.entries) {
    const resolve = (value: unknown): unknown => resolveTags(value, rows, context, ids);
    const identifiers = resolve(entry.identifiers ?? {}) as Record<string, unknown>;
    const attrs = { ...identifiers, ...(resolve(entry.attrs ?? {}) as Record<string, unknown>) };
    const resolved = {
      id: entry.id,
      model: entry.model,
      state: entry.state ?? 'present',
      identifiers,
      attrs,
      conditions: [],
      permissions: [],
    };
    const pk = applyEntry(rows, resolved, context);
    if (entry.id !== undefined) ids.set(entry.id, pk);
  }
}

function resolveTags(value: unknown, rows: Rows, context: ApplyContext, ids: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((inner) => resolveTags(inner, rows, context, ids));
  if (!(value instanceof Tag)) {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, resolveTags(inner, rows, context, ids)]),
    );
  }
  const [first, second] = Array.isArray(value.argument) ? (value.argument as unknown[]) : [value.argument, undefined];
  switch (value.name) {
    case '!Env':
      // Missing or empty gives the default, and without one None.
      return context.env[String(first)] || (second ?? null);
    case '!File':
      return context.readFile(String(first))?.trim() ?? second ?? null;
    case '!KeyOf':
      if (!ids.has(String(first)))
        throw new EntryError(`KeyOf: failed to find entry with \`id\` of \`${String(first)}\``, {});
      return ids.get(String(first));
    case '!Find':
      return find(rows, String(first), second as [string, unknown]);
    default:
      return null;
  }
}

/** None where nothing matches. */
function find(rows: Rows, model: string, [field, wanted]: [string, unknown]): unknown {
  const fixture = rows.fixtures.find((row) => row.model === model && row.fields[field] === wanted);
  if (fixture !== undefined) return fixture.pk;
  const tables: Readonly<Record<string, readonly (Group | Application | User)[]>> = {
    'authentik_core.group': rows.groups,
    'authentik_core.application': rows.applications,
    'authentik_core.user': rows.users,
  };
  const row = tables[model]?.find((candidate) => (candidate as unknown as Record<string, unknown>)[field] === wanted);
  return row?.pk ?? null;
}

interface Resolved {
  readonly model: string;
  readonly state: string;
  readonly identifiers: Readonly<Record<string, unknown>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

function refuse(entry: Resolved, field: string, words: string, code: string): never {
  throw new EntryError(
    `Entry invalid: Serializer errors {'${field}': [ErrorDetail(string='${words}', code='${code}')]}`,
    entry,
  );
}

function required(entry: Resolved, fields: readonly string[]): void {
  for (const field of fields) {
    if (entry.attrs[field] === undefined) refuse(entry, field, 'This field is required.', 'required');
    if (entry.attrs[field] === null) refuse(entry, field, 'This field may not be null.', 'null');
  }
}

function applyEntry(rows: Rows, entry: Resolved, context: ApplyContext): unknown {
  switch (entry.model) {
    case 'authentik_providers_oauth2.oauth2provider':
      return applyProvider(rows, entry, context);
    case 'authentik_core.application':
      return applyApplication(rows, entry);
    case 'authentik_core.group':
      return applyGroup(rows, entry);
    case 'authentik_core.user':
      return applyUser(rows, entry);
    case 'authentik_policies.policybinding':
      return applyBinding(rows, entry);
    default:
      // Stages and the like of other blueprints: accepted, and nothing that a registration looks at.
      return randomUUID();
  }
}

/** Unknown attributes are ignored in silence, as the real serializers do. */
function assign(row: object, attrs: Readonly<Record<string, unknown>>): void {
  for (const [field, value] of Object.entries(attrs))
    if (field in row && field !== 'pk') (row as Record<string, unknown>)[field] = value;
}

function matches(row: object, identifiers: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(identifiers).every(([field, value]) => (row as Record<string, unknown>)[field] === value);
}

function applyProvider(rows: Rows, entry: Resolved, context: ApplyContext): unknown {
  const existing = rows.providers.find((row) => matches(row, entry.identifiers));
  const { attrs } = entry;
  if (existing === undefined) required(entry, ['name', 'authorization_flow', 'invalidation_flow', 'redirect_uris']);
  for (const field of ['authorization_flow', 'invalidation_flow', 'client_secret', 'client_id']) {
    if (attrs[field] === null) refuse(entry, field, 'This field may not be null.', 'null');
  }
  const mappings = (attrs['property_mappings'] ?? []) as unknown[];
  if (mappings.includes(null)) refuse(entry, 'property_mappings', 'This field may not be null.', 'null');
  const other = rows.providers.find((row) => row !== existing && row.client_id === attrs['client_id']);
  if (other !== undefined)
    refuse(entry, 'client_id', 'OAuth2/OpenID Provider with this Client ID already exists.', 'unique');
  const sameName = rows.providers.find((row) => row !== existing && row.name === attrs['name']);
  if (sameName !== undefined) refuse(entry, 'name', 'provider with this name already exists.', 'unique');
  const allowed = new Set([
    'authorization_code',
    'refresh_token',
    'implicit',
    'hybrid',
    'client_credentials',
    'password',
    'urn:ietf:params:oauth:grant-type:device_code',
  ]);
  const wrong = context.grantTypes
    ? ((attrs['grant_types'] ?? []) as string[]).find((grant) => !allowed.has(grant))
    : undefined;
  if (wrong !== undefined) refuse(entry, 'grant_types', `"${wrong}" is not a valid choice.`, 'invalid_choice');
  const row = existing ?? {
    pk: (rows.nextPk += 1),
    name: '',
    authorization_flow: null,
    invalidation_flow: null,
    signing_key: null,
    property_mappings: [],
    client_type: 'confidential',
    client_id: randomBytes(20).toString('hex'),
    client_secret: randomBytes(64).toString('hex'),
    grant_types: [],
    redirect_uris: [],
    sub_mode: 'hashed_user_id',
    include_claims_in_id_token: true,
  };
  assign(row, attrs);
  if (existing === undefined) rows.providers.push(row);
  return row.pk;
}

/** A slug that exists is taken over: renamed, moved to the new provider, and all is "successful". */
function applyApplication(rows: Rows, entry: Resolved): unknown {
  const existing = rows.applications.find((row) => matches(row, entry.identifiers));
  if (existing === undefined) required(entry, ['name', 'slug']);
  const { provider } = entry.attrs;
  const taken = rows.applications.find(
    (row) => row !== existing && provider !== undefined && provider !== null && row.provider === provider,
  );
  if (taken !== undefined) refuse(entry, 'provider', 'Application with this provider already exists.', 'unique');
  const row = existing ?? {
    pk: randomUUID(),
    name: '',
    slug: '',
    provider: null,
    meta_launch_url: '',
    policy_engine_mode: 'any',
  };
  assign(row, entry.attrs);
  if (existing === undefined) rows.applications.push(row);
  return row.pk;
}

function applyGroup(rows: Rows, entry: Resolved): unknown {
  required(entry, ['name']);
  const existing = rows.groups.find((row) => matches(row, entry.identifiers));
  const row = existing ?? { pk: randomUUID(), name: '', is_superuser: false };
  assign(row, entry.attrs);
  if (existing === undefined) rows.groups.push(row);
  return row.pk;
}

function applyUser(rows: Rows, entry: Resolved): unknown {
  required(entry, ['username', 'name']);
  const existing = rows.users.find((row) => matches(row, entry.identifiers));
  const row = existing ?? {
    pk: (rows.nextPk += 1),
    username: '',
    name: '',
    type: 'internal',
    path: 'users',
    is_active: true,
    groups: [],
  };
  assign(row, entry.attrs);
  if (existing === undefined) rows.users.push(row);
  return row.pk;
}

function applyBinding(rows: Rows, entry: Resolved): unknown {
  required(entry, ['target', 'order']);
  const { group, user, policy } = entry.attrs;
  if ((group ?? user ?? policy ?? null) === null)
    refuse(entry, 'non_field_errors', "One of 'policy', 'group', 'user' must be set.", 'invalid');
  const existing = rows.bindings.find((row) => matches(row, entry.identifiers));
  const row = existing ?? {
    pk: randomUUID(),
    target: '',
    group: null,
    user: null,
    order: 0,
    enabled: true,
    negate: false,
    timeout: 30,
  };
  assign(row, entry.attrs);
  if (existing === undefined) rows.bindings.push(row);
  return row.pk;
}
