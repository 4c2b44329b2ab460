import { Tag, type Entry } from './blueprint.ts';
import type { Rows } from './state.ts';

/** A `!KeyOf` that names nothing, or stands in an entry that was refused for another reason: it hides that reason. */
export class KeyOfError extends Error {
  constructor(id: string) {
    super(`KeyOf: failed to find entry with \`id\` of \`${id}\` and a model instance`);
  }
}

export interface TagContext {
  /** Of the process that resolves: frozen when it started. */
  readonly env: Readonly<Record<string, string>>;
  readonly readFile: (path: string) => string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  /** Keys of the entries applied so far, by their id. */
  readonly ids: ReadonlyMap<string, unknown>;
}

export function resolveTags(value: unknown, rows: Rows, context: TagContext): unknown {
  const resolve = (inner: unknown): unknown => resolveTags(inner, rows, context);
  if (Array.isArray(value)) return value.map(resolve);
  if (value instanceof Tag) return resolveTag(value, rows, context);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
}

function resolveTag(tag: Tag, rows: Rows, context: TagContext): unknown {
  const list = resolveTags(Array.isArray(tag.argument) ? tag.argument : [tag.argument], rows, context) as unknown[];
  const [first, second] = list;
  const name = String(first);
  switch (tag.name) {
    case '!Env':
      // Missing or empty gives the default, and without one None.
      return context.env[name] || (second ?? null);
    case '!File':
      return context.readFile(name)?.trim() ?? second ?? null;
    case '!Context':
      return context.context[name] ?? second ?? null;
    case '!Format':
      return list.slice(1).reduce<string>((text, part) => text.replace('%s', () => String(part)), name);
    case '!Find':
      return find(rows, name, second as [string, unknown]);
    default:
      if (!context.ids.has(name)) throw new KeyOfError(name);
      return context.ids.get(name);
  }
}

/** Every scope mapping is a property mapping, too, and every policy a policy. */
function isA(model: string, wanted: string): boolean {
  if (wanted === 'authentik_core.propertymapping') return model === 'authentik_providers_oauth2.scopemapping';
  if (wanted === 'authentik_policies.policy') return model.startsWith('authentik_policies_');
  return model === wanted;
}

/** None where nothing matches. */
function find(rows: Rows, model: string, [field, wanted]: [string, unknown]): unknown {
  const fixture = rows.fixtures.find((row) => isA(row.model, model) && row.fields[field] === wanted);
  if (fixture !== undefined) return fixture.pk;
  const tables: Readonly<Record<string, readonly { readonly pk: string | number }[]>> = {
    'authentik_core.group': rows.groups,
    'authentik_core.application': rows.applications,
    'authentik_core.user': rows.users,
    'authentik_providers_oauth2.oauth2provider': rows.providers,
  };
  const row = tables[model]?.find((candidate) => (candidate as unknown as Record<string, unknown>)[field] === wanted);
  return row?.pk ?? null;
}

/** The id of the first `!KeyOf` of an entry, as its log line would resolve it. */
export function firstKeyOf(entry: Entry): string | undefined {
  return keyOfIn(entry.identifiers) ?? keyOfIn(entry.attrs);
}

function keyOfIn(value: unknown): string | undefined {
  if (value instanceof Tag) return value.name === '!KeyOf' ? String(value.argument) : keyOfIn(value.argument);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = keyOfIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
