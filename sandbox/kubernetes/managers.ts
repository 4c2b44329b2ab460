import type { ManagedFieldsEntry } from '../../core/kubernetes/managedFields.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ApiError } from './apiError.ts';
import { FieldSet, type FieldPath } from './fieldSet.ts';
import { sameValue, TypedValue } from './typedValue.ts';

/** Kinds whose managers are kept: those that somebody deploys. A real server keeps them of every kind. */
const TRACKED = new Set(['ConfigMap', 'Deployment', 'ExternalSecret', 'Service']);

type Operation = 'Apply' | 'Update';

interface Entry {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly time: string;
  readonly set: FieldSet;
}

/**
 * What a write that is no apply makes of the managers: what it changes is the writer's from then on, whoever held it before
 * (structured-merge-diff, `Updater.Update`).
 */
export function afterUpdate(current: KubernetesObject | undefined, next: KubernetesObject, manager: string): void {
  if (!TRACKED.has(next.kind)) return;
  const typed = new TypedValue(next);
  const { changed, removed } = compared(typed, current === undefined ? {} : content(current), content(next));
  const before = entriesOf(current);
  const mine = before.find((entry) => isOf(entry, manager, 'Update'))?.set ?? new FieldSet();
  const others = before
    .filter((entry) => !isOf(entry, manager, 'Update'))
    .map((entry) => ({ ...entry, set: entry.set.without(changed).without(removed) }));
  write(next, before, [...others, entryOf(next, manager, 'Update', mine.without(removed).and(changed))]);
}

/**
 * Server-side apply: merges, takes away what the manager applied before and does not name now, and refuses to change what others
 * hold unless it is forced to (structured-merge-diff, `Updater.Apply`). Throws 409 with a cause for each field.
 */
export function applied(
  current: KubernetesObject,
  wanted: KubernetesObject,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): KubernetesObject {
  const typed = new TypedValue(current);
  const before = entriesOf(current);
  const last = before.find((entry) => isOf(entry, manager, 'Apply'))?.set ?? new FieldSet();
  const others = before.filter((entry) => !isOf(entry, manager, 'Apply'));
  const set = new FieldSet(typed.fields(content(wanted)).map(([path]) => path));
  let value = typed.merge(content(current), content(wanted));
  // Entries of a list go whole, before their fields: one without its keys could not be found again.
  for (const path of last.without(set).paths.toSorted((a, b) => a.length - b.length)) {
    if (isKey(path) || set.reaches(path) || others.some((entry) => entry.set.reaches(path))) continue;
    value = typed.remove(value, path);
  }
  const { changed, removed } = compared(typed, content(current), value);
  const conflicts = others.flatMap((entry) => entry.set.within(changed).paths.map((path) => ({ entry, path })));
  if (conflicts.length > 0 && !force) throw conflict(conflicts);
  const next = withContent(current, value as Content);
  const left = others.map((entry) => ({ ...entry, set: entry.set.without(changed).without(removed) }));
  write(next, before, [...left, entryOf(next, manager, 'Apply', set)]);
  return next;
}

type Content = Record<string, unknown> & { metadata?: Partial<KubernetesObject['metadata']> };

/** What is owned field by field: no identity, no status. */
function content(object: KubernetesObject): Content {
  const { apiVersion: _version, kind: _kind, status: _status, metadata, ...rest } = object;
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const owned = Object.entries({ labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...rest, ...(owned.length === 0 ? {} : { metadata: Object.fromEntries(owned) }) };
}

function withContent(current: KubernetesObject, { metadata, ...value }: Content): KubernetesObject {
  const { apiVersion, kind, status } = current;
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...identity } = current.metadata;
  return structuredClone({
    apiVersion,
    kind,
    metadata: { ...identity, ...metadata },
    ...value,
    ...(status === undefined ? {} : { status }),
  });
}

function compared(typed: TypedValue, old: unknown, now: unknown): { changed: FieldSet; removed: FieldSet } {
  const [before, after] = [old, now].map(
    (value) => new Map(typed.fields(value).map(([path, said]) => [JSON.stringify(path), { path, said }])),
  ) as [Map<string, { path: FieldPath; said: unknown }>, Map<string, { path: FieldPath; said: unknown }>];
  const changed = [...after].filter(([key, { said }]) => !before.has(key) || !sameValue(before.get(key)?.said, said));
  const removed = [...before].filter(([key]) => !after.has(key));
  return {
    changed: new FieldSet(changed.map(([, { path }]) => path)),
    removed: new FieldSet(removed.map(([, { path }]) => path)),
  };
}

/** A field by which its list entry is named. */
function isKey(path: FieldPath): boolean {
  const [holder = '', field = ''] = path.slice(-2);
  return holder.startsWith('k:') && field.slice(2) in (JSON.parse(holder.slice(2)) as object);
}

function isOf(entry: Entry, manager: string, operation: Operation): boolean {
  return entry.manager === manager && entry.operation === operation;
}

function entriesOf(object: KubernetesObject | undefined): readonly Entry[] {
  return (object?.metadata.managedFields ?? []).map((entry) => {
    const { manager, operation, apiVersion, time, fieldsV1 = {} } = entry as ManagedFieldsEntry & Omit<Entry, 'set'>;
    return { manager, operation, apiVersion, time, set: FieldSet.fromFieldsV1(fieldsV1) };
  });
}

function entryOf({ apiVersion }: KubernetesObject, manager: string, operation: Operation, set: FieldSet): Entry {
  return { manager, operation, apiVersion, time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), set };
}

/** The time moves only with the fields; a manager that holds nothing is not listed. */
function write(object: KubernetesObject, before: readonly Entry[], entries: readonly Entry[]): void {
  const kept = entries.filter((entry) => !entry.set.isEmpty).map((entry) => stored(entry, before));
  if (kept.length > 0) object.metadata.managedFields = kept;
  else delete object.metadata.managedFields;
}

function stored({ set, ...entry }: Entry, before: readonly Entry[]): ManagedFieldsEntry {
  const old = before.find((each) => isOf(each, entry.manager, entry.operation));
  const fieldsV1 = set.toFieldsV1();
  const time = old !== undefined && sameValue(old.set.toFieldsV1(), fieldsV1) ? old.time : entry.time;
  return { ...entry, time, fieldsType: 'FieldsV1', fieldsV1 } as ManagedFieldsEntry;
}

interface Conflict {
  readonly entry: Entry;
  readonly path: FieldPath;
}

/** Worded as apimachinery's `NewConflictError` does; the time of an update is left out there. */
function conflict(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${inWords(entry)}`,
    field: pathInWords(path),
  }));
  const [only] = causes;
  if (only !== undefined && causes.length === 1)
    return new ApiError(409, 'Conflict', `Apply failed with 1 conflict: ${only.message}: ${only.field}`, { causes });
  const by = [...new Set(conflicts.map(({ entry }) => entry))].toSorted((a, b) => (inWords(a) < inWords(b) ? -1 : 1));
  const lines = by.flatMap((entry) => [
    `conflicts with ${inWords(entry)}:`,
    ...conflicts.filter((each) => each.entry === entry).map(({ path }) => `- ${pathInWords(path)}`),
  ]);
  return new ApiError(409, 'Conflict', `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`, { causes });
}

function inWords({ manager, operation, apiVersion }: Entry): string {
  return operation === 'Apply' ? JSON.stringify(manager) : `${JSON.stringify(manager)} using ${apiVersion}`;
}

function pathInWords(path: FieldPath): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith('f:')) return `.${rest}`;
      if (element.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
