import { isScalar, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { addList, appendEntry, entriesOf, removeEntry, removeList, type ListEdit } from '../yaml/listEntry.ts';
import { column, dashOf, keyStart, rangeOf } from '../yaml/positions.ts';
import { quotedLike, scalar } from '../yaml/scalars.ts';
import { blockValues, CannotEdit, nodeOrAbsent, parse, plainData } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** A file of a `configMapGenerator`: kustomize makes a key of it (kubectl.docs.kubernetes.io, configMapGenerator). */
export interface GeneratedKey {
  /** Name of the generator. */
  readonly name: string;
  readonly key: string;
  /** Path of the file, relative to the kustomization. */
  readonly path: string;
}

type Generator = Omit<ListEdit, 'list'>;

/** Adds the file to the generator's `files`, as the last one; `key=path` or the bare path, as the last neighbour has it. */
export function addGeneratedKey(text: string, wanted: GeneratedKey): EditOutcome {
  return guarded(
    () => `      - ${scalar(entry(wanted, true))}`,
    () => {
      const generator = open(text, wanted);
      if (nodeOrAbsent(generator.document, generator.path).absent) return addFiles(generator, wanted);
      const edit = { ...generator, list: blockValues(generator.document, generator.path) };
      const found = existing(edit, wanted);
      if (found !== undefined) return found.outcome;
      const neighbour = edit.list.items.at(-1) as Scalar;
      const value = entry(wanted, String(neighbour.value).includes('='));
      const pad = ' '.repeat(column(text, dashOf(text, neighbour)));
      return appendEntry(edit, [`${pad}- ${quotedLike(neighbour, value)}`], value);
    },
  );
}

/** Takes the file out again, if it is unchanged. */
export function removeGeneratedKey(text: string, wanted: GeneratedKey): EditOutcome {
  return guarded('', () => {
    const generator = open(text, wanted);
    if (generator.document.getIn(generator.path) === undefined) return { kind: 'alreadyThere', text };
    const edit = { ...generator, list: blockValues(generator.document, generator.path) };
    const found = existing(edit, wanted);
    if (found === undefined) return { kind: 'alreadyThere', text };
    if (found.outcome.kind !== 'alreadyThere') return found.outcome;
    return edit.list.items.length === 1 ? removeList(edit) : removeEntry(edit, found.index);
  });
}

function entry({ key, path }: GeneratedKey, named: boolean): string {
  return !named && path.slice(path.lastIndexOf('/') + 1) === key ? path : `${key}=${path}`;
}

/** Key and path of an entry: without a key the file's name is the key. */
function keyAndPath(value: string): { readonly key: string; readonly path: string } {
  const at = value.indexOf('=');
  const path = value.slice(at + 1).replace(/^\.\//, '');
  return { key: at > 0 ? value.slice(0, at) : path.slice(path.lastIndexOf('/') + 1), path };
}

function existing(
  edit: ListEdit,
  wanted: GeneratedKey,
): { readonly index: number; readonly outcome: EditOutcome } | undefined {
  const all = entriesOf(edit).map((value) => keyAndPath(String(value)));
  const index = all.findIndex(({ key }) => key === wanted.key);
  const found = all[index];
  if (found === undefined) return undefined;
  const outcome: EditOutcome =
    found.path === wanted.path
      ? { kind: 'alreadyThere', text: edit.text }
      : { kind: 'different', found: `${found.key}=${found.path}`, wanted: entry(wanted, true) };
  return { index, outcome };
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
  const isOne = others.length === 0 && typeof whole === 'object' && whole !== null && !Array.isArray(whole);
  if (!isOne || ((whole as Kustomization).kind ?? 'Kustomization') !== 'Kustomization')
    throw new CannotEdit('it is not a kustomization');
  const { configMapGenerator } = whole as Kustomization;
  return { whole, all: Array.isArray(configMapGenerator) ? (configMapGenerator as Settings[]) : [] };
}

function open(text: string, wanted: GeneratedKey): Generator {
  const { all } = settingsOf(text);
  const index = all.findIndex(({ name }) => name === wanted.name);
  if (index < 0) {
    const names = all.map(({ name }) => String(name)).join(', ') || 'none';
    throw new CannotEdit(`it has no configMapGenerator named ${wanted.name} (there are: ${names})`);
  }
  const { literals } = all[index] ?? {};
  if (Array.isArray(literals) && literals.some((each) => String(each).startsWith(`${wanted.key}=`)))
    throw new CannotEdit(`literals of the generator hold ${wanted.key} already`);
  const documents = parse(text);
  const [document] = documents;
  if (document === undefined) throw new CannotEdit('it is not a kustomization');
  return { text, documents, document, path: ['configMapGenerator', index, 'files'] };
}

/** Makes `files` below the generator's name, indented as the list of the generators is. */
function addFiles(generator: Generator, wanted: GeneratedKey): EditOutcome {
  const { text, document, path } = generator;
  const map = document.getIn(path.slice(0, -1), true) as YAMLMap;
  const below = map.items.find((item) => isScalar(item.key) && item.key.value === 'name') as Pair;
  const root = document.contents as YAMLMap;
  const list = root.items.find((item) => isScalar(item.key) && item.key.value === 'configMapGenerator') as Pair;
  const indent = column(text, rangeOf(map)[0]);
  const step = Math.max(0, column(text, dashOf(text, map)) - column(text, keyStart(list)));
  const value = entry(wanted, true);
  const lines = [`${' '.repeat(indent)}files:`, `${' '.repeat(indent + step)}- ${scalar(value)}`];
  return addList(generator, below, lines, [value]);
}

/** What a generator makes its ConfigMap of. */
export interface GeneratedFrom {
  readonly files: readonly { readonly key: string; readonly path: string }[];
  readonly literals: Readonly<Record<string, string>>;
  /** Why nobody can tell name and data of the ConfigMap from the kustomization and its files alone; undefined where one can. */
  readonly unknown: string | undefined;
}

/** The generator of that name; undefined where the text has none, or cannot be read. */
export function generatorIn(text: string, name: string): GeneratedFrom | undefined {
  let settings: ReturnType<typeof settingsOf>;
  try {
    settings = settingsOf(text);
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
  const found = settings.all.find((each) => each.name === name);
  if (found === undefined) return undefined;
  return {
    files: listOf(found.files).map((value) => keyAndPath(value)),
    literals: Object.fromEntries(
      listOf(found.literals).map((value) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)]),
    ),
    unknown: whyUnknown(settings.whole, found),
  };
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
