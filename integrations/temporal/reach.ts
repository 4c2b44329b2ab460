import { RegistrarError } from '../../core/base/errors.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';

/** How long a program tries to reach Temporal before it says so. */
export const CONNECT_MS = 10_000;

/** Opens a connection to Temporal; `start` names what starts a server. Throws `Unavailable`, and `BadInput` for what is no address. */
export async function reach<T>(
  address: string,
  open: () => Promise<T>,
  start = 'temporal server start-dev',
): Promise<T> {
  if (address.includes('://'))
    throw new RegistrarError({
      system: 'Temporal',
      kind: 'BadInput',
      message: `${address} is no address of a Temporal server`,
      remedy: 'Set TEMPORAL_ADDRESS to host and port alone, such as 127.0.0.1:7233.',
    });
  const opened = await withTimeout(open(), CONNECT_MS).catch(() => undefined);
  if (opened !== undefined) return opened;
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `no Temporal server answers at ${address}`,
    remedy: `Start one (${start}), or set TEMPORAL_ADDRESS.`,
  });
}
