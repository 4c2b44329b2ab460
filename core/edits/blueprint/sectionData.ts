import { isAlias, isMap, isScalar, isSeq, type Document, type YAMLMap } from 'yaml';
import { own } from '../../base/own.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { NAMED_BY } from './models.ts';

/** An entry as it is written, its references not followed yet. */
export interface RawEntry {
  readonly model: string;
  readonly id: string | undefined;
  readonly node: YAMLMap;
  readonly merged: Readonly<Record<string, unknown>>;
  readonly mark?: YAMLMap;
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

/** Nodes of a blueprint as data, with Authentik's tags kept and aliases followed. */
export class Reader {
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
export function resolved(value: unknown, entries: readonly RawEntry[]): unknown {
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
