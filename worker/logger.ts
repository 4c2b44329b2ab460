import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Temporal's logs as JSON lines on standard error, with whatever could be a token redacted. */
export function createLogger(level: string): Logger {
  const log = pino(
    {
      level,
      redact: {
        paths: ['*.token', '*.authorization', '*.headers', '*.config', 'token', 'authorization'],
        censor: '[masked]',
      },
    },
    pino.destination(2),
  );
  const write = (severity: LogLevel, message: string, meta?: LogMetadata): void => {
    log[LEVELS[severity]](withoutErrors(meta), message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** An error object of a client library may hold a request: its name and message are enough. */
function withoutErrors(meta: LogMetadata | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [
      key,
      value instanceof Error ? { name: value.name, message: value.message } : value,
    ]),
  );
}
