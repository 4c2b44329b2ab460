import { itemsThatMayBring } from '../kubernetes/externalSecret/arrivals.ts';
import { vaultOf } from '../vault/vaults.ts';
import type { Installation } from '../installation/installation.ts';

/**
 * Why the files do not tell from which item a key of Authentik's Secret comes: its ExternalSecret takes several whole, and each may
 * have the field. Undefined where they tell.
 */
export function unsureItem(
  installation: Pick<Installation, 'vault' | 'authentik'>,
  spec: unknown,
  key: string,
): string | undefined {
  const vault = vaultOf(installation, {});
  const items = itemsThatMayBring(spec, key);
  // One item may be named by its id and by its title.
  if (items.length < 2 || items.every((each) => vault.isAllOf(each))) return undefined;
  const { name, file } = installation.authentik.externalSecret;
  return `ExternalSecret ${name} (${file}) extracts items ${items.map((each) => `"${each}"`).join(' and ')}, and key ${key} may come from each: which of them has the field is told by the vault alone`;
}
