import type { Names } from '../../core/names/names.ts';
import type { ClientPlace, Vault, VaultContents } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';

type Named = Pick<Names, 'vaultItem'>;

/** The place of the vault that holds a client's secret. */
export function vaultFor(deps: Pick<Deps, 'vault'>, names: Named): Vault {
  return placeOf(deps, names) ?? deps.vault;
}

/** The place that a client has for itself; undefined where it shares one with others. */
export function placeOf({ vault }: Pick<Deps, 'vault'>, { vaultItem }: Named): ClientPlace | undefined {
  if (vaultItem === undefined) return undefined;
  if (vault.of === undefined) throw new TypeError('this vault has no places for single clients');
  return vault.of(vaultItem);
}

/** The names with the id of the client's place, where somebody has made it: from here on no other of its name is taken for it. */
export function withPlace<N extends Named>(names: N, { own }: Pick<VaultContents, 'own'>): N {
  const { vaultItem } = names;
  return vaultItem === undefined || own?.id === undefined
    ? names
    : { ...names, vaultItem: { ...vaultItem, id: own.id } };
}
