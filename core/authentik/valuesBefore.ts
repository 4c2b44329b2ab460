/**
 * What Authentik held of a client before it was changed, by the names of Authentik's API and without its secret: a change and its
 * undo write the blueprint, which leaves alone what it does not name.
 */
export interface ValuesBefore {
  readonly provider: Row & { readonly pk: number };
  /** Known by its slug, which is never changed. */
  readonly application: Row & { readonly pk: string };
  readonly bindings: readonly BindingBefore[];
  readonly users: readonly (Row & { readonly pk: number; readonly username: string })[];
  /** Bindings that the old blueprint named and the registration no longer asks for, by their keys: they are deleted once all others stand. */
  readonly bindingsToGo: readonly string[];
  /** Groups and service accounts that the old blueprint made and the registration no longer asks for. */
  readonly dropped: { readonly groups: readonly string[]; readonly users: readonly string[] };
}

export interface BindingBefore extends Row {
  readonly pk: string;
  readonly order: number;
}

/** Fields of one object; undefined, and so left out of a history, where Authentik did not tell. */
export type Row = Readonly<Record<string, unknown>>;

/** Fields that differ, with the values that they had; without keys, which cannot be changed, and what is not known. */
export function changedFields(before: Row, now: Row): Row {
  const fields = Object.entries(before).filter(
    ([field, value]) => field !== 'pk' && value !== undefined && JSON.stringify(value) !== JSON.stringify(now[field]),
  );
  return Object.fromEntries(fields);
}
