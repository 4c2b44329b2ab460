import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Pair, type YAMLMap } from 'yaml';
import { MADE_FOR } from '../../authentik/renderBlueprint.ts';
import { firstLine } from '../../base/yamlFile.ts';
import type { EngineMode } from '../../authentik/wantedState.ts';
import { sameData } from '../yaml/sameData.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { own } from '../../base/own.ts';

/** What a registration's blueprint is made of, by the model's name. */
export const PROVIDER = 'authentik_providers_oauth2.oauth2provider';
export const APPLICATION = 'authentik_core.application';
export const BINDING = 'authentik_policies.policybinding';
export const GROUP = 'authentik_core.group';
export const USER = 'authentik_core.user';

/** The field by which an object of a model is known, whatever an entry finds it by. */
const NAMED_BY: Readonly<Record<string, string>> = {
  [PROVIDER]: 'name',
  [APPLICATION]: 'slug',
  [GROUP]: 'name',
  [USER]: 'username',
};

/** What Authentik takes where an entry says nothing: to leave it out, or to write it down, says the same. */
export const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  [PROVIDER]: { client_type: 'confidential', sub_mode: 'hashed_user_id', include_claims_in_id_token: true },
  [APPLICATION]: { meta_launch_url: '', policy_engine_mode: 'any' },
  [BINDING]: { enabled: true, negate: false, timeout: 30, policy: null, user: null, failure_result: false },
  [GROUP]: { is_superuser: false },
  [USER]: { is_active: true },
};

/** Lists that Authentik keeps as sets. */
const SETS = new Set(['redirect_uris', 'property_mappings', 'grant_types', 'groups']);

/** What is people's own to say, such as where they file a service account. */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = {
  [USER]: ['path'],
  // How long a policy may take means nothing to a group.
  [BINDING]: ['timeout'],
};

/** One entry, with where it stands in the text. */
export interface SectionEntry {
  readonly model: string;
  /** Names the entry whatever its style: model and what it is known by; undefined for what no registration is made of. */
  readonly key: string | undefined;
  readonly id: string | undefined;
  /** Everything it says, references resolved: identifiers win over attrs, as in Authentik's importer. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly node: YAMLMap;
  /** The entry right above it that makes the object, where there is none, with the job's mark. */
  readonly mark?: YAMLMap;
}

/** A client's blueprint as people or the job wrote it. */
export interface Section {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly entries: readonly SectionEntry[];
  readonly description: string | undefined;
}

/** What tells whose client a section is; undefined where it is no client's. */
export interface SectionIdentity {
  readonly slug: unknown;
  readonly providerName: unknown;
  readonly clientId: unknown;
}

const DESCRIPTION = 'blueprints.goauthentik.io/description';
const INSTANTIATE = 'blueprints.goauthentik.io/instantiate';

/** Reads a blueprint. Throws {@link CannotEdit} on what does not parse, or what would make an entry work in another way. */
export function readSection(text: string): Section {
  // As Authentik reads it: PyYAML is YAML 1.1.
  const document = parseDocument(text, { logLevel: 'silent', version: '1.1', keepSourceTokens: true });
  const [error] = document.errors;
  if (error !== undefined) throw new CannotEdit(`the blueprint does not parse: ${firstLine(error)}`, 'syntax');
  const root = document.contents;
  if (!isMap(root)) throw new CannotEdit('the blueprint is no mapping');
  const data = new Reader(document);
  const version = data.plain(root.get('version', true));
  if (version !== undefined && version !== 1) throw new CannotEdit('the blueprint is not of version 1');
  const labels = (data.plain(document.getIn(['metadata', 'labels'], true)) ?? {}) as Record<string, unknown>;
  if (String(labels[INSTANTIATE] ?? 'true') === 'false')
    throw new CannotEdit(`its label ${INSTANTIATE} keeps Authentik from applying it`);
  const list = root.get('entries', true);
  if (!isSeq(list)) throw new CannotEdit('the blueprint has no list of entries');
  const nodes = list.items.map((item) => {
    if (isMap(item)) return item;
    throw new CannotEdit('an entry of the blueprint is no mapping');
  });
  const raw = rawEntries(data, nodes);
  const entries = raw.map((entry): SectionEntry => {
    const values = resolved(entry.merged, raw) as Record<string, unknown>;
    const { model, id, node, mark } = entry;
    return { model, id, node, values, key: keyOf(model, values, raw), ...(mark === undefined ? {} : { mark }) };
  });
  const description = labels[DESCRIPTION];
  return { text, document, entries, description: typeof description === 'string' ? description : undefined };
}

interface RawEntry {
  readonly model: string;
  readonly id: string | undefined;
  readonly node: YAMLMap;
  readonly merged: Readonly<Record<string, unknown>>;
  readonly mark?: YAMLMap;
}

/** Entries with the marks above them; a mark that stands elsewhere is an entry that does not always apply. */
function rawEntries(data: Reader, nodes: readonly YAMLMap[]): readonly RawEntry[] {
  const marks = new Set(nodes.filter((node, i) => isMark(data.plain(node), data.plain(nodes[i + 1]))));
  return nodes.flatMap((node, i) => {
    if (marks.has(node)) return [];
    const above = nodes[i - 1];
    const mark = above !== undefined && marks.has(above) ? { mark: above } : {};
    return [{ ...rawEntry(data, node), ...mark }];
  });
}

interface PlainEntry {
  readonly model?: unknown;
  readonly state?: unknown;
  readonly identifiers?: unknown;
  readonly attrs?: { readonly attributes?: { readonly [MADE_FOR]?: unknown } };
}

/** Whether an entry marks what the one below it speaks of, see `markEntry` in `core/authentik/renderBlueprint.ts`. */
function isMark(entry: unknown, below: unknown): boolean {
  const [first, next] = [entry, below] as readonly (PlainEntry | undefined)[];
  return (
    first?.state === 'created' &&
    (first.model === GROUP || first.model === USER) &&
    typeof first.attrs?.attributes?.[MADE_FOR] === 'string' &&
    next?.model === first.model &&
    sameData(next.identifiers, first.identifiers)
  );
}

/** Keys of the groups and users that a blueprint marks where it makes them; none where it cannot be read. */
export function markedIn(text: string): ReadonlySet<string> {
  try {
    const marked = readSection(text).entries.filter(({ mark }) => mark !== undefined);
    return new Set(marked.flatMap(({ key }) => (key === undefined ? [] : [key])));
  } catch (error) {
    if (error instanceof CannotEdit) return new Set();
    throw error;
  }
}

/** Key of a group or user among the entries of a section. */
export function keyOfNamed(model: typeof GROUP | typeof USER, name: string): string {
  return `${model} ${name}`;
}

function rawEntry(data: Reader, node: YAMLMap): RawEntry {
  const plain = data.plain(node) as Readonly<Record<string, unknown>>;
  const model = String(plain['model']);
  if (Object.hasOwn(DEFAULTS, model)) {
    for (const field of ['state', 'conditions'])
      if (plain[field] !== undefined && plain[field] !== 'present')
        throw new CannotEdit(`its entry of model ${model} has ${field}, with which Authentik does not always apply it`);
  }
  const part = (name: string): object => (typeof plain[name] === 'object' && plain[name] !== null ? plain[name] : {});
  const { id } = plain;
  return {
    model,
    node,
    id: id === undefined || id === null ? undefined : String(id),
    merged: { ...part('attrs'), ...part('identifiers') },
  };
}

/** A custom tag as data. */
class Tag {
  readonly tag: string;
  readonly argument: unknown;

  constructor(tag: string, argument: unknown) {
    this.tag = tag;
    this.argument = argument;
  }
}

/** Nodes as data, with Authentik's tags kept and aliases followed. */
class Reader {
  readonly #document: Document.Parsed;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  plain(node: unknown): unknown {
    if (node === undefined || node === null) return undefined;
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) throw new CannotEdit(`the blueprint names *${node.source}, which nothing in it is`);
      return this.plain(target);
    }
    const tag = (node as { tag?: string }).tag;
    const value = this.#untagged(node);
    return tag?.startsWith('!') === true && !tag.startsWith('!!') ? new Tag(tag, value) : value;
  }

  #untagged(node: unknown): unknown {
    if (isMap(node)) {
      if (node.items.some(({ key }) => isScalar(key) && (typeof key.value === 'symbol' || key.value === '<<')))
        throw new CannotEdit('the blueprint merges mappings by "<<", which the job does not follow');
      return Object.fromEntries(
        node.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), this.plain(pair.value)]),
      );
    }
    if (isSeq(node)) return node.items.map((item) => this.plain(item));
    return isScalar(node) ? node.value : undefined;
  }
}

/** Tags by what they mean: a reference by the object that it names, whichever way. */
function resolved(value: unknown, entries: readonly RawEntry[]): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, entries));
  if (value instanceof Tag) return meaningOf(value, entries);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, entries)]));
}

function meaningOf({ tag, argument }: Tag, entries: readonly RawEntry[]): unknown {
  const list = (Array.isArray(argument) ? argument : [argument]) as readonly unknown[];
  switch (tag) {
    case '!Env':
      return { env: list };
    case '!KeyOf': {
      const entry = entries.find((each) => each.id === argument);
      return entry === undefined ? { keyOf: argument } : referenceTo(entry);
    }
    case '!Find':
      return foundBy(list, entries);
    default:
      return { tag, argument: resolved(list, entries) };
  }
}

function referenceTo({ model, merged, id }: RawEntry): unknown {
  const field = own(NAMED_BY, model);
  const name = field === undefined ? undefined : merged[field];
  return typeof name === 'string' ? { object: model, name } : { keyOf: id };
}

function foundBy([model, ...conditions]: readonly unknown[], entries: readonly RawEntry[]): unknown {
  const where = conditions.map((each) => (Array.isArray(each) ? (each as unknown[]) : [each]));
  const plain = where.every(([, value]) => typeof value === 'string' || typeof value === 'number');
  const ours = entries.find(
    (entry) => entry.model === model && where.every(([field, value]) => own(entry.merged, String(field)) === value),
  );
  if (plain && ours !== undefined) return referenceTo(ours);
  const [only] = where;
  if (plain && where.length === 1 && only?.[0] === own(NAMED_BY, String(model)))
    return { object: model, name: only?.[1] };
  return { find: model, where: resolved(where, entries) };
}

function keyOf(model: string, values: Readonly<Record<string, unknown>>, entries: readonly RawEntry[]) {
  const field = own(NAMED_BY, model);
  if (field !== undefined) return `${model} ${String(values[field])}`;
  if (model !== BINDING) return undefined;
  // A binding to another application is none of this client's.
  const target = values['target'] as { object?: unknown; name?: unknown } | undefined;
  const ours = entries.some((entry) => entry.model === APPLICATION && entry.merged['slug'] === target?.name);
  return ours && target?.object === APPLICATION ? `${model} ${String(values['order'])}` : undefined;
}

/** Slug, provider name and client id of a section. */
export function identityOf({ entries }: Section): SectionIdentity | undefined {
  const providers = entries.filter((entry) => entry.model === PROVIDER);
  const applications = entries.filter((entry) => entry.model === APPLICATION);
  const [provider, application] = [providers[0], applications[0]];
  if (provider === undefined || application === undefined || providers.length + applications.length > 2)
    return undefined;
  const { name, client_id: clientId } = provider.values;
  return { slug: application.values['slug'], providerName: name, clientId };
}

/** The engine mode that a section gives its application; undefined where it names none, or cannot be read. */
export function engineModeOf(text: string): EngineMode | undefined {
  try {
    const application = readSection(text).entries.find(({ model }) => model === APPLICATION);
    const mode = application?.values['policy_engine_mode'];
    return mode === 'all' || mode === 'any' ? mode : undefined;
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}

/** Whether an entry that the registration does not name stands in the way of its meaning: a binding, or a group or user that nothing names. */
export function isSurplus(entry: SectionEntry, wanted: Section): boolean {
  if (entry.key === undefined || wanted.entries.some((each) => each.key === entry.key)) return false;
  if (entry.model !== GROUP) return true;
  // People may make a group here that the registration only binds.
  const reference = { object: GROUP, name: entry.values['name'] };
  return !wanted.entries.some((each) => each.model === BINDING && sameData(each.values['group'], reference));
}

/** Fields of an entry that say something else than is wanted. What the registration does not speak of is people's own. */
export function differingFields(found: SectionEntry, wanted: SectionEntry): readonly string[] {
  const defaults = own(DEFAULTS, wanted.model) ?? {};
  const fields = new Set([...Object.keys(wanted.values), ...Object.keys(defaults)]);
  for (const field of own(NOT_COMPARED, wanted.model) ?? []) fields.delete(field);
  return [...fields].filter((field) => {
    const [there, asked] = [found, wanted].map((each) =>
      canonical(field, own(each.values, field) ?? own(defaults, field)),
    );
    return !sameData(there, asked);
  });
}

/** A value to be compared: of a set, its members in one order. */
export function canonical(field: string, value: unknown): unknown {
  if (!SETS.has(field) || !Array.isArray(value)) return value ?? null;
  return value.map((item) => JSON.stringify(withoutType(item), sorted)).toSorted();
}

/** Since 2026.5 a redirect URI has a type, and this one is what all others are. */
function withoutType(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item;
  const { redirect_uri_type: type, ...rest } = item as Record<string, unknown>;
  return type === undefined || type === 'authorization' ? rest : item;
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export interface SectionOptions {
  /** The description was asked for: another one is a difference. Where it was not, people's own stands. */
  readonly described: boolean;
}

/** Whether two blueprints make the same of Authentik. What cannot be read is never the same. */
export function sameSection(found: string, wanted: string, { described }: SectionOptions): boolean {
  if (found === wanted) return true;
  try {
    const [there, asked] = [readSection(found), readSection(wanted)];
    return isSame(there, asked) && (!described || there.description === asked.description);
  } catch (error) {
    if (error instanceof CannotEdit) return false;
    throw error;
  }
}

/** Whether a section holds entries that are none of a registration's: people's own, which go with no client. */
export function hasOthersEntries(text: string): boolean {
  return readSection(text).entries.some(({ key }) => key === undefined);
}

function isSame(there: Section, asked: Section): boolean {
  const wanted = asked.entries.filter((entry) => entry.key !== undefined);
  const matched = wanted.every((entry) => {
    const found = there.entries.filter((each) => each.key === entry.key);
    return found.length === 1 && differingFields(found[0] as SectionEntry, entry).length === 0;
  });
  return matched && !there.entries.some((entry) => isSurplus(entry, asked)) && referencesHold(there);
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
