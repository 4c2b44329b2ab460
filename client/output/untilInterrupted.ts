import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the wait that is under way. */
let interrupted: (() => void) | undefined;
let listening = false;

/**
 * From now on Ctrl-C, SIGTERM and SIGHUP end {@link untilInterrupted} or, where nothing waits, the process by way of its exit
 * handlers, which a signal alone would skip.
 */
export function endOnSignals(): void {
  if (listening) return;
  listening = true;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      const end = interrupted;
      interrupted = undefined;
      if (end === undefined) process.exit(128 + constants.signals[signal]);
      end();
    });
}

/** Resolves at the first Ctrl-C, SIGTERM or SIGHUP. */
export async function untilInterrupted(): Promise<void> {
  endOnSignals();
  // A signal alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    interrupted = resolve;
  });
  clearInterval(alive);
}
