import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { inspect } from 'node:util';

/** Keeps what the workers of this process log, in the fullest form that a logger could print. */
class LogLines implements Logger {
  readonly #lines: string[] = [];

  log(level: LogLevel, message: string, meta?: LogMetadata): void {
    this.#lines.push(`${level} ${message} ${inspect(meta, { depth: 8, breakLength: Number.POSITIVE_INFINITY })}`);
  }
  trace(message: string, meta?: LogMetadata): void {
    this.log('TRACE', message, meta);
  }
  debug(message: string, meta?: LogMetadata): void {
    this.log('DEBUG', message, meta);
  }
  info(message: string, meta?: LogMetadata): void {
    this.log('INFO', message, meta);
  }
  warn(message: string, meta?: LogMetadata): void {
    this.log('WARN', message, meta);
  }
  error(message: string, meta?: LogMetadata): void {
    this.log('ERROR', message, meta);
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

export const logLines = new LogLines();
