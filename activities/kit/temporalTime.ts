import { Context } from '@temporalio/activity';

const begun = new WeakMap<Context, number>();

/**
 * The time by the Temporal server's clock, in milliseconds since 1970: when this attempt was scheduled, and what has passed here since
 * it first asked. Never later than it is, and too early by as long as the attempt waited for a worker. Times that another attempt
 * compares, or a workflow, are of this clock: the next attempt may be another machine's, an hour off.
 */
export function temporalNow(): number {
  const context = Context.current();
  const start = begun.get(context) ?? performance.now();
  begun.set(context, start);
  return context.info.currentAttemptScheduledTimestampMs + Math.floor(performance.now() - start);
}
