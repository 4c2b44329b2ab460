import { RegistrarError, refused } from '../../core/base/errors.ts';
import { unlistedItem } from '../../core/policy/ownItem.ts';
import type { Names } from '../../core/names/names.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import type { FoundRecord } from '../state/facts.ts';
import type { Deps } from '../deps.ts';

/**
 * A place that has come instead of the one which the client's record names is not the client's, whoever may have one. Throws
 * `Refused`.
 */
export function assertSamePlace(
  { vaultItem }: Pick<Names, 'vaultItem'>,
  { record }: Pick<FoundRecord, 'record'>,
  { system, place, own }: Pick<VaultContents, 'system' | 'place' | 'own'>,
): void {
  const known = record?.vaultItem;
  if (known === undefined || known.title !== vaultItem?.title || own?.id === undefined || own.id === known.id) return;
  throw refused(
    system,
    `${place} (${own.id}) is not the one that client ${vaultItem.client} has its secret in (${known.id})`,
    "See in the vault's history what became of that one, and bring it back; or take vaultItem out of the client's record where this one is right.",
  );
}

/**
 * Whether the place that a client shall have for itself is its own: not there yet, made by the job for it, or one that the policy
 * lists. Its name alone proves nothing, for who writes a registration may name any. Throws `Refused`.
 */
export function assertOwnPlace(
  { installation }: Pick<Deps, 'installation'>,
  { vaultItem }: Pick<Names, 'vaultItem'>,
  { system, place, own }: Pick<VaultContents, 'system' | 'place' | 'own'>,
): void {
  if (vaultItem === undefined || own?.id === undefined || own.madeBy?.client === vaultItem.client) return;
  const { client } = vaultItem;
  if (own.madeBy !== undefined)
    throw refused(
      system,
      `${place} is the one that the job made for client ${own.madeBy.client}`,
      `Name another in spec.vaultItem of ${client}, one that is not there: the job makes it.`,
    );
  const unlisted = unlistedItem(`${place} (${own.id})`, vaultItem, installation.policy);
  if (unlisted !== undefined) throw new RegistrarError({ system, kind: 'Refused', ...unlisted });
}
