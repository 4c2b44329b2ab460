import { Runtime } from '@temporalio/worker';
import { currentAttempt as attempt } from '../activities/kit/attempt.ts';
import { openOnePassword, type OnePasswordClients } from '../integrations/onepassword/openVault.ts';
import { METRICS } from '../core/run/metrics.ts';
import type { CountRequest, Vault, VaultConnection } from '../integrations/vault/vault.ts';
import type { WorkerConfig } from './config.ts';

/** What a sandbox gives in place of a vault's own client. */
export type VaultClients = OnePasswordClients;

type Settings = WorkerConfig['installation']['vault'];
type Open = (settings: Settings, connection: VaultConnection, given: VaultClients) => Promise<Vault>;

/** The adapter of a vault, by `vault.kind`. */
export const ADAPTERS: Readonly<Record<Settings['kind'], Open>> = {
  connect: openOnePassword,
  serviceAccount: openOnePassword,
};

/** Connects to the installation's vault. */
export async function openVault(
  { installation: { vault, timings }, vaultToken: token }: WorkerConfig,
  timeoutMs: number,
  given: VaultClients,
): Promise<Vault> {
  const { rateLimitPauseMs } = timings;
  return ADAPTERS[vault.kind](vault, { token, timeoutMs, rateLimitPauseMs, count: requestCounter(), attempt }, given);
}

/** What is left of an hourly limit shows nowhere else. */
function requestCounter(): CountRequest {
  const { name, help } = METRICS.vault;
  const counter = Runtime.instance().metricMeter.createCounter(name, undefined, help);
  return (request) => counter.add(1, { ...request });
}
