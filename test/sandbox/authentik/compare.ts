import type { Recording } from './recordings.ts';

/** Method and path without what names one row, lists and single rows alike. */
export function routeOf({ request }: Recording): string {
  const [path = ''] = request.path.split('?');
  return `${request.method} ${path.replace(/^(\/api\/v3\/[^/]+\/[^/]+\/).*$/, '$1')}`;
}

export interface Comparison {
  readonly keys: Keys;
  /** Events whose words are a parser's own. */
  readonly ownWords: boolean;
  /** Numbers that depend on a list's length, where the list was cut. */
  readonly free?: RegExp | undefined;
}

/**
 * Which key of the recording is which of ours. Keys differ from day to day, but one object has one key: wherever the recording
 * repeats a key, the answer must repeat its own, and two objects must not share one.
 */
export class Keys {
  readonly #ours = new Map<string, string>();
  readonly #theirs = new Map<string, string>();

  /** False where either was seen with another partner. */
  match(recorded: string, answered: string): boolean {
    const known = this.#ours.get(recorded) ?? answered;
    const owner = this.#theirs.get(answered) ?? recorded;
    this.#ours.set(recorded, known);
    this.#theirs.set(answered, owner);
    return known === answered && owner === recorded;
  }
}

/** Takes up the keys of a path: the answer may repeat them. */
export function matchPaths(recorded: string, sent: string, keys: Keys): boolean {
  const found = (path: string): readonly string[] =>
    [...path.matchAll(/(?<=[/=])(?:([0-9a-f-]{36})|(\d+))(?=[/&]|$)/g)].map(([, uuid, pk]) => uuid ?? `#${pk}`);
  const ours = found(sent);
  return found(recorded).every((key, index) => keys.match(key, ours[index] ?? ''));
}

/** How an answer differs from the recorded one, as sentences. */
export function differences(recorded: unknown, answered: unknown, place: string, how: Comparison): readonly string[] {
  if (isPlaceholder(recorded))
    return fits(recorded, answered) ? [] : [`${place} is ${show(answered)}, recorded a value`];
  if (typeOf(recorded) === typeOf(answered)) {
    if (Array.isArray(recorded)) return differentLists(recorded, answered as unknown[], place, how);
    if (isObject(recorded)) return differentObjects(recorded, answered as Record<string, unknown>, place, how);
    if (sameValue(recorded, answered, place, how)) return [];
  }
  return [`${place} is ${show(answered)}, recorded ${show(recorded)}`];
}

function differentObjects(
  recorded: Readonly<Record<string, unknown>>,
  answered: Readonly<Record<string, unknown>>,
  place: string,
  how: Comparison,
): readonly string[] {
  const keys = Object.keys(recorded).filter((key) => key !== '_trimmed');
  const free = '_trimmed' in recorded ? /\.pagination\.(next|count|total_pages|end_index)$/ : how.free;
  const missing = keys.filter((key) => !(key in answered)).map((key) => `${place} lacks ${key}`);
  const extra = Object.keys(answered).filter((key) => !keys.includes(key));
  return [
    ...missing,
    ...extra.map((key) => `${place} has ${key}, which was not recorded`),
    ...keys
      .filter((key) => key in answered)
      .flatMap((key) => differences(cut(recorded, key), answered[key], `${place}.${key}`, { ...how, free })),
  ];
}

const CUT = '…trimmed';

/** `_trimmed` beside a list says that it was cut; a word in the list says the same. */
function cut(recorded: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = recorded[key];
  return '_trimmed' in recorded && Array.isArray(value) ? [...(value as unknown[]), CUT] : value;
}

/** Element by element, as many as recorded; of a list that was cut, what is left of it. */
function differentLists(
  recorded: readonly unknown[],
  answered: readonly unknown[],
  place: string,
  how: Comparison,
): readonly string[] {
  const models = inOrder(recorded.filter((element) => !isCut(element)));
  const wasCut = models.length < recorded.length;
  const tooFew = answered.length < models.length;
  if (tooFew || (!wasCut && answered.length > models.length))
    return [`${place} has ${answered.length} elements, recorded ${models.length}`];
  const ours = inOrder(answered);
  return models.flatMap((model, index) => differences(model, ours[index], `${place}[]`, how));
}

/** Log lines come in any order; their times tell which was first. */
function inOrder(list: readonly unknown[]): readonly unknown[] {
  const time = (element: unknown): string => (isObject(element) ? String(element['timestamp'] ?? '') : '');
  return list.toSorted((a, b) => time(a).localeCompare(time(b)));
}

/** Values of the day and the machine, of which the form is the same. */
const BY_FORM: readonly (readonly [RegExp, RegExp])[] = [
  [/\.(hash|last_applied_hash)$/, /^[0-9a-f]{128}$/],
  [/\.(uid|user_uid)$/, /^[0-9a-f]{64}$/],
  [/\.avatar$/, /^data:image\/svg\+xml;base64,/],
  [/\.version_latest$/, /^\d+\.\d+\.\d+[^ ]*$/],
  [/\.user_agent$/, /^/],
];
/** Whether the newest version is known depends on the network. */
const ARBITRARY = /\.(version_latest_valid|num_pk|last_m|delay)$/;
/** Numbers that are keys. */
const KEY = /\.(pk|id|provider|user|users\[\]|user_pk)$/;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g;

function sameValue(recorded: unknown, answered: unknown, place: string, how: Comparison): boolean {
  if (ARBITRARY.test(place) || how.free?.test(place) === true) return true;
  if (KEY.test(place) && isNumber(recorded))
    return isNumber(answered) && how.keys.match(`#${String(recorded)}`, `#${String(answered)}`);
  if (typeof recorded !== 'string') return recorded === answered;
  const text = String(answered);
  const form = BY_FORM.find(([places]) => places.test(place))?.[1];
  // A hash that is empty says that nothing was ever applied.
  if (form?.test(recorded) === true) return form.test(text);
  if (how.ownWords && /\.(event|exc_value)$/.test(place)) return text !== '';
  return plain(recorded) === plain(text) && sameKeys(recorded, text, how.keys);
}

function isNumber(value: unknown): boolean {
  return /^\d+$/.test(String(value));
}

function plain(text: string): string {
  return text.replaceAll(UUID, '<key>').replaceAll(TIME, '<time>');
}

function sameKeys(recorded: string, answered: string, keys: Keys): boolean {
  const ours = answered.match(UUID) ?? [];
  return (recorded.match(UUID) ?? []).every((key, index) => keys.match(key, ours[index] ?? ''));
}

const CUT_TEXT = /^(.*?)….*trimmed$/s;

/** A word in the place of what varied or was too long. */
function isPlaceholder(recorded: unknown): recorded is string {
  return (
    typeof recorded === 'string' &&
    (/^\{\{(request_id|ip|generated|html)\}\}$/.test(recorded) || CUT_TEXT.test(recorded))
  );
}

/** Any value will do that begins like what was cut, but not none. */
function fits(recorded: string, answered: unknown): boolean {
  if (answered === undefined || answered === null || answered === '') return false;
  const start = CUT_TEXT.exec(recorded)?.[1] ?? '';
  return start === '' || (typeof answered === 'string' && answered.startsWith(start));
}

function isCut(element: unknown): boolean {
  return typeof element === 'string' && CUT_TEXT.exec(element)?.[1] === '';
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
