import { own } from '../../base/own.ts';
import type { VaultWords } from '../../vault/vaultWords.ts';
import { fetchedName, isSecretKey, patternOf } from './fetchedName.ts';
import { type DataEntry, type DataFrom, type SecretSpec, specOf, text } from './spec.ts';
import { readTemplate } from './templateText.ts';

type Vault = Pick<VaultWords, 'isRefTo' | 'isAllOf' | 'fieldOf'>;

/** A key of the Secret that holds the value of a vault field, and by what. */
export interface Arrival {
  readonly secretKey: string;
  /** The name under which the value is fetched: that of an entry of `spec.data`, or one that `dataFrom` gives. */
  readonly fetchedAs: string;
  /** Index in `spec.data` or in `spec.dataFrom`. */
  readonly by: { readonly entry: number } | { readonly dataFrom: number };
  /** A line of `spec.target.template.data` passes it on. */
  readonly line: boolean;
}

/** How a field of the vault arrives. */
export interface Arrivals {
  /** Keys that hold it, unchanged. */
  readonly keys: readonly Arrival[];
  /** What is fetched of the field, whether it arrives or not. */
  readonly fetched: readonly Fetched[];
  /** Keys of the template that make something else of it. */
  readonly usedBy: readonly string[];
  /** Other parts of the template that use it: labels and annotations, and a literal of `templateFrom`. */
  readonly usedBeside: readonly string[];
  /** What may bring it and cannot be told from the text, as sentences without a subject. */
  readonly unclear: readonly string[];
}

type Fetched = Pick<Arrival, 'fetchedAs' | 'by'>;

/** How a field of the vault's item arrives in the Secret of an ExternalSecret with this `spec`. */
export function arrivalsOf(spec: unknown, vault: Vault, field: string): Arrivals {
  const read = specOf(spec);
  const { fetched, unclear } = fetchedOf(read, vault, field);
  const { template } = read;
  const names = new Map(fetched.map((each) => [each.fetchedAs, each]));
  const keys: Arrival[] = [];
  const usedBy: string[] = [];
  for (const [secretKey, line] of Object.entries(template?.data ?? {})) {
    const { verbatim, uses } = readTemplate(line, template?.engine ?? 'v2');
    const source = verbatim === undefined ? undefined : names.get(verbatim);
    if (source !== undefined) keys.push({ secretKey, ...source, line: true });
    else if (uses.some((name) => names.has(name))) usedBy.push(secretKey);
  }
  if (template?.passesAll ?? true)
    for (const each of fetched)
      if (own(template?.data, each.fetchedAs) === undefined)
        keys.push({ secretKey: each.fetchedAs, ...each, line: false });
  const uses = (line: string): boolean =>
    readTemplate(line, template?.engine ?? 'v2').uses.some((name) => names.has(name));
  const usedBeside = [
    ...(template?.metadata.some(uses) === true ? ['spec.target.template.metadata'] : []),
    ...(template?.from.some(({ literal }) => uses(text(literal) ?? '')) === true
      ? ['spec.target.template.templateFrom']
      : []),
  ];
  return { keys, fetched, usedBy, usedBeside, unclear };
}

/** Whence a key of the Secret has its value. */
export type KeySource =
  | { readonly is: 'field'; readonly field: string; readonly arrival: Arrival }
  /** It comes from elsewhere than a field of the vault's item, or changed; a sentence without a subject. */
  | { readonly is: 'other'; readonly why: string }
  /** A line of the template uses a value that nothing fetches: External Secrets refreshes no key at all. */
  | { readonly is: 'nothing'; readonly why: string };

/**
 * The other direction: which field of the vault's item a key of the Secret holds. `likely` are labels that are tried where a rewrite
 * cannot be turned round. Undefined where the spec names no such key.
 */
export function sourceOfKey(
  spec: unknown,
  vault: Vault,
  secretKey: string,
  likely: readonly string[] = [],
): KeySource | undefined {
  const read = specOf(spec);
  const { template } = read;
  const line = own(template?.data, secretKey);
  if (line === undefined && template !== undefined && !template.passesAll)
    return template.from.length === 0
      ? undefined
      : other('may come from spec.target.template.templateFrom, which nobody can tell from the text');
  const name = fetchedFor(read, secretKey);
  if (name === undefined) return other('is made of a template that is no value alone');
  const at = read.data.findLastIndex((each) => each.secretKey === name);
  const entry = read.data[at];
  const arrival = { secretKey, fetchedAs: name, line: line !== undefined };
  if (entry !== undefined) {
    const field = isPlain(entry) ? vault.fieldOf(entry.remoteRef) : undefined;
    return field !== undefined && vault.isRefTo(entry.remoteRef, field)
      ? { is: 'field', field, arrival: { ...arrival, by: { entry: at } } }
      : other(`is read from ${describeRef(entry.remoteRef)}, which is no field of the vault's item`);
  }
  const whole = fromWhole(read, vault, { ...arrival, likely });
  if (whole !== undefined || line === undefined) return whole;
  return { is: 'nothing', why: `is a value that nothing fetches: ${name}` };
}

function fromWhole(
  { dataFrom }: SecretSpec,
  vault: Vault,
  { likely, ...arrival }: Omit<Arrival, 'by'> & { readonly likely: readonly string[] },
): KeySource | undefined {
  const { fetchedAs } = arrival;
  const why: string[] = [];
  for (const [at, from] of [...dataFrom.entries()].toReversed()) {
    const whole = wholeOf(from, vault);
    if (whole === 'none') {
      if (from.extract !== undefined || from.find !== undefined) why.push(describeRef(from.extract ?? from.find ?? {}));
      continue;
    }
    const label = isPlainRef(from.extract ?? from.find ?? {}) ? labelOf(from, fetchedAs, likely) : undefined;
    if (label !== undefined) return { is: 'field', field: label, arrival: { ...arrival, by: { dataFrom: at } } };
    why.push('a rewrite that cannot be turned round');
  }
  return why.length === 0 ? undefined : other(`comes by dataFrom, of ${why.join(', or of ')}`);
}

/** The label whose field a part of `dataFrom` brings under this name; undefined where none does, or the rewrite cannot be turned round. */
function labelOf(from: DataFrom, fetchedAs: string, likely: readonly string[]): string | undefined {
  const isFetchedAs = (label: string): boolean => {
    const name = brings(from, label) ? fetchedName(label, from) : undefined;
    return name !== undefined && 'name' in name && name.name === fetchedAs;
  };
  return [...likely, ...likeName(fetchedAs)].find(isFetchedAs) ?? onlyOne(partsOf(fetchedAs).filter(isFetchedAs));
}

/**
 * Keys of the items of which each may bring what a key of the Secret holds, by `dataFrom.extract`. Where there is more than one, which
 * of them has the field is told by the vault alone; the last one that has it wins. None where an entry of `spec.data` decides.
 */
export function itemsThatMayBring(spec: unknown, secretKey: string): readonly string[] {
  const read = specOf(spec);
  const name = fetchedFor(read, secretKey);
  if (name === undefined || read.data.some((each) => each.secretKey === name)) return [];
  const found = read.dataFrom.flatMap((from) => {
    const key = text(from.extract?.['key']);
    if (key === undefined) return [];
    return labelOf(from, name, []) !== undefined || 'unclear' in fetchedName(name, from) ? [key] : [];
  });
  return [...new Set(found)];
}

/** The key by which a `spec` names what holds the value at a key of the Secret; undefined where several may, or none. */
export function remoteKeyOf(spec: unknown, secretKey: string): string | undefined {
  const read = specOf(spec);
  const name = fetchedFor(read, secretKey);
  const entry = read.data.findLast((each) => each.secretKey === name);
  if (name === undefined) return undefined;
  return entry === undefined ? onlyOne(itemsThatMayBring(spec, secretKey)) : text(entry.remoteRef['key']);
}

/** The name of the one value that is passed on at a key, as it is; undefined where a template makes something else of it, or nothing. */
function fetchedFor({ template }: SecretSpec, secretKey: string): string | undefined {
  const line = own(template?.data, secretKey);
  if (line !== undefined) return readTemplate(line, template?.engine ?? 'v2').verbatim;
  return template?.passesAll === false ? undefined : secretKey;
}

/** Labels that people write where a tool made the name of them. */
function likeName(name: string): readonly string[] {
  return [name, name.toLowerCase(), name.toLowerCase().replaceAll('_', '-')];
}

/** What is left of a name where a rewrite has put something before or behind a label. */
function partsOf(name: string): readonly string[] {
  const ends = Array.from({ length: Math.max(0, name.length - 1) }, (_, i) => i + 1);
  return ends.flatMap((end) => [name.slice(end), name.slice(0, end)]).flatMap(likeName);
}

/** A rewrite that makes one name of several labels does not tell which it was. */
function onlyOne(labels: readonly string[]): string | undefined {
  const found = new Set(labels);
  return found.size === 1 ? labels[0] : undefined;
}

function other(why: string): KeySource {
  return { is: 'other', why };
}

function describeRef(ref: Readonly<Record<string, unknown>>): string {
  return [ref['key'] ?? ref['path'], ref['property']].filter((each) => each !== undefined).join('/') || 'another place';
}

/** What is fetched of a field. A name that several bring is the last one's, and an entry's before any of `dataFrom`. */
function fetchedOf({ data, dataFrom }: SecretSpec, vault: Vault, field: string) {
  const byName = new Map<string, Fetched | undefined>();
  const unclear: string[] = [];
  for (const [at, from] of dataFrom.entries()) {
    const whole = wholeOf(from, vault);
    if (whole === 'none' || !brings(from, field)) continue;
    const found = fetchedName(field, from);
    if (!isPlainRef(from.extract ?? from.find ?? {}))
      unclear.push(`spec.dataFrom[${at}] decodes it, or takes an old version`);
    else if ('unclear' in found) unclear.push(`spec.dataFrom[${at}]: ${found.unclear}`);
    else if (whole === 'perhaps' || isUnreadable(from)) unclear.push(`spec.dataFrom[${at}].find may bring it`);
    else if (isSecretKey(found.name)) byName.set(found.name, { fetchedAs: found.name, by: { dataFrom: at } });
  }
  for (const [at, entry] of data.entries()) {
    const isOurs = isPlain(entry) && vault.isRefTo(entry.remoteRef, field);
    byName.set(entry.secretKey, isOurs ? { fetchedAs: entry.secretKey, by: { entry: at } } : undefined);
  }
  return { fetched: [...byName.values()].filter((each) => each !== undefined), unclear };
}

/** Whether a part of `dataFrom` brings fields of the vault's item without naming them: surely, perhaps or not at all. */
export function wholeOf(
  { extract, find, otherStore }: DataFrom,
  vault: Pick<Vault, 'isAllOf'>,
): 'all' | 'perhaps' | 'none' {
  if (otherStore) return 'none';
  if (extract !== undefined) {
    const key = text(extract['key']);
    return key !== undefined && vault.isAllOf(key) ? 'all' : 'none';
  }
  if (find === undefined) return 'none';
  const [path, tags] = [text(find['path']), find['tags']];
  // By tags the provider passes over the path.
  if (tags !== undefined || path === undefined) return 'perhaps';
  return vault.isAllOf(path) ? 'all' : 'none';
}

/** Whether it brings a field of this label, of the item that it brings. */
export function brings({ extract, find }: DataFrom, label: string): boolean {
  if (extract !== undefined) return extract['property'] === undefined || extract['property'] === label;
  const { regexp } = (find?.['name'] ?? {}) as { regexp?: unknown };
  const source = text(regexp);
  if (source === undefined) return true;
  const pattern = patternOf(source);
  return pattern?.test(label) ?? true;
}

/** A pattern that cannot be followed here, so that nobody knows whether it finds the label. */
function isUnreadable({ find }: DataFrom): boolean {
  const source = text(own(find?.['name'] as Readonly<Record<string, unknown>> | undefined, 'regexp'));
  return source !== undefined && patternOf(source) === undefined;
}

/** Neither decoded nor of another version, and no note about the value in its place. */
function isPlainRef(ref: Readonly<Record<string, unknown>>): boolean {
  const { version, decodingStrategy = 'None', metadataPolicy = 'None' } = ref;
  return (version === undefined || version === '') && decodingStrategy === 'None' && metadataPolicy === 'None';
}

function isPlain({ remoteRef, otherStore }: DataEntry): boolean {
  return !otherStore && isPlainRef(remoteRef);
}
