import { own } from '../../base/own.ts';
import { providerName } from '../storeProviders.ts';
import type { OnePasswordSettings } from './settings.ts';

/** An id of 1Password. A vault's title may be anything, and of this form only by an odd chance. */
const ID = /^[a-z0-9]{26}$/;

/**
 * What a store reads in place of the installation's vault. Stores name vaults by title or id: one of Connect each with its rank under
 * `vaults`, one of the SDK the one `vault` (External Secrets' documentation, "1Password Secrets Automation" and "1Password SDK").
 */
export function otherStore(
  { vaultId, vaultName }: Pick<OnePasswordSettings, 'vaultId' | 'vaultName'>,
  provider: Readonly<Record<string, unknown>>,
): string | undefined {
  const [connect, sdk] = [own(provider, 'onepassword'), own(provider, 'onepasswordSDK')];
  if (connect === undefined && sdk === undefined) return providerName(provider);
  // Its entries name item and field in one text, and have no property.
  if (connect === undefined)
    return '1Password by the provider onepasswordSDK, whose entries have another form than those of Connect, which the job writes';
  const vaults = namesIn(connect);
  const isAnother = (vault: string): boolean =>
    vault !== vaultId && vault !== vaultName && (vaultName !== undefined || ID.test(vault));
  if (vaults.length === 0 || !vaults.every(isAnother)) return undefined;
  return `vault ${vaults.map((vault) => `"${vault}"`).join(', ')} of 1Password`;
}

function namesIn(connect: unknown): readonly string[] {
  const vaults =
    typeof connect === 'object' ? own(connect as Readonly<Record<string, unknown>> | null, 'vaults') : undefined;
  return typeof vaults === 'object' && vaults !== null ? Object.keys(vaults) : [];
}
