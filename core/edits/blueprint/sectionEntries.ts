import type { YAMLMap } from 'yaml';
import { MADE_FOR } from '../../authentik/renderBlueprint.ts';
import { own } from '../../base/own.ts';
import { sameData } from '../yaml/sameData.ts';
import { asField } from './fieldTypes.ts';
import { withoutAliases } from './furtherValues.ts';
import { APPLICATION, BINDING, DEFAULTS, GROUP, NAMED_BY, PROVIDER, USER, keyOfNamed } from './models.ts';
import { Tag, type RawEntry, type Reader } from './sectionData.ts';
import { inWords, NotUnderstood, textOf, untoldIn } from './sectionValues.ts';
import { resolved, type TagScope } from './tagMeaning.ts';

/** An entry of a blueprint, with where it stands in the text. */
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
  /** Authentik makes the object where there is none, and never changes it. */
  readonly madeOnce?: 'created' | 'must_created';
  /** Why nobody can tell what the entry does, as a sentence without its end; it is then neither changed nor taken out. */
  readonly unclear?: string;
}

type Context = Pick<TagScope, 'context'>;

/** The entries of a blueprint: those that make and change objects, and those that delete them. */
export function entriesOf(
  data: Reader,
  nodes: readonly YAMLMap[],
  context: unknown,
): { readonly entries: readonly SectionEntry[]; readonly absent: readonly SectionEntry[] } {
  const scope: Context =
    typeof context === 'object' && context !== null ? { context: context as Readonly<Record<string, unknown>> } : {};
  const raw = rawEntries(data, nodes, scope);
  const read = raw.map((entry) => ({ entry, values: valuesOf(entry, { entries: raw, ...scope }) }));
  const all = read.map(({ entry, values }) => ({ state: entry.state, made: entryOf(entry, values) }));
  return {
    entries: all.filter(({ state }) => state !== 'absent').map(({ made }) => made),
    absent: all.filter(({ state }) => state === 'absent').map(({ made }) => made),
  };
}

function valuesOf({ model, merged }: RawEntry, scope: TagScope): SectionEntry['values'] {
  const values = Object.entries(withoutAliases(model, resolved(merged, scope) as SectionEntry['values']));
  return Object.fromEntries(values.map(([field, value]) => [field, asField(field, value)]));
}

function entryOf(entry: StatedEntry, values: SectionEntry['values']): SectionEntry {
  const { model, id, node, mark, state } = entry;
  const made = { model, values };
  const unclear =
    unclearState(entry) ?? untoldName(made) ?? (model === BINDING ? untoldField(made, 'order') : undefined);
  return {
    model,
    id,
    node,
    values,
    key: keyOf(model, values),
    ...(mark === undefined ? {} : { mark }),
    ...(state === 'created' || state === 'must_created' ? { madeOnce: state } : {}),
    ...(unclear === undefined ? {} : { unclear }),
  };
}

interface StatedEntry extends RawEntry {
  readonly state: unknown;
  readonly conditions: unknown;
  /** A whole part of it that is a tag which is not followed. */
  readonly untold: unknown;
}

/** Entries with the marks above them; a mark that stands elsewhere is an entry that is made once. */
function rawEntries(data: Reader, nodes: readonly YAMLMap[], scope: Context): readonly StatedEntry[] {
  const marks = new Set(nodes.filter((node, i) => isMark(data.plain(node), data.plain(nodes[i + 1]))));
  return nodes.flatMap((node, i) => {
    if (marks.has(node)) return [];
    const above = nodes[i - 1];
    const mark = above !== undefined && marks.has(above) ? { mark: above } : {};
    return [{ ...rawEntry(data, node, scope), ...mark }];
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

function rawEntry(data: Reader, node: YAMLMap, scope: Context): StatedEntry {
  const plain = data.plain(node) as Readonly<Record<string, unknown>>;
  const [model, state] = [plain['model'], plain['state']].map((each) => resolved(each, { entries: [], ...scope }));
  // A part that is a tag as a whole is told by the context, or not at all.
  const [attrs, identifiers] = ['attrs', 'identifiers'].map((part) =>
    plain[part] instanceof Tag ? resolved(plain[part], { entries: [], ...scope }) : plain[part],
  );
  return {
    model: textOf(model) ?? inWords(model),
    node,
    id: textOf(plain['id']),
    merged: { ...mappingOf(attrs), ...mappingOf(identifiers) },
    state,
    conditions: plain['conditions'],
    untold: [attrs, identifiers].find((part) => part instanceof NotUnderstood),
  };
}

function mappingOf(part: unknown): object {
  return typeof part === 'object' && part !== null && !(part instanceof NotUnderstood) ? part : {};
}

function unclearState({ model, state, conditions, untold }: StatedEntry): string | undefined {
  if (!Object.hasOwn(DEFAULTS, model)) return undefined;
  const entry = `its entry of model ${model} has`;
  const tag = untold ?? (untoldIn(state) === undefined ? undefined : state);
  if (tag !== undefined) return `${entry} ${inWords(tag)}, of which the file does not tell the value`;
  const always =
    conditions === undefined || conditions === null || (Array.isArray(conditions) && conditions.length === 0);
  return always ? undefined : `${entry} conditions, with which Authentik does not always apply it`;
}

/**
 * Why nobody can tell whose an entry is, as a sentence without its end: it may be of any client. Of a group or user of another name
 * people may say what they like.
 */
export function untoldName(entry: Pick<SectionEntry, 'model' | 'values'>): string | undefined {
  const field = { [PROVIDER]: 'name', [APPLICATION]: 'slug', [BINDING]: 'target' }[entry.model];
  return field === undefined ? undefined : untoldField(entry, field);
}

/** Why nobody can tell the value of an entry's field from the file, as a sentence without its end; undefined where it can be told. */
export function untoldField(
  { model, values }: Pick<SectionEntry, 'model' | 'values'>,
  field: string,
): string | undefined {
  const words = untoldIn(own(values, field));
  return words === undefined
    ? undefined
    : `${field} of its entry of model ${model} is ${words}, of which the file does not tell the value`;
}

/** Of a binding its order: whose application it binds a scope tells (`scopedSection.ts`). */
function keyOf(model: string, values: SectionEntry['values']): string | undefined {
  const field = own(NAMED_BY, model);
  const name = field === undefined ? undefined : textOf(values[field]);
  if (field !== undefined) return name === undefined ? undefined : keyOfNamed(model, name);
  if (model !== BINDING) return undefined;
  const target = values['target'] as { object?: unknown } | undefined;
  return target?.object === APPLICATION ? `${model} ${textOf(values['order']) ?? ''}` : undefined;
}
