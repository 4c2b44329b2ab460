import { RegistrarError } from '../../core/base/errors.ts';

/** A controller's loop: looks when it is kicked, and at an interval all the same. */
export interface Loop {
  kick(): void;
  /** Resolves when a look has ended that began after the call, and with it all that it has started. */
  round(): Promise<void>;
  /** What the last look left to time, as a pod that starts or files that a mount does not show yet; undefined: nothing. */
  waitsFor?(): string | undefined;
  stop(): Promise<void>;
}

/** Another one after every change of what a loop looks at. */
export type Version = () => unknown;

/** Of so many looks at what has not changed one takes place: for time that passes, and for what has no version, as a branch. */
const IDLE_LOOKS = 5;

/**
 * Runs `work` again and again, never twice at once. What it throws is told to `onError`, and the next look is as good
 * as the first. The signal ends a look that hangs in a request when the loop is stopped. While `version` stays the same,
 * most looks are left out.
 */
export function startLoop(
  work: (signal: AbortSignal) => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void = complainOf('a controller'),
  version?: Version,
): Loop {
  const stopping = new AbortController();
  let kicked = false;
  let wake: () => void = () => undefined;
  const awaited: (() => void)[] = [];

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      kicked = false;
      const before = version?.();
      const answered = awaited.splice(0);
      try {
        await work(stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) onError(error);
      }
      for (const answer of answered) answer();
      for (let pauses = version === undefined ? IDLE_LOOKS : 1; !kicked && !stopping.signal.aborted; pauses += 1) {
        await pause();
        if (pauses >= IDLE_LOOKS || version?.() !== before) break;
      }
    }
  }

  async function pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const ended = run();
  const kick = (): void => {
    kicked = true;
    wake();
  };
  return {
    kick,
    async round() {
      const round = new Promise<void>((resolve) => void awaited.push(resolve));
      kick();
      // A loop that is stopped looks no more.
      await Promise.race([round, ended]);
    },
    async stop() {
      stopping.abort();
      wake();
      await ended;
    },
  };
}

/** Writes what a controller complains of, once as long as it stays the same: a lasting fault would flood the log. */
export function complainOf(
  name: string,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): (error: unknown) => void {
  let last = '';
  return (error) => {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (text === last) return;
    last = text;
    write(`sandbox: ${name}: ${text}\n`);
  };
}

/** Somebody else wrote or deleted the object meanwhile: no error, for the next look sees what is there then. */
export async function unlessOvertaken(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RegistrarError && (error.kind === 'Conflict' || error.kind === 'NotFound')) return;
    throw error;
  }
}

/** Ends early, and well, when the signal does. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted === true ? 0 : ms);
    signal?.addEventListener('abort', end);
  });
}
