import { RegistrarError } from './errors.ts';

/**
 * How long one request to a system may last, in milliseconds. Below the heartbeat's limit, so that one that hangs never looks like a
 * worker that died, and so that it has ended when Temporal gives up a worker that went silent after sending it.
 */
export const REQUEST_MS = 10_000;

/** Nothing more may be written by this attempt: it is over, it was cancelled, or Temporal does not say. */
export class AttemptOver extends RegistrarError {
  readonly cancelled: boolean;

  constructor(why: string, { cancelled = false } = {}) {
    super({
      system: 'Temporal',
      kind: 'Unavailable',
      message: `nothing more was written: ${why}`,
      remedy: 'It is tried again where the run goes on; see that the worker reaches the Temporal server.',
    });
    this.cancelled = cancelled;
  }
}

/** Client libraries put what their HTTP layer throws into errors of their own: this is what was thrown. */
export function attemptOverIn(error: unknown): AttemptOver | undefined {
  for (let cause = error, depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth += 1) {
    if (cause instanceof AttemptOver) return cause;
    ({ cause } = cause as { cause?: unknown });
  }
  return undefined;
}
