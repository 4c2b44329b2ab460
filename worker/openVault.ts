import { Runtime } from '@temporalio/worker';
import { currentAttempt as attempt } from '../activities/kit/attempt.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { createConnectVault } from '../integrations/onepassword/connectVault.ts';
import type { OpenSdk } from '../integrations/onepassword/sdkVault.ts';
import type { CountRequest, Vault } from '../integrations/onepassword/vault.ts';
import type { WorkerConfig } from './config.ts';

/** The vault by the library that `vault.kind` names. */
export async function openVault(config: WorkerConfig, timeoutMs: number, openSdk?: OpenSdk): Promise<Vault> {
  const { kind, connectHost, vaultId, itemId, itemTitle } = config.installation.vault;
  const { rateLimitPauseMs } = config.installation.timings;
  const common = {
    token: config.vaultToken,
    vaultId,
    itemId,
    itemTitle,
    timeoutMs,
    rateLimitPauseMs,
    count: requestCounter(),
    attempt,
  };
  if (kind === 'serviceAccount') {
    // It brings 17 MB of WebAssembly, which a worker with Connect does without.
    const { createSdkVault } = await import('../integrations/onepassword/sdkVault.ts');
    return createSdkVault({ ...common, ...(openSdk === undefined ? {} : { open: openSdk }) });
  }
  if (connectHost === undefined) throw hostMissing();
  return createConnectVault({ ...common, host: connectHost });
}

/** For whoever exports the worker's metrics: what is left of an hourly limit shows nowhere else. */
function requestCounter(): CountRequest {
  const counter = Runtime.instance().metricMeter.createCounter(
    'oidc_registrar_vault_requests',
    undefined,
    'Requests to 1Password: read, write, rateLimited',
  );
  return (request) => counter.add(1, { request });
}

function hostMissing(): RegistrarError {
  return new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: 'vault.connectHost is missing',
    remedy: 'Set it to the address of the Connect server, or vault.kind to serviceAccount.',
  });
}
