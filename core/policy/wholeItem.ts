import type { RegistrarErrorFields } from '../base/errors.ts';
import { own } from '../base/own.ts';
import { brings, wholeOf } from '../kubernetes/externalSecret/arrivals.ts';
import { fetchedName, isSecretKey } from '../kubernetes/externalSecret/fetchedName.ts';
import { type DataFrom, type SecretSpec, specOf, text } from '../kubernetes/externalSecret/spec.ts';
import { readTemplate } from '../kubernetes/externalSecret/templateText.ts';
import { objectsIn } from '../kubernetes/manifests.ts';
import { type StoreRef, storeRefOf } from '../kubernetes/secretStores.ts';
import { pendingLabel, previousLabel } from '../names/labels.ts';
import type { VaultWords } from '../vault/vaultWords.ts';

/** An ExternalSecret that takes what it is not meant to have: a value that is not in service yet, or no longer. */
export interface WholeReader {
  /** Kind, namespace and name. */
  readonly what: string;
  /** Path in the repository, or `live`. */
  readonly where: string;
  /** What it does, so that {@link WholeReader.what} may stand before it. */
  readonly does: string;
  /** Such a value arrives; else the refresh alone stops while there is one. */
  readonly exposes: boolean;
}

/** The vault field that nobody else is to read: its item, and the store from which `find` would find it. */
export interface WholeWanted {
  readonly field: string;
  readonly vault: Pick<VaultWords, 'isAllOf' | 'place'>;
  /** Undefined where it is not known: then each store counts. */
  readonly store: StoreRef | undefined;
}

/** Who takes the vault's item whole, in a file of manifests; nobody in one that cannot be read. Pure. */
export function wholeReadersIn(manifests: string, where: string, wanted: WholeWanted): readonly WholeReader[] {
  return objectsIn(manifests).flatMap((object) => wholeReadersOf(object, where, wanted));
}

/** Who takes the vault's item whole, in an object: an ExternalSecret, what makes several of it, or a list or chart's values with one. */
export function wholeReadersOf(object: unknown, where: string, wanted: WholeWanted): readonly WholeReader[] {
  if (typeof object !== 'object' || object === null) return [];
  const { kind, metadata, spec } = object as { kind?: unknown; metadata?: Metadata; spec?: Record<string, unknown> };
  const inner = kind === 'ClusterExternalSecret' ? spec?.['externalSecretSpec'] : spec;
  if (kind !== 'ExternalSecret' && kind !== 'ClusterExternalSecret')
    return Object.values(object).flatMap((each) => wholeReadersOf(each, where, wanted));
  const { name = '', namespace } = metadata ?? {};
  const what = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return takenBy(inner, wanted).map((taken) => ({ what, where, ...taken }));
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

type Taken = Pick<WholeReader, 'does' | 'exposes'>;

function takenBy(spec: unknown, wanted: WholeWanted): readonly Taken[] {
  const read = specOf(spec);
  const writes = own((spec ?? {}) as Readonly<Record<string, unknown>>, 'target') as
    | { creationPolicy?: unknown }
    | undefined;
  if (writes?.creationPolicy === 'None') return [];
  const store = storeRefOf(spec);
  return read.dataFrom.flatMap((from) => takenFrom(from, read, store, wanted) ?? []);
}

/** What of the labels that a run or a rotation writes beside the field a part of `dataFrom` takes, and what becomes of that. */
function takenFrom(
  from: DataFrom,
  { template }: SecretSpec,
  store: StoreRef | undefined,
  { field, vault, store: ours }: WholeWanted,
): Taken | undefined {
  const whole = wholeOf(from, vault);
  const isElsewhere =
    ours !== undefined && store !== undefined && (store.kind !== ours.kind || store.name !== ours.name);
  // A title tells the item; what `find` finds depends on the store alone.
  if (whole === 'none' || (from.find !== undefined && isElsewhere)) return undefined;
  const labels = [pendingLabel(field, '0'), previousLabel(field)].filter((label) => brings(from, label));
  if (labels.length === 0) return undefined;
  const how =
    from.find === undefined
      ? `extracts the whole ${vault.place} by dataFrom`
      : `finds ${whole === 'all' ? '' : 'perhaps '}the fields of ${vault.place} by dataFrom.find`;
  const names = labels.map((label) => fetchedName(label, from));
  const passing =
    template?.passesAll === false
      ? rangesOver(template)
      : template === undefined
        ? 'it has no template that names its keys'
        : 'its template names no keys, or merges with what is fetched';
  const stops = names.some((name) => 'name' in name && !isSecretKey(name.name))
    ? `the label of a pending value is no key of a Secret, so while there is one no key is refreshed`
    : undefined;
  if (passing !== undefined)
    return {
      does: `${how}, and ${passing}: ${stops ?? 'values that are pending or out of service would arrive in its Secret'}`,
      exposes: true,
    };
  return stops === undefined ? undefined : { does: `${how} and takes the names as they are: ${stops}`, exposes: false };
}

/** How a template that names its keys hands on values that it does not name; undefined where it does not. */
function rangesOver({ data, from, metadata, engine }: NonNullable<SecretSpec['template']>): string | undefined {
  const literals = from.flatMap((each) => text(each['literal']) ?? []);
  if ([...Object.values(data), ...metadata, ...literals].some((each) => readTemplate(each, engine).usesAll))
    return 'its template uses all that is fetched, not single names';
  return from.length > literals.length ? 'nobody can tell what the texts under templateFrom use of it' : undefined;
}

/** What a run says of those whose Secret would get such a value; undefined where none would. */
export function wholeRefusal(readers: readonly WholeReader[], field: string): RegistrarErrorFields | undefined {
  const exposing = readers.filter(({ exposes }) => exposes);
  if (exposing.length === 0) return undefined;
  return {
    system: 'External Secrets',
    kind: 'Refused',
    message: exposing.map(({ what, where, does }) => `${what} (${where}) ${does}`).join('; '),
    remedy: `Give each a spec.target.template whose data names its keys one by one (mergePolicy Replace), as KEY: "{{ .KEY }}"; or let it take an item that holds no client's secret; or name ${field} and the others under spec.data.`,
  };
}

/** A warning for each whose refresh stops while a value is pending. */
export function wholeWarnings(readers: readonly WholeReader[]): readonly string[] {
  return readers.filter(({ exposes }) => !exposes).map(({ what, where, does }) => `${what} (${where}) ${does}`);
}
