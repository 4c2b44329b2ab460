import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { firstLine } from '../../base/yamlFile.ts';
import { byText } from './byText.ts';
import { DOUBLE_KEYS, doubleKey } from './doubleKey.ts';
import type { CannotEditCode } from './edit.ts';
import { own } from '../../base/own.ts';

/** Why an edit of a text cannot be made. Caught by the edit and answered as `refused`. */
export class CannotEdit extends Error {
  readonly code: CannotEditCode | undefined;
  /** What a person does about it, where that is not to add the lines by hand. */
  readonly remedy: string | undefined;

  constructor(reason: string, code?: CannotEditCode, remedy?: string) {
    super(reason);
    this.code = code;
    this.remedy = remedy;
  }
}

/** Reads something of a text; undefined where the text cannot be edited, which the edit itself says. */
export function undefinedIfUneditable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}

export type Parsed = readonly Document.Parsed[];

/**
 * All documents of a file, for their positions; never to be changed. Throws {@link CannotEdit} with line and reason where one
 * does not parse.
 */
export const parse: (text: string) => Parsed = byText(parseAnew);

function parseAnew(text: string): Parsed {
  // Custom tags are people's own (Authentik, Ansible vault): unknown to us, and not an error.
  const documents = parseAllDocuments(text, {
    logLevel: 'silent',
    strict: true,
    ...DOUBLE_KEYS,
  });
  const list = Array.isArray(documents) ? documents : [];
  for (const document of list) {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0];
      throw new CannotEdit(`it does not parse as YAML, line ${at?.line ?? '?'}: ${firstLine(error)}`, 'syntax');
    }
    const double = doubleKey(document.contents);
    if (double !== undefined) {
      const line = text.slice(0, double.range?.[0]).split('\n').length;
      throw new CannotEdit(`it does not parse as YAML, line ${line}: Map keys must be unique`, 'syntax');
    }
  }
  return list as Parsed;
}

/** The document of a Kubernetes object. */
export function documentOf(documents: Parsed, kind: string, name: string): Document.Parsed {
  const found = documents.filter(
    (document) => document.getIn(['kind']) === kind && document.getIn(['metadata', 'name']) === name,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const reason = `it holds ${found.length} documents of kind ${kind} named ${name}, one is needed`;
  throw found.length === 0
    ? new CannotEdit(`${reason}${instead(documents, kind)}`, 'noObject')
    : new CannotEdit(reason);
}

/** Words for the objects that a file holds in place of the one that is looked for, and where that one may be. */
function instead(documents: Parsed, kind: string): string {
  const here = documents.flatMap((document) => {
    const found = document.getIn(['kind']);
    return typeof found === 'string'
      ? [`${found} ${String(document.getIn(['metadata', 'name']) ?? '')}`.trimEnd()]
      : [];
  });
  if (documents.some((document) => document.getIn(['kind']) === 'Kustomization'))
    return (
      `; it is a kustomization: name the file that holds the ${kind}, or, where that one comes from a URL or a base of others, ` +
      `a patch file of your own that begins with its apiVersion, kind and metadata.name, and is listed under patches`
    );
  if (documents.some((document) => isSeq(document.contents)))
    return `; it is a list, such as a JSON patch: make it a patch that is written as a ${kind} with metadata.name`;
  return here.length === 0 ? '' : `; it holds ${here.join(', ')}`;
}

export type Path = readonly (string | number)[];

/** A block mapping at a path. Throws where it is absent, in flow style, or shared by an anchor. */
export function blockMap(document: Document.Parsed, path: Path): YAMLMap {
  const node = unshared(document, path);
  if (isMap(node) && node.flow !== true && node.items.length > 0) return node;
  throw new CannotEdit(`${path.join('.')} is not a block mapping with entries`);
}

/** A block sequence of mappings at a path, with at least one entry. Throws as {@link blockMap} does. */
export function blockSeq(document: Document.Parsed, path: Path): YAMLSeq {
  const node = unshared(document, path);
  if (isSeq(node) && node.flow !== true && node.items.length > 0 && node.items.every((item) => isMap(item)))
    return node;
  throw new CannotEdit(`${path.length === 0 ? 'it' : path.join('.')} is not a block list of mappings`);
}

/** A list of mappings, or of plain values, at a path, in block style or in brackets. Throws as {@link blockMap} does. */
export function entrySeq(document: Document.Parsed, path: Path, of: 'mappings' | 'values'): YAMLSeq {
  const node = unshared(document, path);
  const isEntry = (item: unknown): boolean => (of === 'mappings' ? isMap(item) : isScalar(item));
  if (isSeq(node) && node.items.length > 0 && node.items.every(isEntry)) return node;
  throw new CannotEdit(`${path.join('.')} is no list of ${of}`);
}

/** A key that is not there and can be made, in the mapping that is to hold it. */
export type Absent = { readonly absent: true; readonly parent: YAMLMap };

/**
 * Whether the last key of a path holds a mapping or list with entries, or is not there at all, so that it can be made. A
 * value that is there but empty is refused, for taking our entry out again could not tell it from none. Throws
 * {@link CannotEdit}.
 */
export function nodeOrAbsent(document: Document.Parsed, path: Path): Absent | { readonly absent: false } {
  const parent = unshared(document, path.slice(0, -1));
  const where = path.join('.');
  const key = String(path.at(-1));
  const pair = isMap(parent) ? pairOf(parent, key) : undefined;
  const isThere = pair !== undefined && !isEmptyPair(pair);
  if (!isMap(parent) || (parent.flow === true && !isThere))
    throw new CannotEdit(`what holds ${key} is not a block mapping`);
  if (pair === undefined) {
    // Readers of YAML 1.1 merge what "<<" names: a key of ours would hide one that comes from there.
    if (parent.items.some(({ key: name }) => isMergeKey(name)))
      throw new CannotEdit(`${where} may come from a "<<" beside it, which a key of our own would replace`);
    return { absent: true, parent };
  }
  if (!isThere) throw new CannotEdit(`${where} is there but empty: take its line out, and the job writes it`);
  return { absent: false };
}

/** Whether a key has no value, or a mapping or list without entries. */
export function isEmptyPair({ value }: Pair): boolean {
  if (isMap(value) || isSeq(value)) return value.items.length === 0;
  return value === null || (isScalar(value) && value.value === null);
}

/** The key of a mapping and its value; undefined where it has no such key. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** `<<`; with a directive `%YAML 1.1` the parser makes a symbol of it. */
function isMergeKey(key: unknown): boolean {
  if (!isScalar(key)) return false;
  return key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<');
}

/** The node at a path. What an alias repeats elsewhere is not ours to change: a line added there would show twice. */
export function unshared(document: Document.Parsed, path: Path): unknown {
  const way = path.map((_, i) => document.getIn(path.slice(0, i + 1), true));
  const anchors = new Set(
    [document.contents, ...way].map((node) => (isNode(node) && 'anchor' in node ? node.anchor : undefined)),
  );
  if (way.some((node) => isAlias(node))) throw new CannotEdit(`${path.join('.')} is behind an alias`);
  if ([...anchors].some((anchor) => anchor !== undefined))
    visit(document, {
      Alias(_, alias) {
        if (anchors.has(alias.source))
          throw new CannotEdit(`${path.join('.')} is shared by the anchor &${alias.source}: others would change too`);
      },
    });
  return path.length === 0 ? document.contents : way.at(-1);
}

/** The data of all documents, to be changed as wanted and compared. What aliases repeat is repeated here. */
export function dataOf(documents: Parsed): unknown[] {
  return documents.map((document) => copyOf(plainData(document)));
}

/** The data of all documents, changed at one place: what holds it is made anew, all else is shared, and nobody may change it. */
export function dataWith(
  documents: Parsed,
  document: Document.Parsed,
  path: Path,
  make: (old: unknown) => unknown,
): readonly unknown[] {
  return documents.map((each) => (each === document ? changedAt(plainData(each), path, make) : plainData(each)));
}

function changedAt(data: unknown, path: Path, make: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return make(data);
  const at = Number(key);
  if (Array.isArray(data)) return data.with(at, changedAt(data[at], rest, make));
  const holder = data as Readonly<Record<string, unknown>>;
  return { ...holder, [key]: changedAt(own(holder, String(key)), rest, make) };
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)]));
}

/** Whether documents hold these data, to the order of their keys. */
export function hold(documents: Parsed, wanted: readonly unknown[]): boolean {
  return (
    documents.length === wanted.length &&
    documents.every((each, i) => alike(plainData(each) ?? null, wanted[i] ?? null))
  );
}

function alike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, i) => alike(each, other[i]));
  if (!isPlain(one) || !isPlain(other)) return false;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return keys.length === others.length && keys.every((key, i) => key === others[i] && alike(one[key], other[key]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const made = new WeakMap<Document.Parsed, { readonly data: unknown }>();

/** One document's data, to be read only; of an alias, what it stands for. */
export function plainData(document: Document.Parsed): unknown {
  const known = made.get(document);
  if (known !== undefined) return known.data;
  try {
    const data = document.toJS() as unknown;
    made.set(document, { data });
    return data;
  } catch (error) {
    // An alias without its anchor, or aliases of aliases without end.
    if (error instanceof ReferenceError) throw new CannotEdit(`it cannot be read as data: ${firstLine(error)}`);
    throw error;
  }
}
