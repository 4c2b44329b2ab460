import {
  isAlias,
  isMap,
  isNode,
  isSeq,
  parseAllDocuments,
  visit,
  type Document,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { firstLine } from '../yamlFile.ts';

/** Why an edit of a text cannot be made. Caught by the edit and answered as `refused`. */
export class CannotEdit extends Error {}

export type Parsed = readonly Document.Parsed[];

/** All documents of a file, for their positions. Throws {@link CannotEdit} with line and reason where one does not parse. */
export function parse(text: string): Parsed {
  // Custom tags are people's own (Authentik, Ansible vault): unknown to us, and not an error.
  const documents = parseAllDocuments(text, {
    keepSourceTokens: true,
    logLevel: 'silent',
    strict: true,
    uniqueKeys: true,
  });
  const list = Array.isArray(documents) ? documents : [];
  for (const document of list) {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0];
      throw new CannotEdit(`it does not parse as YAML, line ${at?.line ?? '?'}: ${firstLine(error)}`);
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
  throw new CannotEdit(`it holds ${found.length} documents of kind ${kind} named ${name}, one is needed`);
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

/** The node at a path. What an alias repeats elsewhere is not ours to change: a line added there would show twice. */
export function unshared(document: Document.Parsed, path: Path): unknown {
  const way = path.map((_, i) => document.getIn(path.slice(0, i + 1), true));
  const anchors = new Set(
    [document.contents, ...way].map((node) => (isNode(node) && 'anchor' in node ? node.anchor : undefined)),
  );
  if (way.some((node) => isAlias(node))) throw new CannotEdit(`${path.join('.')} is behind an alias`);
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
  return documents.map((document) => JSON.parse(JSON.stringify(plainData(document) ?? null)) as unknown);
}

/** One document's data; of an alias, what it stands for. */
export function plainData(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases of aliases without end.
    if (error instanceof ReferenceError) throw new CannotEdit(`it cannot be read as data: ${firstLine(error)}`);
    throw error;
  }
}
