import { own } from '../base/own.ts';
import { MODEL_OF, sectionValue } from '../edits/blueprint/furtherValues.ts';
import { PROVIDER } from '../edits/blueprint/models.ts';
import { inWords } from '../edits/blueprint/sectionValues.ts';
import type { Installation } from '../installation/installation.ts';
import { FURTHER_FIELDS, type FieldValue, type PlacedField } from '../registration/furtherFields.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { ClientEntries } from './entries.ts';

type Blocks = Pick<RegistrationInput['spec'], 'provider' | 'launcher'>;

/** What the blueprint says of the rows of both blocks, and only where a registration that is silent would not come to the same. */
export function furtherBlocks(
  { provider, application }: Pick<ClientEntries, 'provider' | 'application'>,
  installation: Pick<Installation, 'provider'>,
  notes: string[],
): Blocks {
  const blocks: Record<string, Record<string, FieldValue>> = {};
  for (const row of FURTHER_FIELDS) {
    const values = MODEL_OF[row.block] === PROVIDER ? provider : application;
    const found = own(values, row.attribute);
    if (found === undefined) continue;
    const value = sectionValue(row, values);
    if (value === usualOf(row, installation)) continue;
    if (value !== undefined && row.schema.safeParse(value).success) (blocks[row.block] ??= {})[row.name] = value;
    else notes.push(cannotSay(row, found));
  }
  return blocks;
}

/** What a client has whose registration does not name the row. */
function usualOf({ name, ofAll, usual }: PlacedField, { provider }: Pick<Installation, 'provider'>): FieldValue {
  return ofAll ? provider[name as keyof typeof provider] : usual;
}

function cannotSay({ block, attribute, ofAll }: PlacedField, found: unknown): string {
  const what = `${attribute} of its ${block === 'provider' ? 'provider' : 'application'} is ${inWords(found)}`;
  return ofAll
    ? `${what}, which a registration cannot say: a run gives it what provider of registrar.yaml has`
    : `${what}, which a registration cannot say: it stays as it is`;
}
