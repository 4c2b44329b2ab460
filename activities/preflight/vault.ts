import { RegistrarError } from '../../core/errors.ts';
import type { Names } from '../../core/resolve.ts';
import type { ProviderState } from '../../integrations/authentik/authentik.ts';
import type { Unwritable, VaultItem } from '../../integrations/onepassword/vault.ts';
import { acceptsSecret } from '../acceptsSecret.ts';
import type { Deps } from '../deps.ts';
import { assertUsable, fieldOf } from '../vaultSecret.ts';

/**
 * Whether the vault field can serve: absent, or one concealed field of a usable value that Authentik takes for the secret of the
 * provider that exists; to a repair the vault is right. Throws `Refused` or `Collision`.
 */
export async function checkVaultField(
  deps: Deps,
  item: VaultItem,
  names: Names,
  provider: ProviderState | undefined,
  repair = false,
): Promise<void> {
  const field = fieldOf(item, names.vaultField);
  if (field === undefined) {
    if (provider !== undefined && provider.clientId === names.clientId) throw missing(item, names);
    if (item.unwritable !== undefined) throw unwritable(item, item.unwritable);
    return;
  }
  assertUsable(item, field);
  // One with another client id is somebody else's, which is refused for itself.
  if (repair || provider?.clientId !== names.clientId) return;
  const accepted = await acceptsSecret(deps, names.clientId, field.value);
  if (accepted === 'right') return;
  if (accepted === 'anything') throw acceptsAnything(provider);
  throw new RegistrarError({
    system: '1Password',
    kind: 'Refused',
    message: `field "${names.vaultField}" of item "${item.title}" differs from the secret of Authentik provider "${provider.name}"`,
    remedy: `Put the live secret into ${deps.installation.vault.itemTitle}; or where the vault is right, roll its value out by a repair ({"client":…,"repair":true}).`,
  });
}

function acceptsAnything({ name }: ProviderState): RegistrarError {
  return new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `provider "${name}" accepts any secret, so whether the vault holds its own cannot be told`,
    remedy: 'Make it confidential in the admin interface and put its secret into the vault, then start again.',
  });
}

/** The vault refuses it by itself; here nothing has been touched yet. */
function unwritable({ title }: VaultItem, { why, remedy }: Unwritable): RegistrarError {
  return new RegistrarError({ system: '1Password', kind: 'Refused', message: `item "${title}" ${why}`, remedy });
}

function missing(item: VaultItem, names: Names): RegistrarError {
  return new RegistrarError({
    system: '1Password',
    kind: 'Refused',
    message: `item "${item.title}" has no field "${names.vaultField}", but Authentik has provider "${names.providerName}"`,
    remedy: 'Put the live secret there first.',
  });
}
