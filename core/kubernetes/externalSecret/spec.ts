import { mappingOf, own } from '../../base/own.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An ExternalSecret's `spec` as far as it says how values arrive; whatever else people or the API put there is left out. */
export interface SecretSpec {
  readonly data: readonly DataEntry[];
  readonly dataFrom: readonly DataFrom[];
  readonly template: SecretTemplate | undefined;
}

export interface DataEntry {
  readonly secretKey: string;
  readonly remoteRef: Fields;
  /** It names a store of its own. */
  readonly otherStore: boolean;
}

export interface DataFrom {
  readonly extract: Fields | undefined;
  readonly find: Fields | undefined;
  readonly rewrite: readonly Fields[];
  /** It names a store or generator of its own. */
  readonly otherStore: boolean;
}

export interface SecretTemplate {
  readonly data: Readonly<Record<string, string>>;
  readonly from: readonly Fields[];
  /** Texts of labels and annotations, which are templates as well. */
  readonly metadata: readonly string[];
  readonly engine: 'v1' | 'v2';
  /** What was fetched arrives beside the template's keys: it names none, or it merges. */
  readonly passesAll: boolean;
}

/** Reads a `spec` of either version of the API; v1 and v1beta1 say this alike. */
export function specOf(value: unknown): SecretSpec {
  const spec = mappingOf(value);
  const isOtherStore = (entry: Fields): boolean => {
    const { storeRef, generatorRef } = mappingOf(entry['sourceRef']);
    if (generatorRef !== undefined) return true;
    return storeRef !== undefined && keyOfStore(storeRef) !== keyOfStore(spec['secretStoreRef']);
  };
  return {
    data: list(spec['data']).map((entry) => ({
      secretKey: text(entry['secretKey']) ?? '',
      remoteRef: mappingOf(entry['remoteRef']),
      otherStore: isOtherStore(entry),
    })),
    dataFrom: list(spec['dataFrom']).map((entry) => ({
      extract: entry['extract'] === undefined ? undefined : mappingOf(entry['extract']),
      find: entry['find'] === undefined ? undefined : mappingOf(entry['find']),
      rewrite: list(entry['rewrite']),
      otherStore: isOtherStore(entry),
    })),
    template: templateOf(own(mappingOf(spec['target']), 'template')),
  };
}

/** Keys of the vault that a `spec` names: of entries, and of what it extracts whole. */
export function itemsRead(value: unknown): readonly string[] {
  const { data, dataFrom } = specOf(value);
  const refs = [...data.map(({ remoteRef }) => remoteRef), ...dataFrom.map(({ extract }) => extract)];
  return [...new Set(refs.flatMap((ref) => text(ref?.['key']) ?? []))];
}

function templateOf(value: unknown): SecretTemplate | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const template = mappingOf(value);
  const [data, from] = [texts(template['data']), list(template['templateFrom'])];
  const { labels, annotations } = mappingOf(template['metadata']) as { labels?: unknown; annotations?: unknown };
  return {
    data,
    from,
    metadata: [labels, annotations].flatMap((each) => Object.values(texts(each))),
    engine: template['engineVersion'] === 'v1' ? 'v1' : 'v2',
    passesAll: template['mergePolicy'] === 'Merge' || (Object.keys(data).length === 0 && from.length === 0),
  };
}

function keyOfStore(value: unknown): string {
  const { kind = 'SecretStore', name } = mappingOf(value);
  return `${String(kind)}/${String(name)}`;
}

/** A field of it that is a text; undefined of anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(mappingOf) : [];
}

function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(mappingOf(value)).map(([key, each]) => [key, String(each)]));
}
