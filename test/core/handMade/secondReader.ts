import { load, loadAll } from 'js-yaml';
import { isDeepStrictEqual } from 'node:util';
import { TAGGED } from '../../fixtures/taggedYaml.ts';
import { PATHS } from './repository.ts';

/** What the files of a repository say, as another YAML parser than the project's reads them, and what Kubernetes makes of that. */

type Files = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

export function documentsIn(text: string): readonly unknown[] {
  return loadAll(text).filter((each) => each !== undefined && each !== null);
}

/** Sections of the blueprints by key, in a ConfigMap or in files. */
export function sectionTexts(files: Files): Readonly<Record<string, string>> {
  const manifest = files[PATHS.blueprints];
  if (manifest !== undefined) return (load(manifest) as { data: Record<string, string> }).data;
  const { configMapGenerator } = load(files[PATHS.kustomization] ?? '') as {
    configMapGenerator: readonly { files: readonly string[] }[];
  };
  const named = configMapGenerator[0]?.files ?? [];
  return Object.fromEntries(
    named.map((file) => {
      const path = file.replace(/^\.\//, '');
      return [path.slice(path.lastIndexOf('/') + 1), files[`apps/sso/${path}`] ?? ''];
    }),
  );
}

/** The attributes of every OAuth2 provider, by its name. */
export function providersIn(files: Files): ReadonlyMap<unknown, Fields> {
  const entries = Object.values(sectionTexts(files)).flatMap(
    (text) => (load(text, { schema: TAGGED }) as { entries: readonly Fields[] }).entries,
  );
  return new Map(
    entries
      .filter(({ model }) => model === 'authentik_providers_oauth2.oauth2provider')
      .map(({ identifiers, attrs }) => [(identifiers as Fields)['name'], attrs as Fields]),
  );
}

interface Spec {
  readonly target: { readonly template?: { readonly data?: Record<string, string>; readonly mergePolicy?: string } };
  readonly data?: readonly { readonly secretKey: string; readonly remoteRef: { readonly property: string } }[];
  readonly dataFrom?: readonly { readonly rewrite?: unknown }[];
}

/** Keys of the Secret with the vault's labels behind them, where these labels are in the item. */
function secretKeys(files: Files, labels: readonly string[]): ReadonlyMap<string, string> {
  const [document] = documentsIn(files[PATHS.secret] ?? '') as readonly { readonly spec: Spec }[];
  const { target, data = [], dataFrom = [] } = (document as { spec: Spec }).spec;
  const fetched = new Map<string, string>();
  for (const { rewrite } of dataFrom)
    for (const label of labels) fetched.set(rewrite === undefined ? label : `item_${label}`, label);
  for (const { secretKey, remoteRef } of data) fetched.set(secretKey, remoteRef.property);
  const template = target.template?.data;
  const made = new Map(template === undefined || target.template?.mergePolicy === 'Merge' ? fetched : []);
  for (const [key, line] of Object.entries(template ?? {})) {
    const name = /^\{\{ (?:\.(\w+)|index \. "([^"]+)") \}\}$/.exec(line);
    const label = fetched.get(name?.[1] ?? name?.[2] ?? '');
    if (label !== undefined) made.set(key, label);
  }
  return made;
}

interface Environment {
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
  }[];
  readonly envFrom?: readonly { readonly prefix?: string }[];
}

function environment(files: Files): Environment {
  const release = files[PATHS.release];
  if (release !== undefined) return (load(release) as { spec: { values: { global: Environment } } }).spec.values.global;
  const values = files[PATHS.values];
  if (values !== undefined) return (load(values) as { global: Environment }).global;
  const worker = load(files[PATHS.worker] ?? '') as {
    spec: { template: { spec: { containers: readonly Environment[] } } };
  };
  return worker.spec.template.spec.containers[0] ?? {};
}

/** The label of the vault that a variable of the worker comes from. */
export function labelOf(files: Files, variable: string, labels: readonly string[]): string | undefined {
  const keys = secretKeys(files, labels);
  const { env = [], envFrom = [] } = environment(files);
  const entry = env.find(({ name }) => name === variable);
  if (entry !== undefined) return keys.get(entry.valueFrom?.secretKeyRef?.key ?? '');
  const [whole] = envFrom;
  return whole === undefined ? undefined : keys.get(variable.slice((whole.prefix ?? '').length));
}

/** Whether everything that one value says the other says, too: keys of mappings, and items of lists in their order. */
export function isWithin(before: unknown, after: unknown): boolean {
  if (Array.isArray(before)) {
    if (!Array.isArray(after)) return false;
    let at = 0;
    for (const each of after) if (at < before.length && isWithin(before[at], each)) at += 1;
    return at === before.length;
  }
  if (typeof before !== 'object' || before === null)
    return isDeepStrictEqual(before, after) || sectionGrew(before, after);
  return (
    typeof after === 'object' &&
    after !== null &&
    Object.entries(before).every(([key, value]) => isWithin(value, (after as Fields)[key]))
  );
}

/** A section is a text in a ConfigMap. */
function sectionGrew(before: unknown, after: unknown): boolean {
  if (typeof before !== 'string' || typeof after !== 'string' || !before.includes('\nentries:')) return false;
  return isWithin(load(before, { schema: TAGGED }), load(after, { schema: TAGGED }));
}
