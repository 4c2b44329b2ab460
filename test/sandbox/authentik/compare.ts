import type { Recording } from './recordings.ts';

/** JSON types that were recorded at a place, by route and place: where null and something else were seen, both are right. */
export type SeenTypes = ReadonlyMap<string, ReadonlySet<string>>;

export function seenTypes(recordings: readonly Recording[]): SeenTypes {
  const seen = new Map<string, Set<string>>();
  const visit = (place: string, value: unknown): void => {
    seen.set(place, (seen.get(place) ?? new Set()).add(typeOf(value)));
    if (Array.isArray(value)) for (const inner of untrimmed(value)) visit(`${place}[]`, inner);
    else if (isObject(value)) for (const [key, inner] of Object.entries(value)) visit(`${place}.${key}`, inner);
  };
  for (const recording of recordings) visit(routeOf(recording), recording.response.body);
  return seen;
}

/** Method and path without what names one row, lists and single rows alike. */
export function routeOf({ request }: Recording): string {
  const [path = ''] = request.path.split('?');
  return `${request.method} ${path.replace(/^(\/api\/v3\/[^/]+\/[^/]+\/).*$/, '$1')}`;
}

export interface Comparison {
  readonly seen: SeenTypes;
  /** Only keys and JSON types, where the values are those of another set-up. */
  readonly shapeOnly: boolean;
  /** Events whose words are a parser's own. */
  readonly ownWords: boolean;
}

/** How an answer differs from the recorded one, as sentences. */
export function differences(recorded: unknown, answered: unknown, place: string, how: Comparison): readonly string[] {
  if (typeOf(recorded) !== typeOf(answered)) {
    const types = how.seen.get(place);
    const either = types?.has(typeOf(recorded)) === true && types.has(typeOf(answered));
    return either ? [] : [`${place} is ${show(answered)}, recorded ${show(recorded)}`];
  }
  if (Array.isArray(recorded)) return differentLists(recorded, answered as unknown[], place, how);
  if (isObject(recorded)) return differentObjects(recorded, answered as Record<string, unknown>, place, how);
  return sameValue(recorded, answered, place, how) ? [] : [`${place} is ${show(answered)}, recorded ${show(recorded)}`];
}

function differentObjects(
  recorded: Readonly<Record<string, unknown>>,
  answered: Readonly<Record<string, unknown>>,
  place: string,
  how: Comparison,
): readonly string[] {
  const keys = Object.keys(recorded).filter((key) => key !== '_trimmed');
  const missing = keys.filter((key) => !(key in answered)).map((key) => `${place} lacks ${key}`);
  const extra = Object.keys(answered).filter((key) => !keys.includes(key));
  return [
    ...missing,
    ...extra.map((key) => `${place} has ${key}, which was not recorded`),
    ...keys
      .filter((key) => key in answered)
      .flatMap((key) => differences(cut(recorded, key), answered[key], `${place}.${key}`, how)),
  ];
}

const CUT = '…trimmed';

/** `_trimmed` beside a list says that it was cut; a word in the list says the same. */
function cut(recorded: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = recorded[key];
  return '_trimmed' in recorded && Array.isArray(value) ? [...(value as unknown[]), CUT] : value;
}

/** Each element must be like one of the recorded; as many as recorded, unless the recording was cut. */
function differentLists(
  recorded: readonly unknown[],
  answered: readonly unknown[],
  place: string,
  how: Comparison,
): readonly string[] {
  const models = untrimmed(recorded);
  const isCut = models.length < recorded.length;
  if (isCut && models.length === 0) return [];
  // How many tasks there are depends on the set-up; the newest is what the recording is about.
  const free = isCut || how.shapeOnly || place.endsWith('tasks/.results');
  if ((models.length === 0) !== (answered.length === 0) || (!free && models.length !== answered.length))
    return [`${place} has ${answered.length} elements, recorded ${models.length}`];
  return (place.endsWith('tasks/.results') ? answered.slice(0, 1) : answered).flatMap((element) => {
    const tries = models.map((model) => differences(model, element, `${place}[]`, how));
    return tries.some((found) => found.length === 0) ? [] : (tries[0] ?? []);
  });
}

/** Values that depend on the day and the machine. */
const ARBITRARY = /\.(avatar|version_latest|version_latest_valid|hash|uid|last_applied_hash)$/;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g;
/** Numbers that mean something; others are keys, counts and times. */
const MEANINGFUL = /\.(order|timeout|retries|version|previous|current)$/;

function sameValue(recorded: unknown, answered: unknown, place: string, how: Comparison): boolean {
  if (how.shapeOnly) return true;
  // A hash that is empty says that nothing was ever applied.
  if (ARBITRARY.test(place)) return (recorded === '') === (answered === '');
  if (typeof recorded === 'number') return !MEANINGFUL.test(place) || recorded === answered;
  if (typeof recorded !== 'string') return recorded === answered;
  if (how.ownWords && /\.(event|exc_value)$/.test(place)) return true;
  const plain = (text: string): string => text.replaceAll(UUID, '<uuid>').replaceAll(TIME, '<time>');
  return plain(recorded) === plain(String(answered)) || recorded.startsWith('…') || recorded === '{{request_id}}';
}

function untrimmed(list: readonly unknown[]): readonly unknown[] {
  return list.filter((element) => typeof element !== 'string' || !/^….*trimmed$/.test(element));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 200) ?? 'nothing';
}
