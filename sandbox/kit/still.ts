import { sleep, type Loop } from './loop.ts';

export interface Moving {
  readonly loops: readonly Loop[];
  /** Another one after every change of what the loops look at. */
  version(): unknown;
  /** What goes on beside the loops; undefined: nothing. */
  goesOn?(): string | undefined;
}

/** A busy machine needs some of it; less than a hook may take, so that what moves is told. */
const PATIENCE_MS = 100_000;

/**
 * What `read` resolves with, read while nothing moves: every controller has looked once more and has neither changed anything nor left
 * anything to time, and nobody has changed anything before it was read. Throws what moves where it does not stop.
 */
export async function still<T>(moving: Moving, read: () => Promise<T> | T): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const version = await moving.version();
    await Promise.all(moving.loops.map((loop) => loop.round()));
    if (goesOn(moving) === undefined) {
      const value = await read();
      if ((await moving.version()) === version && goesOn(moving) === undefined) return value;
    }
    if (Date.now() > end) throw new Error(`the sandbox does not come to rest: ${goesOn(moving) ?? 'objects change'}`);
    await sleep(20);
  }
}

function goesOn(moving: Moving): string | undefined {
  return moving.loops.map((loop) => loop.waitsFor?.()).find((each) => each !== undefined) ?? moving.goesOn?.();
}
