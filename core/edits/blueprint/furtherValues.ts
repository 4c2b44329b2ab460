import { own } from '../../base/own.ts';
import {
  FURTHER_FIELDS,
  type FieldBlock,
  type FieldValue,
  type PlacedField,
} from '../../registration/furtherFields.ts';
import { APPLICATION, PROVIDER } from './models.ts';
import { textOf, untoldIn, vagueReferenceIn } from './sectionValues.ts';

/** The model whose entries have a block's attributes. */
export const MODEL_OF: Readonly<Record<FieldBlock, string>> = { provider: PROVIDER, launcher: APPLICATION };

/** Another name that a blueprint may give an attribute; undefined where it has none. */
export function aliasOf(model: string, attribute: string): string | undefined {
  return FURTHER_FIELDS.find((row) => MODEL_OF[row.block] === model && row.attribute === attribute)?.alias;
}

type Values = Readonly<Record<string, unknown>>;

/** Values of an entry, each under the name by which attributes are known. */
export function withoutAliases(model: string, values: Values): Values {
  const row = FURTHER_FIELDS.find(({ block, alias }) => MODEL_OF[block] === model && alias !== undefined);
  const { alias = '', attribute = '' } = row ?? {};
  return own(values, alias) === undefined || own(values, attribute) !== undefined
    ? values
    : { ...values, [attribute]: values[alias] };
}

/** What an entry says of a row, as a registration would say it; undefined where it says nothing, or the file does not tell what. */
export function sectionValue({ attribute, is }: PlacedField, values: Values): FieldValue | undefined {
  const value = own(values, attribute);
  if (value === null || value === '') return null;
  if (untoldIn(value) !== undefined || vagueReferenceIn(value) !== undefined) return undefined;
  if (is === 'flag') return typeof value === 'boolean' ? value : undefined;
  if (is === 'text') return textOf(value);
  const { where } = (value ?? {}) as { readonly where?: readonly (readonly unknown[])[] };
  return textOf(where?.[0]?.[1]);
}
