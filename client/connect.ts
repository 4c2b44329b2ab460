import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { RegistrarError } from '../core/base/errors.ts';
import { withTimeout } from '../core/base/withTimeout.ts';

/** How long a command tries to reach Temporal before it says so. */
const CONNECT_MS = 10_000;

/** Where Temporal is: as its own tools find it, by `TEMPORAL_*` and `temporal.toml`. */
function temporalPlace() {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  return { connectionOptions, namespace, address: connectionOptions.address ?? 'localhost:7233' };
}

let told = false;

/** Tells a person, once and on stderr, which Temporal a command is about to change. */
export function tellPlace(): void {
  if (told) return;
  told = true;
  const { address, namespace } = temporalPlace();
  process.stderr.write(`Temporal at ${address}, namespace ${namespace}\n`);
}

/** A client for a command that changes something: where it does so is told first. Throws `Unavailable`. */
export async function connectToChange(): Promise<Client> {
  tellPlace();
  return connectClient();
}

/** A client for a command that reads. Throws `Unavailable`. */
export async function connectClient(): Promise<Client> {
  const { connectionOptions, namespace, address } = temporalPlace();
  const opening = Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS });
  const connection = await withTimeout(opening, CONNECT_MS).catch(() => undefined);
  if (connection !== undefined) return new Client({ connection, namespace });
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `no Temporal server answers at ${address}`,
    remedy: 'Start one (temporal server start-dev), or set TEMPORAL_ADDRESS.',
  });
}
