import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import { own } from '../../base/own.ts';
import { sameData } from '../yaml/sameData.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { readSection, type Section } from './blueprintSection.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { BINDING, DEFAULTS, GROUP, SECRET_FIELDS, USER, isForCodes, isSecret } from './models.ts';
import { withoutDefault } from './sectionValues.ts';
import { type ScopedSection, scopedSection, scopeOf } from './scopedSection.ts';

/** Lists that Authentik keeps as sets. */
const SETS = new Set(['redirect_uris', 'property_mappings', 'grant_types', 'groups']);

/** Fields that are people's own, such as where they file a service account: another value is no difference. */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = {
  [USER]: ['path'],
  // How long a policy may take means nothing to a group.
  [BINDING]: ['timeout'],
};

/**
 * Whether an entry that the registration does not name stands in the way of its meaning: a binding, or a group or user that
 * nothing names.
 */
export function isSurplus(entry: SectionEntry, wanted: Section): boolean {
  if (entry.key === undefined || isPeoples(entry, wanted)) return false;
  const asked = [...wanted.entries, ...(wanted.beside ?? [])];
  if (asked.some((each) => each.key === entry.key)) return false;
  if (entry.model !== GROUP) return true;
  // People may make a group here that the registration only binds.
  const reference = { object: GROUP, name: entry.values['name'] };
  return !asked.some((each) => each.model === BINDING && sameData(each.values['group'], reference));
}

/**
 * Whether an entry that does not always apply is people's own: it says nothing of what the registration asks for. A binding that is
 * made once still lets somebody in.
 */
export function isPeoples({ key, model, madeOnce, unclear }: SectionEntry, wanted: Section): boolean {
  if (wanted.entries.some((each) => key !== undefined && each.key === key)) return false;
  return unclear !== undefined || (madeOnce !== undefined && model !== BINDING);
}

/** Fields of an entry that say something else than is wanted. What the registration does not speak of is people's own. */
export function differingFields(found: SectionEntry, wanted: SectionEntry): readonly string[] {
  const defaults = own(DEFAULTS, wanted.model) ?? {};
  const fields = new Set([...Object.keys(wanted.values), ...Object.keys(defaults)]);
  for (const field of own(NOT_COMPARED, wanted.model) ?? []) fields.delete(field);
  const differing = [...fields].filter((field) => {
    const [there, asked] = [found, wanted].map((each) =>
      canonical(field, own(each.values, field) ?? own(defaults, field)),
    );
    return !sameData(there, asked);
  });
  return [...differing, ...secretsToGo(found, wanted)];
}

/**
 * Fields by which a provider has a secret that it is not to have: Authentik refuses one that names two, and of one that is to be public the
 * variable would be left behind for nothing, and missing it would be an error. Where it is public already nobody asks for the secret,
 * and the field is people's own.
 */
function secretsToGo({ values: found }: SectionEntry, { values: wanted }: SectionEntry): readonly string[] {
  const isPublished = wanted['client_type'] === 'public' && found['client_type'] !== 'public';
  if (!isPublished && !SECRET_FIELDS.some((field) => field in wanted)) return [];
  return SECRET_FIELDS.filter((field) => found[field] !== undefined && !(field in wanted));
}

/** A value to be compared: of a set, its members in one order. */
export function canonical(field: string, value: unknown): unknown {
  if (field === 'client_id') return withoutDefault(value) ?? null;
  if (!SETS.has(field) || !Array.isArray(value)) return value ?? null;
  return value.map((item) => JSON.stringify(withoutType(item), sorted)).toSorted();
}

/** Since 2026.5 a redirect URI has a type, and this one is what all others are. */
function withoutType(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { redirect_uri_type: type, ...rest } = item as Record<string, unknown>;
  return isForCodes(type) ? rest : item;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export interface SectionOptions {
  /** The description was asked for: another one is a difference. Where it was not, people's own stands. */
  readonly described: boolean;
  /** The registration names all scope mappings that are found by their names: one that it lacks goes. */
  readonly mappings?: boolean;
  /** The client's name, by which its marks are known. */
  readonly client?: string;
  /** What the client asks of the section by itself, where the other text is not that. */
  readonly value?: string;
  /** The client's blueprint as a whole, where it asks for a part of it in this section. */
  readonly whole?: string;
  /** Clients join the section; see `Scope` in `scopedSection.ts`. */
  readonly joins?: boolean;
}

/** Two texts as this client sees them: what a section makes for others is left out of every comparison. */
export function scopedBoth(
  found: string,
  wanted: string,
  { value = wanted, whole = value, client, joins }: SectionOptions,
) {
  const asked = readSection(wanted);
  const all = whole === wanted ? asked : readSection(whole);
  const scope = scopeOf(all, client, joins);
  const part = new Set((whole === value ? all : readSection(value)).entries.map(({ key }) => key));
  const beside = all.entries.filter(({ key }) => !part.has(key));
  return [scopedSection(readSection(found), scope), { ...scopedSection(asked, scope), beside }] as const;
}

/** Whether two blueprints make the same of Authentik. What cannot be read is never the same. */
export function sameSection(found: string, wanted: string, options: SectionOptions): boolean {
  if (found === wanted) return true;
  return undefinedIfUneditable(() => sameScoped(...scopedBoth(found, wanted, options), options)) ?? false;
}

/** Whether two texts that were read by {@link scopedBoth} make the same of Authentik for this client. */
export function sameScoped(there: ScopedSection, asked: Section, options: Pick<SectionOptions, 'described'>): boolean {
  const described = options.described && !there.shared;
  return isSame(there, asked) && (!described || there.description === asked.description);
}

/**
 * The entries of a section that say what an object of a key is: where one makes it, and another one changes it as well, it is
 * as the latter says.
 */
export function entriesFor({ entries }: Section, key: string | undefined): readonly SectionEntry[] {
  const found = entries.filter((entry) => key !== undefined && entry.key === key);
  const lasting = found.filter(({ madeOnce }) => madeOnce === undefined);
  return lasting.length > 0 ? lasting : found;
}

/**
 * Why a section cannot be told from what is asked for, and cannot become it: an entry of which nobody can say what it does, or
 * one that deletes what is asked for. A sentence without its end; undefined where there is none.
 */
export function obstacleIn(there: Section, asked: Section): string | undefined {
  const all = [...asked.entries, ...(asked.beside ?? [])];
  const isAsked = ({ key }: SectionEntry): boolean => all.some((each) => key !== undefined && each.key === key);
  const unclear = there.entries.find((entry) => entry.unclear !== undefined && (!maybeOthers(entry) || isAsked(entry)));
  const deleted = there.absent.find((entry) => isAsked(entry) || entry.unclear !== undefined);
  if (deleted !== undefined)
    return `its entry of model ${deleted.model} with state: absent deletes what is asked for: take that entry out first`;
  return unclear?.unclear ?? refusedTwice(there.entries.filter(isAsked));
}

/** Whether an entry may be of no client at all. */
function maybeOthers(entry: SectionEntry): boolean {
  return entry.model === GROUP || entry.model === USER || isSecret(entry);
}

/** Why Authentik would refuse a section once its objects are there, as a sentence without its end; undefined where it would not. */
export function refusedTwice(entries: readonly SectionEntry[]): string | undefined {
  const entry = entries.find(({ madeOnce }) => madeOnce === 'must_created');
  return (
    entry &&
    `its entry of model ${entry.model} has state: must_created, with which Authentik refuses the whole section once the object is ` +
      'there: write "state: created" in it, or take the state out'
  );
}

function isSame(there: Section, asked: Section): boolean {
  const wanted = asked.entries.filter((entry) => entry.key !== undefined);
  const matched = wanted.every((entry) => {
    const found = entriesFor(there, entry.key);
    return found.length === 1 && differingFields(found[0] as SectionEntry, entry).length === 0;
  });
  return (
    matched &&
    obstacleIn(there, asked) === undefined &&
    !there.entries.some((entry) => isSurplus(entry, asked)) &&
    referencesHold(there)
  );
}

/** `!KeyOf` reaches back only: a reference to an entry below, or to none, is an error of the whole file. */
function referencesHold({ entries }: Section): boolean {
  const ids = new Set<string>();
  return entries.every((entry) => {
    const holds = keyOfs(entry.node).every((id) => ids.has(id));
    if (entry.id !== undefined) ids.add(entry.id);
    return holds;
  });
}

/** Ids that an entry names. */
export function keyOfs(node: unknown): readonly string[] {
  if (isMap(node)) return node.items.flatMap((pair: Pair) => keyOfs(pair.value));
  if (isSeq(node)) return node.items.flatMap((item) => keyOfs(item));
  return isScalar(node) && node.tag === '!KeyOf' ? [String(node.value)] : [];
}
