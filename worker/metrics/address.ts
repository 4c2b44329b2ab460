import { createServer } from 'node:net';
import { RegistrarError } from '../../core/base/errors.ts';

/** Where the worker serves metrics and health. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, `[::]:9464` or `:9464`, which is every interface; undefined where nothing is set. Throws `BadInput`. */
export function metricsAddress(text = ''): MetricsAddress | undefined {
  if (text.trim() === '') return undefined;
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]*)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535)
    throw bad(
      `METRICS_ADDRESS "${text}" is no HOST:PORT.`,
      'Write 127.0.0.1:9464, or 0.0.0.0:9464 for every interface.',
    );
  return { host: v6 ?? (name || '0.0.0.0'), port };
}

/** A port of this machine alone that is free just now. */
export async function freeLocalPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}

/** What cannot be listened on. */
export function notListening({ host, port }: MetricsAddress, error: unknown): RegistrarError {
  const { code = 'no reason given' } = error as NodeJS.ErrnoException;
  return bad(
    `METRICS_ADDRESS: ${host}:${port} cannot be listened on (${code}).`,
    'Choose a free port of this machine.',
  );
}

function bad(message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'registrar.yaml', kind: 'BadInput', message, remedy });
}
