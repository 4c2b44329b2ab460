import { isSeq } from 'yaml';
import { arrivalsOf } from '../../kubernetes/externalSecret/arrivals.ts';
import { entryFor, neededFor, type WantedKey } from '../../kubernetes/externalSecret/needed.ts';
import { ownEntry } from '../../kubernetes/externalSecret/ownEntry.ts';
import { withoutDefaults } from '../../kubernetes/sameExternalSecret.ts';
import { secretInstead } from '../../kubernetes/otherSecrets.ts';
import type { EditOutcome, Splice } from '../yaml/edit.ts';
import { standardLines, type Fields } from '../yaml/entryLines.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { inObject } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { apply, guarded, invert } from '../yaml/yamlSplice.ts';
import { addTemplateLine, lineByHand, removeTemplateLine } from './templateLine.ts';

export interface SecretEntry extends WantedKey {
  /** metadata.name of the ExternalSecret. */
  readonly name: string;
}

/**
 * The entry of `spec.data`. Defaults may be written out against drift; a version, another store or a decoding says more than
 * ours does.
 */
const entries = listEditor<{ readonly name: string; readonly entry: Fields }, unknown>({
  at: (text, { name }) => ({
    ...ofExternalSecret(text, name),
    // Without `dataFrom` the object asks for nothing yet, and is not ours to begin; and with no source at all, once our entry has
    // gone, the controller would leave every key in the Secret.
    below: (spec) => {
      const dataFrom = pairOf(spec, 'dataFrom');
      if (dataFrom === undefined || !isSeq(dataFrom.value) || dataFrom.value.items.length === 0) return undefined;
      return spec.items[spec.items.indexOf(dataFrom) - 1] ?? dataFrom;
    },
  }),
  key: 'secretKey',
  entry: ({ entry }) => entry,
  bare: withoutDefaults,
  quoted: ['key'],
  byHand: { indent: 4 },
});

/**
 * Sees that the vault's field arrives at the client's key of the Secret: adds an entry, a line of the template, or both, in the style
 * of their neighbours. What is there in part is completed.
 */
export function addSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded(
    () => byHand(text, wanted),
    () => {
      const needed = neededFor(specIn(text, wanted.name), wanted);
      if (needed.kind === 'nothing') return { kind: 'alreadyThere', text };
      if (needed.kind === 'different') return needed;
      if (needed.kind === 'unclear') throw new CannotEdit(needed.why);
      const { name } = wanted;
      const { entry, line } = needed;
      return together(text, [
        ...(entry === undefined ? [] : [(at: string) => entries.add(at, { name, entry })]),
        ...(line === undefined ? [] : [(at: string) => addTemplateLine(at, name, line)]),
      ]);
    },
  );
}

/**
 * Takes entry and line out again, where they are for this field. What others use as well stays: an extract of the item, and an entry
 * whose value another line takes.
 */
export function removeSecretEntry(text: string, wanted: SecretEntry): EditOutcome {
  return guarded('', () => {
    const { name, secretKey, field, vault } = wanted;
    const spec = specIn(text, name);
    const { entry, line } = ownEntry(spec, secretKey) ?? {};
    const needed = neededFor(spec, wanted);
    if (line !== undefined && needed.kind === 'different') return needed;
    const found = entry as Fields | undefined;
    const isRead = arrivalsOf(spec, vault, field).fetched.some(({ fetchedAs }) => fetchedAs === found?.['secretKey']);
    return together(text, [
      // One that reads something else is compared with ours, and stays.
      ...(found === undefined
        ? []
        : [(at: string) => entries.remove(at, { name, entry: isRead ? found : entryFor(wanted, secretKey) })]),
      ...(line === undefined ? [] : [(at: string) => removeTemplateLine(at, name, secretKey)]),
    ]);
  });
}

/** Edits of different places of one text, all or none. */
function together(text: string, edits: readonly ((text: string) => EditOutcome)[]): EditOutcome {
  let after = text;
  const splices: Splice[] = [];
  for (const edit of edits) {
    const [alone, next] = [edit(text), edit(after)];
    if (next.kind === 'refused') throw new CannotEdit(next.reason, next.code);
    if (next.kind === 'different') return next;
    if (next.kind !== 'changed' || alone.kind !== 'changed') continue;
    for (const splice of alone.splices) addTo(splices, splice);
    after = next.text;
  }
  if (splices.length === 0) return { kind: 'alreadyThere', text };
  if (apply(text, splices) !== after) throw new CannotEdit('its entry and its template cannot be edited together');
  return { kind: 'changed', text: after, splices, inverse: invert(splices) };
}

/** Two insertions at one place become one: the later edit's text stands first there, as `apply` has it. */
function addTo(splices: Splice[], splice: Splice): void {
  const at = splices.findIndex(
    ({ offset, remove }) => offset === splice.offset && remove === '' && splice.remove === '',
  );
  const there = splices[at];
  if (there === undefined) splices.push(splice);
  else splices[at] = { ...there, insert: splice.insert + there.insert };
}

/** The lines to add by hand, as what they come to in the file: entry and line of the template, each under its path. */
function byHand(text: string, wanted: SecretEntry): string {
  const needed = undefinedIfUneditable(() => neededFor(specIn(text, wanted.name), wanted));
  const { entry, line } =
    needed?.kind === 'lacks' || needed?.kind === 'unclear'
      ? needed
      : { entry: entryFor(wanted, wanted.secretKey), line: undefined };
  return [
    `# Deploy this only once the vault has the field ${wanted.field}: one that is missing stops the refresh of every key.`,
    'spec:',
    ...(line === undefined ? [] : ['  target:', '    template:', '      data:', `        ${lineByHand(line)}`]),
    ...(entry === undefined ? [] : ['  data:', ...standardLines(entry, 4, ['key'])]),
  ].join('\n');
}

/** `spec.data` of the object. What stands there in its place is named: it may be another way of keeping secrets. */
function ofExternalSecret(text: string, name: string): ReturnType<typeof inObject> {
  try {
    return inObject(text, 'ExternalSecret', name, ['spec', 'data']);
  } catch (error) {
    const instead = error instanceof CannotEdit && error.code === 'noObject' ? secretInstead(text, name) : undefined;
    throw instead === undefined ? error : new CannotEdit(instead, 'noObject');
  }
}

/** `spec` of the ExternalSecret. Throws {@link CannotEdit} where the file does not hold exactly one of that name. */
function specIn(text: string, name: string): unknown {
  const data = plainData(ofExternalSecret(text, name).document) as { readonly spec?: unknown };
  return data.spec;
}

/** `spec.target.name`, or the ExternalSecret's own name where absent; undefined where the file has no such object. */
export function targetSecretOf(text: string, name: string): string | undefined {
  for (const document of parse(text)) {
    if (document.getIn(['kind']) !== 'ExternalSecret' || document.getIn(['metadata', 'name']) !== name) continue;
    const target = document.getIn(['spec', 'target', 'name']);
    return typeof target === 'string' ? target : name;
  }
  return undefined;
}
