/** A controller's loop: looks when it is kicked, and at an interval all the same. */
export interface Loop {
  kick(): void;
  stop(): Promise<void>;
}

/** Runs `work` again and again, never twice at once. What it throws is kept for the next look, as a controller would. */
export function startLoop(
  work: () => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void = () => undefined,
): Loop {
  let stopped = false;
  let kicked = false;
  let wake: () => void = () => undefined;

  async function run(): Promise<void> {
    while (!stopped) {
      kicked = false;
      try {
        await work();
      } catch (error) {
        if (!stopped) onError(error);
      }
      if (!kicked && !stopped) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, everyMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  const ended = run();
  return {
    kick() {
      kicked = true;
      wake();
    },
    async stop() {
      stopped = true;
      wake();
      await ended;
    },
  };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
