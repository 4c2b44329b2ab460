import type { AuthentikWorkerPod } from './authentikWorkers.ts';
import type { Faults } from '../faults/faults.ts';
import { readBlueprint, UnreadableError, type Blueprint } from './blueprint.ts';
import type { Clock } from './clock.ts';
import { appliedHash } from './hash.ts';
import { applyBlueprint, EntryError } from './importer.ts';
import type { Instance, Rows } from './state.ts';
import { KeyOfError } from './tags.ts';
import type { Version } from './version.ts';
import { exceptionsOf, IMPORTER, type Task, type TaskBook } from './tasks.ts';

export interface Workplace {
  readonly database: { readonly rows: Rows };
  readonly clock: Clock;
  readonly book: TaskBook;
  readonly faults: Faults;
  readonly version: () => Version;
}

/** One apply task, run by this pod: with its files as they are now, and its environment of when it started. */
export function applyInstance(place: Workplace, pod: AuthentikWorkerPod, task: Task): void {
  const instance = place.database.rows.instances.find((row) => row.pk === task.instance);
  if (instance === undefined) {
    place.book.end(task);
    return;
  }
  instance.last_applied = place.clock.now();
  if (!instance.enabled) {
    place.book.say(task, 'info', `Blueprint ${instance.name} is disabled, skipping`);
    place.book.end(task);
    return;
  }
  const text = instance.content === '' ? pod.files().get(instance.path) : instance.content;
  if (text === undefined) {
    const words = `[Errno 2] No such file or directory: '/blueprints/${instance.path}'`;
    fail(place, task, instance, words, 'BlueprintRetrievalFailed', 'FileNotFoundError');
    return;
  }
  importText(place, pod, task, instance, text);
}

function importText(place: Workplace, pod: AuthentikWorkerPod, task: Task, instance: Instance, text: string): void {
  const readFile = fileReader(pod);
  try {
    const blueprint = readBlueprint(text);
    instance.metadata = blueprint.metadata ?? {};
    const trial = structuredClone(place.database.rows);
    applyBlueprint(trial, blueprint, {
      env: pod.env,
      readFile,
      context: instance.context,
      version: versionFor(place),
    });
    refuseByFault(place.faults, instance, blueprint);
    commit(place.database.rows, trial);
    if (clashes(place, task, instance, blueprint)) return;
    instance.status = 'successful';
    instance.last_applied_hash = appliedHash(text, place.version(), readFile);
    instance.last_applied = place.clock.now();
    place.book.end(task);
  } catch (error) {
    refused(place, task, instance, error);
  }
}

function versionFor({ version, faults }: Workplace): Version {
  const { bindingsExpire, ...rest } = version();
  const writable = faults.behaviour('authentik', 'expiryByBlueprint') !== undefined;
  return { ...rest, bindingsExpire, expiryByBlueprint: bindingsExpire && writable };
}

/** What a blueprint may read by `!File` of this pod's disk. */
export function fileReader(pod: AuthentikWorkerPod): (path: string) => string | undefined {
  return (path) => pod.secrets?.().get(path) ?? pod.files().get(path.replace(/^\/blueprints\//, ''));
}

/** One transaction: all of a file, or nothing. */
function commit(rows: Rows, { instances: _untouched, ...trial }: Rows): void {
  Object.assign(rows, trial);
}

function refused(place: Workplace, task: Task, instance: Instance, error: unknown): void {
  if (error instanceof UnreadableError) {
    // Status and hash stay as they were.
    place.book.retryLater(task, error.message, error.type);
    return;
  }
  if (error instanceof KeyOfError) {
    fail(place, task, instance, error.message, 'EntryInvalidError');
    return;
  }
  if (!(error instanceof EntryError)) throw error;
  instance.status = 'error';
  const tenant = { domain_url: null, schema_name: 'public' };
  const attributes = { entry: error.entry, error: error.error, ...tenant };
  place.book.say(task, 'warning', error.message, attributes, IMPORTER);
  place.book.say(task, 'warning', 'Blueprint validation failed', tenant, IMPORTER);
  place.book.end(task);
}

function fail(place: Workplace, task: Task, instance: Instance, words: string, ...types: readonly string[]): void {
  instance.status = 'error';
  place.book.say(task, 'error', words, exceptionsOf(words, ...types));
  place.book.end(task);
}

/** `neverSuccessful`, for one path or for all. */
function refuseByFault(faults: Faults, instance: Instance, blueprint: Blueprint): void {
  const never = faults.behaviour('authentik', 'neverSuccessful');
  if (never === undefined || (never.argument ?? instance.path) !== instance.path) return;
  const [first] = blueprint.entries;
  const entry = { id: first?.id, model: first?.model ?? '', state: 'present', identifiers: {}, attrs: {} };
  throw new EntryError("Serializer errors {'name': [ErrorDetail(string='injected fault', code='invalid')]}", entry);
}

/**
 * `applyClash`: discovery and ours ran at once. The other one made every object; this one met a unique key and leaves an
 * error and no hash.
 */
function clashes(place: Workplace, task: Task, instance: Instance, blueprint: Blueprint): boolean {
  const clash = place.faults.behaviour('authentik', 'applyClash', true);
  if (clash === undefined) return false;
  const group = blueprint.entries.find((entry) => entry.model === 'authentik_core.group');
  const name = String(group?.identifiers?.['name'] ?? instance.name);
  const words =
    'duplicate key value violates unique constraint "authentik_core_group_name_9f7fc679_uniq"\n' +
    `DETAIL:  Key (name)=(${name}) already exists.`;
  instance.last_applied_hash = '';
  endOther(place.book, task, instance);
  fail(place, task, instance, words, 'IntegrityError', 'UniqueViolation');
  return true;
}

/** The task that was quicker; it was queued no later than ours. */
function endOther(book: TaskBook, ours: Task, instance: Instance): void {
  const other = book.queue('apply_blueprint', instance);
  for (const line of other.logs) line.timestamp = ours.logs[0]?.timestamp ?? line.timestamp;
  book.begin(other);
  book.end(other);
}
