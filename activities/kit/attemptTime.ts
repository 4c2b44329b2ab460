import { Context } from '@temporalio/activity';

/**
 * Part of an attempt's time that it may use. What is left, and half a second where there is that much, covers the way to the server and
 * back, so that its last sentence and no bare time-out reaches people.
 */
const MARGIN = 0.9;
const RETURN_MS = 500;
/** A request with less time than this is not begun: cut short, it would leave nobody knowing whether it did its work. */
export const SHORTEST_MS = 500;

const begun = new WeakMap<Context, number>();

/** Notes when this attempt began; where nobody has, it is when the first asks. */
export function beginAttempt(): number {
  const context = Context.current();
  const at = begun.get(context) ?? Date.now();
  begun.set(context, at);
  return at;
}

/**
 * When this attempt must have ended its waits and its writes, in milliseconds since 1970: beyond it Temporal gives the attempt up,
 * and may have the run undone. Counted from the attempt's beginning by this machine's clock, and by the server's from one
 * attempt to another, so that the two clocks need not agree.
 */
export function attemptDeadline(): number {
  const own = Math.min(Context.current().info.startToCloseTimeoutMs, leftOfAllTries());
  const usable = own > 2 * RETURN_MS ? Math.min(own * MARGIN, own - RETURN_MS) : own * MARGIN;
  return beginAttempt() + usable;
}

/** Whether there is another attempt after a wait: Temporal gives up at once where that one would come after the time of all tries. */
export function isThereTimeFor(waitMs: number): boolean {
  return Date.now() - beginAttempt() + waitMs < leftOfAllTries();
}

/** Time of all tries together that was left when this attempt began. */
function leftOfAllTries(): number {
  const { info } = Context.current();
  const all = info.scheduleToCloseTimeoutMs;
  const used = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  return all > 0 ? all - used : Number.POSITIVE_INFINITY;
}
