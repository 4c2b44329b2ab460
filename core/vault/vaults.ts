import { CONNECT_TOKEN, onePassword } from './onepassword/words.ts';
import type { VaultSettings } from './settings.ts';
import type { VaultWords } from './vaultWords.ts';

/** The words of a vault, by `vault.kind`. */
export const VAULTS: Readonly<Record<VaultSettings['kind'], (settings: VaultSettings) => VaultWords>> = {
  connect: onePassword,
  serviceAccount: onePassword,
};

/** The words of the installation's vault. */
export function vaultOf({ vault }: { readonly vault: VaultSettings }): VaultWords {
  return VAULTS[vault.kind](vault);
}

/** The vault's token; where registrar.yaml could not be read, that of the vault which needs no `kind`. */
export function vaultToken(installation: { readonly vault: VaultSettings } | undefined): VaultWords['token'] {
  return installation === undefined ? CONNECT_TOKEN : vaultOf(installation).token;
}
