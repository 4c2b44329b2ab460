import { RegistrarError } from '../../core/base/errors.ts';
import type { OnePasswordSettings } from '../../core/vault/onepassword/settings.ts';
import type { Vault, VaultConnection } from '../vault/vault.ts';
import { createConnectVault } from './connectVault.ts';
import type { OpenSdk } from './sdkVault.ts';

/** What a sandbox gives in place of the real thing. */
export interface OnePasswordClients {
  /** 1Password's service cannot be stood in for: a stand-in must come as a client. */
  readonly openSdk?: OpenSdk;
}

/** The vault by the library that `vault.kind` names. */
export async function openOnePassword(
  { kind, connectHost, vaultId, itemId, itemTitle }: OnePasswordSettings,
  connection: VaultConnection,
  { openSdk }: OnePasswordClients,
): Promise<Vault> {
  const options = { ...connection, vaultId, itemId, itemTitle };
  if (kind === 'serviceAccount') {
    // The SDK brings 17 MB of WebAssembly, which a worker with Connect does without.
    const { createSdkVault } = await import('./sdkVault.ts');
    return createSdkVault({ ...options, ...(openSdk === undefined ? {} : { open: openSdk }) });
  }
  if (connectHost === undefined) throw hostMissing();
  return createConnectVault({ ...options, host: connectHost });
}

function hostMissing(): RegistrarError {
  return new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: 'vault.connectHost is missing',
    remedy: 'Set it to the address of the Connect server, or vault.kind to serviceAccount.',
  });
}
