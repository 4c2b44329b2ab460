import { RegistrarError } from '../../core/base/errors.ts';
import type { Names } from '../../core/names/names.ts';
import { type FieldClaims, type FieldOwner, claimedBy, fieldRefusal } from '../../core/policy/fieldOwner.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { madeField } from './vaultMark.ts';

/** Whether nobody else reads the field, or asks for it. Throws `Refused`. */
export function assertUnclaimed(contents: VaultContents, names: Names, claims: FieldClaims): void {
  const why = claimedBy(names, claims);
  if (why.length > 0) assertOurs(contents, names, { is: 'others', why });
}

/**
 * Whether a rotation that ended half-way may be one of the client: its labels alone say that it began, and of a field that no run has
 * marked people may have written them. Throws `Refused`.
 */
export function assertBegun(contents: VaultContents, client: string, names: Names, claims: FieldClaims): void {
  if (madeField(contents, client, names.vaultField) === undefined)
    assertUnclaimed(contents, names, { ...claims, registrations: [] });
}

export function assertOurs(contents: VaultContents, names: Names, owner: FieldOwner): void {
  if (owner.is !== 'ours') throw new RegistrarError(fieldRefusal(names, contents, owner));
}
