import type { FieldsV1 } from '../../core/kubernetes/managedFields.ts';

/** A field by the elements of `fieldsV1`: `f:spec`, `k:{"name":"worker"}`, `v:"a"`. */
export type FieldPath = readonly string[];

/** A set of fields, as one entry of `managedFields` holds it. */
export class FieldSet {
  readonly #paths: ReadonlyMap<string, FieldPath>;

  constructor(paths: Iterable<FieldPath> = []) {
    this.#paths = new Map([...paths].map((path) => [keyOf(path), path]));
  }

  static fromFieldsV1(fields: FieldsV1): FieldSet {
    return new FieldSet(pathsOf(fields, []));
  }

  toFieldsV1(): FieldsV1 {
    const root: Tree = {};
    for (const path of this.#paths.values()) {
      const at = path.reduce<Tree>((node, element) => (node[element] ??= {}), root);
      at['.'] = {};
    }
    return trimmed(root);
  }

  get paths(): readonly FieldPath[] {
    return [...this.#paths.values()];
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  has(path: FieldPath): boolean {
    return this.#paths.has(keyOf(path));
  }

  /** Whether the field, or one below it, is in the set. */
  reaches(path: FieldPath): boolean {
    return this.paths.some((each) => path.every((element, i) => each[i] === element));
  }

  and(other: FieldSet): FieldSet {
    return new FieldSet([...this.paths, ...other.paths]);
  }

  without(other: FieldSet): FieldSet {
    return new FieldSet(this.paths.filter((path) => !other.has(path)));
  }

  within(other: FieldSet): FieldSet {
    return new FieldSet(this.paths.filter((path) => other.has(path)));
  }
}

interface Tree {
  [element: string]: Tree;
}

function keyOf(path: FieldPath): string {
  return JSON.stringify(path);
}

function pathsOf(fields: FieldsV1, at: FieldPath): readonly FieldPath[] {
  const elements = Object.keys(fields);
  if (elements.length === 0) return at.length === 0 ? [] : [at];
  return elements.flatMap((element) => (element === '.' ? [at] : pathsOf(fields[element] ?? {}, [...at, element])));
}

/** A member with nothing below it is `{}`; one with something below it says "." beside that. */
function trimmed(tree: Tree): FieldsV1 {
  const below = Object.entries(tree).filter(([element]) => element !== '.');
  if (below.length === 0) return {};
  const inner = below.map(([element, node]) => [element, trimmed(node)] as const);
  return Object.fromEntries([...('.' in tree ? [['.', {}] as const] : []), ...inner]);
}
