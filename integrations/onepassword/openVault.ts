import { RegistrarError } from '../../core/base/errors.ts';
import type { OnePasswordSettings } from '../../core/vault/onepassword/settings.ts';
import type { Vault, VaultConnection } from '../vault/vault.ts';
import { withClientItems } from './clientItems.ts';
import type { OpenSdk, SdkClient } from './sdkSession.ts';

/** What a sandbox gives in place of the real thing. */
export interface OnePasswordClients {
  /** 1Password's service cannot be stood in for: a stand-in must come as a client. */
  readonly openSdk?: OpenSdk<SdkClient>;
}

/** The vault by the library that `vault.kind` names; that one alone is loaded, for the SDK brings 17 MB of WebAssembly and Connect an HTTP client. */
export async function openOnePassword(
  { kind, connectHost, vaultId, itemId, itemTitle }: OnePasswordSettings,
  connection: VaultConnection,
  { openSdk }: OnePasswordClients,
): Promise<Vault> {
  const options = { ...connection, vaultId };
  const one = itemId === undefined || itemTitle === undefined ? undefined : { itemId, itemTitle };
  if (kind === 'serviceAccount') {
    const [{ createSdkVault }, { createSdkItems }] = await Promise.all([
      import('./sdkVault.ts'),
      import('./sdkItems.ts'),
    ]);
    const all = { ...options, ...(openSdk === undefined ? {} : { open: openSdk }) };
    return withClientItems(one && createSdkVault({ ...all, ...one }), createSdkItems(all));
  }
  if (connectHost === undefined) throw hostMissing();
  const [{ createConnectVault }, { createConnectItems }] = await Promise.all([
    import('./connectVault.ts'),
    import('./connectItems.ts'),
  ]);
  const all = { ...options, host: connectHost };
  return withClientItems(one && createConnectVault({ ...all, ...one }), createConnectItems(all));
}

function hostMissing(): RegistrarError {
  return new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: 'vault.connectHost is missing',
    remedy: 'Set it to the address of the Connect server, or vault.kind to serviceAccount.',
  });
}
