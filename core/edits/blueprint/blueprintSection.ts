import { isMap, isSeq, parseDocument, type Document, type YAMLMap } from 'yaml';
import { MADE_FOR } from '../../authentik/renderBlueprint.ts';
import { own } from '../../base/own.ts';
import { firstLine } from '../../base/yamlFile.ts';
import { sameData } from '../yaml/sameData.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { APPLICATION, BINDING, DEFAULTS, GROUP, NAMED_BY, USER } from './models.ts';
import { Reader, resolved, type RawEntry } from './sectionData.ts';

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
}

/** A client's blueprint as people or the job wrote it. */
export interface Section {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly entries: readonly SectionEntry[];
  readonly description: string | undefined;
}

const DESCRIPTION = 'blueprints.goauthentik.io/description';
const INSTANTIATE = 'blueprints.goauthentik.io/instantiate';

/** Reads a blueprint. Throws {@link CannotEdit} on what does not parse, or what would make an entry work in another way. */
export function readSection(text: string): Section {
  // The version is that of Authentik's reader: PyYAML is YAML 1.1.
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

function keyOf(model: string, values: Readonly<Record<string, unknown>>, entries: readonly RawEntry[]) {
  const field = own(NAMED_BY, model);
  if (field !== undefined) return `${model} ${String(values[field])}`;
  if (model !== BINDING) return undefined;
  // A binding to another application is none of this client's.
  const target = values['target'] as { object?: unknown; name?: unknown } | undefined;
  const ours = entries.some((entry) => entry.model === APPLICATION && entry.merged['slug'] === target?.name);
  return ours && target?.object === APPLICATION ? `${model} ${String(values['order'])}` : undefined;
}
