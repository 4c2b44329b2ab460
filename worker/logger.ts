import { TemporalFailure } from '@temporalio/common';
import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino, type DestinationStream } from 'pino';
import { RegistrarError } from '../core/base/errors.ts';
import { masked } from '../core/masking/masked.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Temporal's logs as JSON lines on standard error, without what is or could be a secret. A level that is none is `info`. */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  const known = level === 'silent' || Object.hasOwn(pino.levels.values, level);
  const log = pino(
    {
      level: known ? level : 'info',
      redact: {
        paths: ['*.token', '*.authorization', '*.headers', '*.config', 'token', 'authorization', 'headers'],
        censor: '[masked]',
      },
    },
    // What is masked is cut where it is very long: a line ends as one all the same.
    { write: (line: string) => destination.write(`${masked(line.trimEnd())}\n`) },
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

/** An error object of a client library may hold a request: its name and message are enough, and those of its causes. */
function withoutErrors(meta: LogMetadata | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta ?? {}).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, cause } = value;
  // Ours were made without secrets; what others made may quote a token.
  const ours = value instanceof TemporalFailure || value instanceof RegistrarError;
  return {
    name,
    message: ours ? message : masked(message, 'long'),
    ...(cause instanceof Error ? { cause: plain(cause) } : {}),
  };
}
