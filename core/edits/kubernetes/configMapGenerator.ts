import { isMapping } from '../../base/own.ts';
import { listEditor } from '../yaml/listEditor.ts';
import type { EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';

/** A file of a `configMapGenerator`: kustomize makes a key of it (kubectl.docs.kubernetes.io, configMapGenerator). */
export interface GeneratedKey {
  /** Name of the generator. */
  readonly name: string;
  readonly key: string;
  /** Path of the file, relative to the kustomization. */
  readonly path: string;
}

/**
 * The file's entry in the generator's `files`: `key=path`, or the bare path where the last one is so and the file's name is
 * the key; with `./` before the path where the last one has that.
 */
export const { add: addGeneratedKey, remove: removeGeneratedKey } = listEditor<GeneratedKey, string>({
  at: filesOf,
  key: 'key',
  entry: ({ key, path }, last = '=') => {
    const here = /^(?:[^=]*=)?\.\//.test(last) ? `./${path}` : path;
    return !last.includes('=') && keyAndPath(path).key === key ? here : `${key}=${here}`;
  },
  says: keyAndPath,
  shown: (entry) => Object.values(keyAndPath(entry)).join('='),
  byHand: { indent: 6 },
});

/** Key and path of an entry: without a key the file's name is the key. */
function keyAndPath(value: string): { readonly key: string; readonly path: string } {
  const at = value.indexOf('=');
  const path = value.slice(at + 1).replace(/^(\.\/)+/, '');
  return { key: at > 0 ? value.slice(0, at) : path.slice(path.lastIndexOf('/') + 1), path };
}

interface Settings {
  readonly name?: unknown;
  readonly files?: unknown;
  readonly literals?: unknown;
  readonly envs?: unknown;
  readonly env?: unknown;
  readonly behavior?: unknown;
  readonly options?: { readonly disableNameSuffixHash?: unknown };
}

interface Kustomization {
  readonly kind?: unknown;
  readonly configMapGenerator?: unknown;
  readonly generatorOptions?: { readonly disableNameSuffixHash?: unknown };
  readonly namePrefix?: unknown;
  readonly nameSuffix?: unknown;
}

function settingsOf(text: string): { readonly whole: Kustomization; readonly all: readonly Settings[] } {
  const [document, ...others] = parse(text);
  const whole = document === undefined ? null : plainData(document);
  const isOne = others.length === 0 && isMapping(whole);
  if (!isOne || ((whole as Kustomization).kind ?? 'Kustomization') !== 'Kustomization')
    throw new CannotEdit('it is not a kustomization');
  const { configMapGenerator } = whole as Kustomization;
  return { whole, all: Array.isArray(configMapGenerator) ? (configMapGenerator as Settings[]) : [] };
}

function filesOf(text: string, wanted: GeneratedKey): EntryList {
  const { all } = settingsOf(text);
  const index = all.findIndex(({ name }) => name === wanted.name);
  if (index < 0) {
    const names = all.map(({ name }) => String(name)).join(', ') || 'none';
    throw new CannotEdit(`it has no configMapGenerator named ${wanted.name} (there are: ${names})`, 'noObject');
  }
  const { literals } = all[index] ?? {};
  if (Array.isArray(literals) && literals.some((each) => String(each).startsWith(`${wanted.key}=`)))
    throw new CannotEdit(`literals of the generator hold ${wanted.key} already`);
  const documents = parse(text);
  const [document] = documents;
  if (document === undefined) throw new CannotEdit('it is not a kustomization');
  const path = ['configMapGenerator', index, 'files'];
  return { text, documents, document, path, below: (generator) => pairOf(generator, 'name') };
}

/** The files and literals of which a generator makes its ConfigMap. */
export interface GeneratedFrom {
  readonly files: readonly { readonly key: string; readonly path: string }[];
  readonly literals: Readonly<Record<string, string>>;
  /** Why nobody can tell name and data of the ConfigMap from the kustomization and its files alone; undefined where one can. */
  readonly unknown: string | undefined;
}

/** The generator of that name; undefined where the text has none, or cannot be read. */
export function generatorIn(text: string, name: string): GeneratedFrom | undefined {
  const settings = undefinedIfUneditable(() => settingsOf(text));
  const found = settings?.all.find((each) => each.name === name);
  if (settings === undefined || found === undefined) return undefined;
  return {
    files: listOf(found.files).map((value) => keyAndPath(value)),
    literals: Object.fromEntries(
      listOf(found.literals).map((value) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)]),
    ),
    unknown: whyUnknown(settings.whole, found),
  };
}

/** Names of the generators of a kustomization; none where the text is no kustomization. */
export function generatorNames(text: string): readonly string[] {
  return undefinedIfUneditable(() => settingsOf(text))?.all.map(({ name }) => String(name)) ?? [];
}

function whyUnknown(whole: Kustomization, found: Settings): string | undefined {
  // The options of the generator stand above those of all generators.
  const fixed = found.options?.disableNameSuffixHash ?? whole.generatorOptions?.disableNameSuffixHash;
  if (fixed !== true)
    return 'its ConfigMap gets another name with every change (a hash behind it), and the job waits for one of a fixed name';
  if (Boolean(whole.namePrefix) || Boolean(whole.nameSuffix))
    return 'namePrefix or nameSuffix change the name of its ConfigMap';
  if (found.envs !== undefined || found.env !== undefined) return 'a part of its ConfigMap comes from env files';
  if (found.behavior !== undefined && found.behavior !== 'create')
    return 'it changes a ConfigMap that is made elsewhere';
  return undefined;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
