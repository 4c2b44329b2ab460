import { onePassword } from './onepassword/words.ts';
import type { VaultSettings } from './settings.ts';
import type { ClientItem, PlaceOfClient, VaultWords } from './vaultWords.ts';

/** The words of a vault, by `vault.kind`. */
export const VAULTS: Readonly<
  Record<VaultSettings['kind'], (settings: VaultSettings, item?: ClientItem) => VaultWords>
> = {
  connect: onePassword,
  serviceAccount: onePassword,
};

/** The words of the place that holds a client's secret; of the vault as a whole, where no client is meant. */
export function vaultOf({ vault }: { readonly vault: VaultSettings }, { vaultItem }: PlaceOfClient): VaultWords {
  return VAULTS[vault.kind](vault, vaultItem);
}

/** The vault's token. */
export function vaultToken(installation: { readonly vault: VaultSettings }): VaultWords['token'] {
  return vaultOf(installation, {}).token;
}
