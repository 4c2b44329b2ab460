import { stringify, type Document } from 'yaml';
import { type ConsumerSecret, consumerSecretText } from '../../kubernetes/consumerSecret.ts';
import { sameExternalSecret } from '../../kubernetes/sameExternalSecret.ts';
import type { RemoteRef } from '../../vault/vaultWords.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { valueSplices, withValues } from '../yaml/entryLines.ts';
import { mapAt } from '../yaml/listEntry.ts';
import { updateMap } from '../yaml/mapUpdate.ts';
import { CannotEdit, dataWith, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';

/**
 * Sees that a file holds the ExternalSecret of a consumer: makes the file where there is none, takes one that says the same as it
 * is, and points one that differs in nothing but the vault field to ours.
 */
export function addOwnSecret(text: string | undefined, wanted: ConsumerSecret): EditOutcome {
  const made = consumerSecretText(wanted);
  if (text === undefined) return { kind: 'changed', text: made, splices: [], inverse: [] };
  return guarded(made, () => {
    const { document, spec } = open(text, wanted);
    if (document === undefined) throw new CannotEdit(`it holds no ExternalSecret ${wanted.metadata.name}`);
    if (sameExternalSecret(spec, wanted.spec)) return { kind: 'alreadyThere', text };
    if (!sameButField(spec, wanted)) return { kind: 'different', found: shown(document), wanted: made };
    return repoint(text, document, wanted.spec.data[0].remoteRef);
  });
}

/**
 * The other way. `before` is what an ExternalSecret of other people pointed to before ours was asked for; without it the file
 * was made for this consumer and goes.
 */
export function removeOwnSecret(text: string, wanted: ConsumerSecret, before?: RemoteRef): EditOutcome | 'delete' {
  let sole = false;
  const outcome = guarded('', () => {
    const { document, spec, documents } = open(text, wanted);
    if (document === undefined) return { kind: 'alreadyThere', text };
    if (before !== undefined && sameExternalSecret(spec, pointingTo(wanted, before).spec))
      return { kind: 'alreadyThere', text };
    if (!sameExternalSecret(spec, wanted.spec))
      return { kind: 'different', found: text, wanted: consumerSecretText(wanted) };
    if (before !== undefined) return repoint(text, document, before);
    if (documents > 1) throw new CannotEdit('it holds other objects beside the ExternalSecret');
    sole = true;
    return { kind: 'alreadyThere', text };
  });
  return sole ? 'delete' : outcome;
}

/**
 * Makes an ExternalSecret of this client's say what is asked for now, within what is there: comments, quotes, labels and other objects
 * of the file stay.
 */
export function updateOwnSecret(text: string, wanted: ConsumerSecret): EditOutcome {
  return guarded(consumerSecretText(wanted), () => {
    const { document, spec } = open(text, wanted);
    if (document === undefined || !namesField(spec, wanted))
      throw new CannotEdit("it does not read the client's vault field and nothing else");
    const documents = parse(text);
    const at = { text, documents, document: sameIn(documents, document), path: ['spec'] };
    return updateMap(at, {
      asked: wanted.spec,
      same: (found, asked, key) => sameExternalSecret({ [key]: found ?? null }, { [key]: asked }),
      mayStay: (found, key) => sameExternalSecret({ [key]: found }, {}),
    });
  });
}

/** Text of the one object, as ours is written: other objects of the file may hold anything. */
function shown(document: Document.Parsed): string {
  return `---\n${stringify(plainData(document), { lineWidth: 0, indent: 2 })}`;
}

function namesField(spec: unknown, wanted: ConsumerSecret): boolean {
  const { data = [], dataFrom } = (spec ?? {}) as {
    data?: readonly { remoteRef?: Partial<RemoteRef> }[];
    dataFrom?: unknown;
  };
  const [only] = data;
  const { key, property } = wanted.spec.data[0].remoteRef;
  return (
    data.length === 1 && dataFrom === undefined && only?.remoteRef?.key === key && only.remoteRef.property === property
  );
}

/** Where a file's ExternalSecret points, if it differs from ours in that alone; undefined where it is ours, or quite another. */
export function pointsElsewhere(text: string | undefined, wanted: ConsumerSecret): RemoteRef | undefined {
  const spec = text === undefined ? undefined : undefinedIfUneditable(() => open(text, wanted))?.spec;
  if (spec === undefined || sameExternalSecret(spec, wanted.spec) || !sameButField(spec, wanted)) return undefined;
  return (spec as ConsumerSecret['spec']).data[0].remoteRef;
}

interface Opened {
  readonly document: Document.Parsed | undefined;
  readonly spec: unknown;
  /** How many objects the file holds. */
  readonly documents: number;
}

function open(text: string, { metadata }: ConsumerSecret): Opened {
  const objects = parse(text).filter(({ contents }) => contents !== null);
  const found = objects.filter((each) => {
    const data = plainData(each) as Partial<ConsumerSecret> | null;
    return data?.kind === 'ExternalSecret' && data.metadata?.name === metadata.name;
  });
  if (found.length > 1) throw new CannotEdit(`it holds ${found.length} ExternalSecrets ${metadata.name}`);
  const [document] = found;
  const data = document === undefined ? undefined : (plainData(document) as Partial<ConsumerSecret>);
  // Where the namespace is left out, whoever deploys the file fills it in.
  const namespace = data?.metadata?.namespace ?? metadata.namespace;
  if (namespace !== metadata.namespace)
    throw new CannotEdit(`its ExternalSecret ${metadata.name} is of namespace ${namespace}, not ${metadata.namespace}`);
  return { document, spec: data?.spec, documents: objects.length };
}

function pointingTo(wanted: ConsumerSecret, remoteRef: RemoteRef): ConsumerSecret {
  const [{ secretKey }] = wanted.spec.data;
  return { ...wanted, spec: { ...wanted.spec, data: [{ secretKey, remoteRef }] } };
}

function sameButField(spec: unknown, wanted: ConsumerSecret): boolean {
  const data = (spec as { data?: readonly { remoteRef?: Partial<RemoteRef> }[] } | undefined)?.data;
  const { key, property } = data?.[0]?.remoteRef ?? {};
  const isInKey = wanted.spec.data[0].remoteRef.property === undefined;
  if (typeof key !== 'string' || (isInKey ? property !== undefined : typeof property !== 'string')) return false;
  return sameExternalSecret(spec, pointingTo(wanted, { key, ...(property === undefined ? {} : { property }) }).spec);
}

/** Two scalars change; the rest of the file stays byte for byte. */
function repoint(text: string, found: Document.Parsed, to: RemoteRef): EditOutcome {
  const documents = parse(text);
  const path = ['spec', 'data', 0, 'remoteRef'];
  const document = sameIn(documents, found);
  const ref = mapAt(document, path);
  const splices = ref === undefined ? undefined : valueSplices(text, ref, { ...to });
  if (splices === undefined) throw new CannotEdit('its remoteRef is not a mapping of plain or quoted texts');
  const result = dataWith(documents, document, path, (old) => withValues(old, { ...to }));
  return proven(
    text,
    splices.filter(({ remove, insert }) => remove !== insert),
    result,
  );
}

function sameIn(documents: readonly Document.Parsed[], { range }: Document.Parsed): Document.Parsed {
  return documents.find((each) => each.range[0] === range[0]) as Document.Parsed;
}
