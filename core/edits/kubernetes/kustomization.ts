import { isMap, isScalar, isSeq, type Document } from 'yaml';
import { listEditor } from '../yaml/listEditor.ts';
import type { EntryList } from '../yaml/listPlace.ts';
import {
  CannotEdit,
  pairOf,
  parse,
  plainData,
  undefinedIfUneditable,
  unshared,
  isEmptyPair,
} from '../yaml/yamlDocument.ts';

/** An entry of `resources` in a kustomization.yaml. */
export interface KustomizedResource {
  /** Path of the file, as seen from the kustomization's folder. */
  readonly resource: string;
  /** Namespace of the object in that file: kustomize would write its own over it. */
  readonly namespace: string;
}

/** The file's entry in `resources`, with `./` before it where the last one has that. */
export const { add: addResource, remove: removeResource } = listEditor<KustomizedResource, string>({
  at: resourcesOf,
  key: 'path',
  entry: ({ resource }, last = '') => (last.startsWith('./') ? `./${resource}` : resource),
  says: (entry) => ({ path: plainPath(entry) }),
  check: ({ document }, wanted) => refuseOtherName(document, wanted),
  byHand: { indent: 2, above: 'resources:' },
});

function resourcesOf(text: string): EntryList {
  const documents = parse(text);
  const [document] = documents;
  const map = document?.contents;
  if (document === undefined || documents.length !== 1 || !isMap(map) || map.flow === true)
    throw new CannotEdit('it is not one kustomization of block style');
  const { kind = 'Kustomization' } = plainData(document) as { kind?: unknown };
  if (kind !== 'Kustomization' && kind !== 'Component')
    throw new CannotEdit('it is of another kind than Kustomization');
  const list = unshared(document, ['resources']);
  const isList = isSeq(list) && list.flow !== true && list.items.length > 0 && list.items.every((item) => isPath(item));
  const pair = pairOf(map, 'resources');
  if (pair !== undefined && !isEmptyPair(pair) && !isList)
    throw new CannotEdit('resources is not a block list of paths with entries');
  return { text, documents, document, path: ['resources'] };
}

function isPath(item: unknown): boolean {
  return isScalar(item) && typeof item.value === 'string' && item.anchor === undefined;
}

function plainPath(entry: string): string {
  return entry.replace(/^(\.\/)+/, '');
}

/** Paths that a kustomization lists; none where it does not parse, which whoever builds it says. */
export function listedResources(text: string): readonly string[] {
  const data = undefinedIfUneditable(() => parse(text).map((document) => plainData(document)));
  const list = (data?.[0] as { resources?: unknown } | null | undefined)?.resources;
  return Array.isArray(list) ? list.map((entry) => plainPath(String(entry))) : [];
}

/** kustomize writes its namespace, prefix and suffix over every object, so ours would come to live elsewhere. */
function refuseOtherName(document: Document.Parsed, { namespace }: KustomizedResource): void {
  for (const field of ['namePrefix', 'nameSuffix'])
    if (document.has(field)) throw new CannotEdit(`its ${field} would change the name of the ExternalSecret`);
  const other = document.get('namespace');
  if (other === undefined || other === null || other === namespace) return;
  throw new CannotEdit(`its namespace is ${String(other)}, and the ExternalSecret is meant for ${namespace}`);
}
