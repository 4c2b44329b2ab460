import type { Installation } from '../installation/installation.ts';
import { askedOf, FURTHER_FIELDS, type FieldBlock, type FieldValue } from '../registration/furtherFields.ts';
import type { Registration } from '../registration/registration.ts';

/** Settings that every provider has: as the registration says, and where it is silent as `registrar.yaml` does. */
export function providerSettings({ spec }: Registration, { provider }: Installation): Installation['provider'] {
  const own = FURTHER_FIELDS.filter(({ block, ofAll }) => block === 'provider' && ofAll).flatMap((row) => {
    const value = askedOf(spec, row);
    return value === undefined ? [] : [[row.name, value] as const];
  });
  return { ...provider, ...(Object.fromEntries(own) as Partial<Installation['provider']>) };
}

/** Values of a block that Authentik tells, by the names of its rows: of a reference its key, or `null`. Undefined where it has none. */
export type ToldFields = Readonly<Record<string, FieldValue | undefined>>;

/** Values of a block under the names of the API. A text that is taken away is an empty one. */
export function asAttributes(block: FieldBlock, values: ToldFields = {}): Readonly<Record<string, FieldValue>> {
  const rows = FURTHER_FIELDS.filter((row) => row.block === block);
  return Object.fromEntries(
    rows.flatMap(({ name, attribute, is }) => {
      const value = values[name];
      if (value === undefined) return [];
      return [[attribute, value === null && is === 'text' ? '' : value] as const];
    }),
  );
}
