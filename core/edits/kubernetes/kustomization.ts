import { isMap, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { column, dashOf, keyStart, ownEnd, pairEnd } from '../yaml/positions.ts';
import { quotedLike, scalar } from '../yaml/scalars.ts';
import { CannotEdit, dataOf, parse, plainData, unshared, type Parsed } from '../yaml/yamlDocument.ts';
import { guarded, insertAfter, proven, removeLines } from '../yaml/yamlSplice.ts';

/** An entry of `resources` in a kustomization.yaml. */
export interface KustomizedResource {
  /** Path of the file, as seen from the kustomization's folder. */
  readonly resource: string;
  /** Namespace of the object in that file: kustomize would write its own over it. */
  readonly namespace: string;
}

/** Adds the file to `resources`, as the last entry and as its neighbour is written. */
export function addResource(text: string, wanted: KustomizedResource): EditOutcome {
  return guarded(
    () => ['resources:', ...line(wanted, 2)].join('\n'),
    () => {
      const { documents, map, list } = open(text);
      refuseOtherName(map, wanted);
      if (list === undefined) return addList(text, documents, map, wanted);
      if (indexOf(list, wanted) >= 0) return { kind: 'alreadyThere', text };
      const last = list.items.at(-1);
      if (last === undefined) throw new CannotEdit('resources has no entries');
      const name = last.value.startsWith('./') ? `./${wanted.resource}` : wanted.resource;
      const dash = dashOf(text, last);
      const added = `${' '.repeat(column(text, dash))}- ${quotedLike(last, name)}`;
      const result = dataOf(documents);
      resourcesIn(result).push(name);
      return proven(text, [insertAfter(text, ownEnd(text, last), [added])], result);
    },
  );
}

/** Takes the file out of `resources` again. */
export function removeResource(text: string, wanted: KustomizedResource): EditOutcome {
  return guarded('', () => {
    const { documents, map, list } = open(text);
    const index = list === undefined ? -1 : indexOf(list, wanted);
    const item = list?.items[index];
    if (list === undefined || item === undefined) return { kind: 'alreadyThere', text };
    const result = dataOf(documents);
    if (list.items.length > 1) {
      resourcesIn(result).splice(index, 1);
      return proven(text, [removeLines(text, dashOf(text, item), ownEnd(text, item), false)], result);
    }
    // An empty list is never added to, so the whole key came with the entry.
    const pair = map.items.find((each) => isScalar(each.key) && each.key.value === 'resources');
    if (pair === undefined || map.items.length < 2) throw new CannotEdit('the entry is all that the file says');
    delete (result[0] as Record<string, unknown>)['resources'];
    return proven(text, [removeLines(text, keyStart(pair), ownEnd(text, item), false)], result);
  });
}

type Resources = YAMLSeq<Scalar<string>> & { readonly items: Scalar<string>[] };

function open(text: string): {
  readonly documents: Parsed;
  readonly map: YAMLMap;
  readonly list: Resources | undefined;
} {
  const documents = parse(text);
  const [document] = documents;
  const map = document?.contents;
  if (document === undefined || documents.length !== 1 || !isMap(map) || map.flow === true)
    throw new CannotEdit('it is not one kustomization of block style');
  const kind = (plainData(document) as Record<string, unknown>)['kind'];
  if (kind !== undefined && kind !== 'Kustomization' && kind !== 'Component')
    throw new CannotEdit('it is of another kind than Kustomization');
  if (!map.has('resources')) return { documents, map: map, list: undefined };
  const list = unshared(document, ['resources']);
  if (!isSeq(list) || list.flow === true || list.items.length === 0 || !list.items.every((item) => isPath(item)))
    throw new CannotEdit('resources is not a block list of paths with entries');
  return { documents, map: map, list: list as Resources };
}

/** What a kustomization lists; nothing where it does not parse, which whoever builds it says. */
export function listedResources(text: string): readonly string[] {
  try {
    const [document] = parse(text);
    const data = (document === undefined ? undefined : plainData(document)) as
      | { resources?: unknown }
      | null
      | undefined;
    const list = data?.resources;
    return Array.isArray(list) ? list.map((entry) => String(entry).replace(/^(\.\/)+/, '')) : [];
  } catch (error) {
    if (error instanceof CannotEdit) return [];
    throw error;
  }
}

function isPath(item: unknown): boolean {
  return isScalar(item) && typeof item.value === 'string' && item.anchor === undefined;
}

function indexOf(list: Resources, { resource }: KustomizedResource): number {
  return list.items.findIndex(({ value }) => value.replace(/^(\.\/)+/, '') === resource);
}

/** kustomize writes its namespace, prefix and suffix over every object, so ours would come to live elsewhere. */
function refuseOtherName(map: YAMLMap, { namespace }: KustomizedResource): void {
  for (const field of ['namePrefix', 'nameSuffix'])
    if (map.has(field)) throw new CannotEdit(`its ${field} would change the name of the ExternalSecret`);
  const other = map.get('namespace');
  if (other === undefined || other === null || other === namespace) return;
  throw new CannotEdit(`its namespace is ${String(other)}, and the ExternalSecret is meant for ${namespace}`);
}

function addList(text: string, documents: Parsed, map: YAMLMap, wanted: KustomizedResource): EditOutcome {
  const last = map.items.at(-1);
  if (last === undefined) throw new CannotEdit('it has no fields');
  const result = dataOf(documents);
  (result[0] as Record<string, unknown>)['resources'] = [wanted.resource];
  return proven(text, [insertAfter(text, pairEnd(text, last), ['resources:', ...line(wanted, 2)])], result);
}

function line({ resource }: KustomizedResource, indent: number): readonly string[] {
  return [`${' '.repeat(indent)}- ${scalar(resource)}`];
}

function resourcesIn(data: readonly unknown[]): string[] {
  return (data[0] as { resources: string[] }).resources;
}
