import { SECRET_DIALECTS } from '../../authentik/secretDialects.ts';
import { listOf, own } from '../../base/own.ts';
import type { SectionOptions } from './sameSection.ts';
import { untoldField, type SectionEntry } from './sectionEntries.ts';
import { mappingNamed, vagueReferenceIn } from './sectionValues.ts';

/** The secret is the job's to deliver: whatever stands there gives way to its variable or file. */
const REPLACED = new Set(['client_secret', ...SECRET_DIALECTS.map(({ value }) => value)]);

/**
 * Why fields of an entry cannot be changed to what is asked for, as a sentence without its end: Authentik would not take it up, or
 * nobody can tell whether they do not say it already. Undefined where they can.
 */
export function refusalToChange(
  found: SectionEntry,
  wanted: SectionEntry,
  fields: readonly string[],
  { mappings = false }: Pick<SectionOptions, 'mappings'> = {},
): string | undefined {
  const { model, madeOnce } = found;
  if (madeOnce !== undefined && fields.length > 0)
    return `its entry of model ${model} has state: ${madeOnce}, so Authentik would not take up a change of ${fields.join(', ')}: take the state out of it first`;
  return fields
    .filter((field) => !REPLACED.has(field))
    .map((field) => unclearField(mappings ? withoutNamedMappings(found) : found, field, own(wanted.values, field)))
    .find((sentence) => sentence !== undefined);
}

/** The entry but for the scope mappings that it finds by their names. */
function withoutNamedMappings({ model, values }: SectionEntry): Pick<SectionEntry, 'model' | 'values'> {
  const all = listOf(own(values, 'property_mappings'));
  return { model, values: { ...values, property_mappings: all.filter((each) => mappingNamed(each) === undefined) } };
}

/**
 * That nobody can tell from the file what a field of an entry says, as a sentence without its end; undefined where it can be told.
 * `wanted` is what it is compared with.
 */
export function unclearField(
  entry: Pick<SectionEntry, 'model' | 'values'>,
  field: string,
  wanted: unknown,
): string | undefined {
  const untold = untoldField(entry, field);
  if (untold !== undefined) return `${untold}: write it out there`;
  const value = own(entry.values, field);
  const name = `${field} of its entry of model ${entry.model}`;
  if (field === 'redirect_uris' && !isListOfMappings(value))
    return `${name} is written as before Authentik 2024.12, which later ones refuse: write a list of matching_mode and url`;
  // What is to be nothing, or a plain value, is not what any reference names.
  const vague = wanted === undefined || wanted === null ? undefined : vagueReferenceIn(value);
  if (vague === undefined) return undefined;
  return field === 'property_mappings'
    ? `${name} hold ${vague}, a mapping of which the file does not tell the scope, or one of several of its scope: ` +
        'find it there by a scope_name that no other mapping has, and name that under spec.scopes'
    : `${name} is ${vague}, and the file does not tell which object that is: find it there as others are found`;
}

function isListOfMappings(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
