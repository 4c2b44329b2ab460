import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ApiError } from '../kubernetes/apiError.ts';
import { jsonPatch } from '../kubernetes/patch.ts';
import { ManifestError } from './manifestError.ts';
import { strategicMerge } from './strategicMerge.ts';

/** What of a kustomization the stand-in knows beyond its resources, as kustomize 5.8 reads it. */
export interface Transformations {
  readonly patches?: readonly Patch[];
  readonly images?: readonly Image[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
}

interface Image {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Target;
}

/** Kind and name are regular expressions for the whole word. */
interface Target {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const WORDS = {
  patch: new Set(['path', 'patch', 'target']),
  target: new Set(['group', 'version', 'kind', 'name', 'namespace']),
  image: new Set(['name', 'newName', 'newTag', 'digest']),
};

/** Throws {@link ManifestError} over a word that the stand-in does not know: to pass over it would be another result. */
export function checkTransformations({ patches = [], images = [] }: Transformations): void {
  const unknown = [
    ...patches.flatMap((patch) => beyond(patch, WORDS.patch)),
    ...patches.flatMap(({ target }) => beyond(target ?? {}, WORDS.target)),
    ...images.flatMap((image) => beyond(image, WORDS.image)),
  ];
  if (unknown.length > 0) throw new ManifestError(`the sandbox knows no kustomization with ${unknown.join(', ')}`);
}

function beyond(value: object, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(value).filter((word) => !known.has(word));
}

/** Patches, then replicas, then images, in the order in which kustomize runs its transformers. */
export function transform(
  objects: readonly KubernetesObject[],
  { patches = [], replicas = [], images = [] }: Transformations,
  textOf: (path: string) => string,
): readonly KubernetesObject[] {
  const patched = patches.reduce((all, patch) => applyPatch(all, patch, textOf), objects);
  const scaled = replicas.reduce(scale, patched);
  return scaled.map((object) => withImages(object, images));
}

function applyPatch(
  objects: readonly KubernetesObject[],
  { path, patch, target }: Patch,
  textOf: (path: string) => string,
): readonly KubernetesObject[] {
  const texts = parseAllDocuments(patch ?? textOf(path ?? '')).map((document) => document.toJS() as unknown);
  return texts.reduce<readonly KubernetesObject[]>((all, value) => {
    const meant = target === undefined ? sameObject(value as KubernetesObject) : matching(target);
    if (target === undefined && !all.some(meant))
      throw new ManifestError(`no resource matches strategic merge patch ${(value as KubernetesObject).metadata.name}`);
    return all.flatMap((object) => (meant(object) ? patchOne(object, value) : [object]));
  }, objects);
}

function patchOne(object: KubernetesObject, patch: unknown): readonly KubernetesObject[] {
  if (Array.isArray(patch)) return [jsonPatched(object, patch as Parameters<typeof jsonPatch>[1])];
  // A patch that is meant for several says nothing of the name.
  const { apiVersion, kind, metadata } = object;
  const result = strategicMerge(object, patch, object) as KubernetesObject | undefined;
  if (result === undefined) return [];
  const { name, namespace } = metadata;
  return [
    {
      ...result,
      apiVersion,
      kind,
      metadata: { ...result.metadata, name, ...(namespace === undefined ? {} : { namespace }) },
    },
  ];
}

function jsonPatched(object: KubernetesObject, operations: Parameters<typeof jsonPatch>[1]): KubernetesObject {
  try {
    return jsonPatch(object, operations) as KubernetesObject;
  } catch (error) {
    if (error instanceof ApiError) throw new ManifestError(`a JSON patch of ${object.metadata.name} does not apply`);
    throw error;
  }
}

function sameObject({ kind, metadata }: KubernetesObject): (object: KubernetesObject) => boolean {
  return (object) =>
    object.kind === kind &&
    object.metadata.name === metadata.name &&
    (object.metadata.namespace ?? 'default') === (metadata.namespace ?? 'default');
}

function matching({ group, version, kind, name, namespace }: Target): (object: KubernetesObject) => boolean {
  const is = (pattern: string | undefined, text: string): boolean =>
    pattern === undefined || pattern === '' || new RegExp(`^(?:${pattern})$`).test(text);
  return ({ apiVersion, kind: own, metadata }) => {
    const [first = '', second] = apiVersion.split('/');
    const [itsGroup, itsVersion] = second === undefined ? ['', first] : [first, second];
    return (
      is(group, itsGroup) &&
      is(version, itsVersion) &&
      is(kind, own) &&
      is(name, metadata.name) &&
      is(namespace, metadata.namespace ?? '')
    );
  };
}

const SCALED = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

function scale(
  objects: readonly KubernetesObject[],
  { name, count }: { readonly name: string; readonly count: number },
): readonly KubernetesObject[] {
  const isMeant = ({ kind, metadata }: KubernetesObject): boolean => SCALED.has(kind) && metadata.name === name;
  if (!objects.some(isMeant))
    throw new ManifestError(`resource with name ${name} does not match a config with replicas`);
  return objects.map((object) =>
    isMeant(object) ? { ...object, spec: { ...object['spec'], replicas: count } } : object,
  );
}

/** Of every container, wherever in the object the list of them stands. */
function withImages<T>(value: T, images: readonly Image[]): T {
  if (images.length === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => withImages(entry, images)) as T;
  const entries = Object.entries(value).map(([key, inner]) => {
    const isList = (key === 'containers' || key === 'initContainers') && Array.isArray(inner);
    const found = isList ? (inner as { image?: string }[]).map((each) => withImage(each, images)) : inner;
    return [key, withImages(found as unknown, images)];
  });
  return Object.fromEntries(entries) as T;
}

function withImage<C extends { image?: string }>(container: C, images: readonly Image[]): C {
  const { image } = container;
  if (typeof image !== 'string') return container;
  return { ...container, image: images.reduce(renamed, image) };
}

/** A new tag takes away a digest that was there, and a new digest the tag. */
function renamed(image: string, { name, newName, newTag, digest }: Image): string {
  const match = new RegExp(`^(${name})(?::([a-zA-Z0-9_.{}-]*))?(?:@(sha256:[a-zA-Z0-9_.{}-]*))?$`).exec(image);
  if (match === null) return image;
  const other = newTag !== undefined || digest !== undefined;
  const [tag, hash] = other ? [newTag, digest] : [match[2], match[3]];
  return `${newName ?? match[1]}${tag === undefined ? '' : `:${tag}`}${hash === undefined ? '' : `@${hash}`}`;
}
