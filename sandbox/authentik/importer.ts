import { randomUUID } from 'node:crypto';
import type { Blueprint, Entry } from './blueprint.ts';
import { modelNamed } from './models.ts';
import { checkValues, FieldErrors, writeValues, type Model } from './serializer.ts';
import type { Rows } from './state.ts';
import type { Version } from './version.ts';
import { firstKeyOf, KeyOfError, resolveTags, type TagContext } from './tags.ts';

/** An entry that the importer refuses: everything of the file is rolled back. */
export class EntryError extends Error {
  /** What the serializers or the state say. */
  readonly error: string;
  /** The entry with all values resolved, as Authentik logs it: the client secret in clear. */
  readonly entry: unknown;

  constructor(error: string, entry: Resolved) {
    super(`Entry invalid: ${error}`);
    this.error = error;
    this.entry = logged(entry);
  }
}

export interface ImportContext extends Omit<TagContext, 'ids'> {
  readonly version: Version;
}

/**
 * Applies a blueprint to rows that the caller throws away when it fails. Throws {@link EntryError}, or {@link KeyOfError}
 * where the refused entry has a `!KeyOf`.
 */
export function applyBlueprint(rows: Rows, blueprint: Blueprint, context: ImportContext): void {
  const ids = new Map<string, unknown>();
  const tags: TagContext = { ...context, context: { ...blueprint.context, ...context.context }, ids };
  for (const entry of blueprint.entries) {
    const pk = applyOrRefuse(rows, entry, context, tags);
    if (entry.id !== undefined && pk !== undefined) ids.set(entry.id, pk);
  }
}

function applyOrRefuse(rows: Rows, entry: Entry, context: ImportContext, tags: TagContext): unknown {
  try {
    return applyEntry(rows, resolveEntry(rows, entry, tags), context);
  } catch (error) {
    // To delete what cannot be found is no error: the entry is skipped in silence.
    if (entry.state === 'absent') return undefined;
    const id = error instanceof EntryError ? firstKeyOf(entry) : undefined;
    throw id === undefined ? error : new KeyOfError(id);
  }
}

interface Resolved {
  readonly id: string | undefined;
  readonly model: string;
  readonly state: string;
  readonly identifiers: Readonly<Record<string, unknown>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

function resolveEntry(rows: Rows, entry: Entry, tags: TagContext): Resolved {
  return {
    id: entry.id,
    model: entry.model,
    state: entry.state ?? 'present',
    identifiers: resolveTags(entry.identifiers ?? {}, rows, tags) as Resolved['identifiers'],
    attrs: resolveTags(entry.attrs ?? {}, rows, tags) as Resolved['attrs'],
  };
}

function logged({ id, model, state, identifiers, attrs }: Resolved): unknown {
  const words = (values: Resolved['attrs']): unknown =>
    Object.fromEntries(Object.entries(values).map(([field, value]) => [field, value ?? 'None']));
  return {
    id: id ?? null,
    model,
    state,
    identifiers: words(identifiers),
    attrs: words(attrs),
    conditions: [],
    permissions: [],
    _state: { instance: null },
  };
}

function applyEntry(rows: Rows, entry: Resolved, context: ImportContext): unknown {
  const model = modelNamed(entry.model, context.version);
  if (model === undefined && /secrets?\.secret$/.test(entry.model))
    throw new EntryError(`No installed app with label '${entry.model.split('.')[0]}'.`, entry);
  // Stages and the like of other blueprints: accepted, and nothing that a registration looks at.
  if (model === undefined) return randomUUID();
  const existing = model.table(rows).find((row) => matches(row, entry.identifiers));
  if (entry.state === 'absent') {
    if (existing !== undefined) model.remove(rows, existing);
    return undefined;
  }
  if (existing !== undefined && entry.state === 'must_created') throw mustCreated(entry);
  if (existing !== undefined && entry.state === 'created') return existing.pk;
  return save(model, rows, entry, existing, context);
}

type Row = ReturnType<Model['table']>[number];

function save(model: Model, rows: Rows, entry: Resolved, existing: Row | undefined, context: ImportContext): unknown {
  const values = { ...entry.attrs, ...entry.identifiers };
  const where = { rows, existing, version: context.version };
  const errors = checkValues(model, values, where);
  if (errors.any) throw new EntryError(`Serializer errors ${errors.inOrder(Object.keys(model.fields))}`, entry);
  return writeValues(model, values, where).pk;
}

function mustCreated(entry: Resolved): EntryError {
  const errors = new FieldErrors();
  for (const field of Object.keys(entry.identifiers))
    errors.add(field, 'State is set to must_created and object exists already', 'unique');
  return new EntryError(errors.inOrder([]), entry);
}

function matches(row: Row, identifiers: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(identifiers).every(
    ([field, value]) => (row as unknown as Record<string, unknown>)[field] === value,
  );
}
