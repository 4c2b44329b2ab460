import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { RegistrarError } from '../core/errors.ts';
import { within } from '../core/within.ts';

/** How long a command tries to reach Temporal before it says so. */
const CONNECT_MS = 10_000;

/** Temporal as its own tools find it: `TEMPORAL_*` and `temporal.toml`. Throws `Unavailable`. */
export async function connectClient(): Promise<Client> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? 'localhost:7233';
  const opening = Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS });
  const connection = await within(opening, CONNECT_MS).catch(() => undefined);
  if (connection !== undefined) return new Client({ connection, namespace });
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `no Temporal server answers at ${address}`,
    remedy: 'Start one (temporal server start-dev), or set TEMPORAL_ADDRESS.',
  });
}
