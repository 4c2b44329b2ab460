import { type Alias, isAlias, isMap, isScalar, isSeq, visit, type Document, type Pair, type YAMLMap } from 'yaml';
import { CannotEdit } from '../yaml/yamlDocument.ts';

/** An entry as it is written, its references not followed yet. */
export interface RawEntry {
  readonly model: string;
  readonly id: string | undefined;
  readonly node: YAMLMap;
  readonly merged: Readonly<Record<string, unknown>>;
  readonly mark?: YAMLMap;
}

/** A custom tag as data. */
export class Tag {
  readonly tag: string;
  readonly argument: unknown;
  readonly #node: unknown;

  constructor(tag: string, argument: unknown, node: unknown) {
    this.tag = tag;
    this.argument = argument;
    this.#node = node;
  }

  /** As it is written, on one line. */
  get text(): string {
    return written(this.#node);
  }
}

/** Aliases that are followed in one blueprint: far more than anybody writes, and few enough for any nesting of them. */
const MOST_ALIASES = 10_000;

/** Nodes of a blueprint as data, as PyYAML's SafeLoader reads them: Authentik's tags kept, aliases and merges followed. */
export class Reader {
  readonly #targets: ReadonlyMap<Alias, unknown>;
  readonly #inside = new Set<unknown>();
  #aliases = 0;

  constructor(document: Document.Parsed) {
    this.#targets = targetsOf(document);
  }

  plain(node: unknown): unknown {
    if (node === undefined || node === null) return undefined;
    if (isAlias(node)) return this.#aliased(node.source, this.#targets.get(node));
    const tag = (node as { tag?: string }).tag;
    const value = this.#untagged(node);
    return tag?.startsWith('!') === true && !tag.startsWith('!!') ? new Tag(tag, value, node) : value;
  }

  #aliased(name: string, target: unknown): unknown {
    if (target === undefined) throw new CannotEdit(`the blueprint names *${name}, which nothing in it is`);
    this.#aliases += 1;
    if (this.#inside.has(target) || this.#aliases > MOST_ALIASES)
      throw new CannotEdit(`the blueprint names *${name} inside of itself, or too often`);
    this.#inside.add(target);
    const value = this.plain(target);
    this.#inside.delete(target);
    return value;
  }

  #untagged(node: unknown): unknown {
    if (isMap(node)) {
      // Of a list the first one wins, of several keys the last; the mapping's own fields win over all, wherever they stand.
      const merged = node.items.filter(isMerge).flatMap(({ value }) => this.#merged(value).toReversed());
      const fields = node.items
        .filter((pair) => !isMerge(pair))
        .map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), this.plain(pair.value)] as const);
      return Object.assign({}, ...merged, Object.fromEntries(fields)) as unknown;
    }
    if (isSeq(node)) return node.items.map((item) => this.plain(item));
    return isScalar(node) ? node.value : undefined;
  }

  /** The mappings that a `<<` names. */
  #merged(node: unknown): readonly object[] {
    const value = this.plain(node);
    return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((each) => {
      if (typeof each === 'object' && each !== null && !Array.isArray(each) && !(each instanceof Tag)) return each;
      throw new CannotEdit('a "<<" of the blueprint merges what is no mapping');
    });
  }
}

/** What each alias names: the node of that anchor which stands last before it. To ask the alias itself walks the whole document. */
function targetsOf(document: Document.Parsed): ReadonlyMap<Alias, unknown> {
  const anchored = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  visit(document, {
    Alias: (_key, node) => void targets.set(node, anchored.get(node.source)),
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

/** Whether a key is a merge: `"<<"` in quotes is a key like others. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (typeof key.value === 'symbol' || (key.value === '<<' && key.type === 'PLAIN'));
}

const LONGEST = 80;

/** A tagged node on one line, for sentences. */
function written(node: unknown): string {
  const text = flow(node).replaceAll(/\s+/g, ' ').trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function flow(node: unknown): string {
  if (isAlias(node)) return `*${node.source}`;
  const tag = (node as { tag?: string } | null)?.tag;
  const own = tag?.startsWith('!') === true && !tag.startsWith('!!') ? `${tag} ` : '';
  if (isSeq(node)) return `${own}[${node.items.map(flow).join(', ')}]`;
  if (isMap(node)) return `${own}{…}`;
  if (!isScalar(node)) return own;
  return `${own}${node.type === 'QUOTE_DOUBLE' ? JSON.stringify(node.value) : (node.source ?? String(node.value))}`;
}
