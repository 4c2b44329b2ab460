import { Context } from '@temporalio/activity';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { RegistrarError, type SystemName } from '../../core/base/errors.ts';
import { attemptDeadline, beginAttempt, SHORTEST_MS } from './attemptTime.ts';

/** Between two looks, however long the one before took: nobody waits longer for what has come meanwhile. */
const LONGEST_PAUSE_MS = 10_000;

/** What one look saw: the state that was waited for, or a sentence on what is still missing. */
export type WaitState<T> = { readonly done: T } | { readonly waiting: string };

/** Whose answer a wait is about, and what a person does where it does not come. */
interface Awaited {
  readonly system: SystemName;
  readonly remedy: string;
}

/**
 * Looks until the state has come. Heartbeats each time with the sentence, and ends with a retryable `NotYet` that
 * carries it when the attempt's time is nearly up, whatever of it earlier waits of the same attempt have used. A cancel ends it
 * between two looks.
 */
export async function waitUntil<T>(
  system: SystemName,
  remedy: string,
  pollMs: number,
  look: () => Promise<WaitState<T>>,
): Promise<T> {
  const context = Context.current();
  const end = attemptDeadline();
  // An attempt has several waits after each other: what an earlier one waited for may be of another system.
  const before = context.info.heartbeatDetails as { readonly waiting?: string; readonly of?: Awaited } | undefined;
  let { waiting, of = { system, remedy } } = before ?? {};
  const stillWaiting = (what: string): RegistrarError =>
    new RegistrarError({ ...of, kind: 'NotYet', message: `still waiting: ${what}` });
  for (;;) {
    const began = Date.now();
    const seen = await look().catch((error: unknown) => {
      // The last attempt may be too short for the request that a look begins with: what was waited for says more than that.
      const late = error instanceof AttemptOver && !error.cancelled && end - Date.now() < SHORTEST_MS;
      throw late && waiting !== undefined ? stillWaiting(waiting) : error;
    });
    if ('done' in seen) return seen.done;
    ({ waiting } = seen);
    of = { system, remedy };
    note({ waiting, of });
    if (Date.now() > end) throw stillWaiting(waiting);
    // A system that is slow to answer has much to do, looks of other runs at times: it is not asked at once again.
    await context.sleep(Math.max(pollMs, Math.min(Date.now() - began, LONGEST_PAUSE_MS, end - Date.now())));
  }
}

/**
 * Looks until every look for `absentForMs` has found nothing, for one of several that answer may be late. A look returns what is
 * still there, as a sentence.
 */
export async function waitUntilAbsent(
  system: SystemName,
  remedy: string,
  { pollMs, absentForMs }: { readonly pollMs: number; readonly absentForMs: number },
  look: () => Promise<string | undefined>,
): Promise<void> {
  let absentSince: number | undefined;
  await waitUntil(system, remedy, Math.min(pollMs, absentForMs / 4), async () => {
    const waiting = await look();
    if (waiting !== undefined) {
      absentSince = undefined;
      return { waiting };
    }
    absentSince ??= Date.now();
    return Date.now() - absentSince >= absentForMs ? { done: undefined } : { waiting: 'it is gone just now' };
  });
}

const notes = new WeakMap<Context, Record<string, unknown>>();

/** What this activity has noted so far, an earlier attempt's notes included: a retry resumes from it. */
export function noted(): Readonly<Record<string, unknown>> {
  const context = Context.current();
  return notes.get(context) ?? (context.info.heartbeatDetails as Record<string, unknown> | undefined) ?? {};
}

/** Adds to the heartbeat's details and sends them. */
export function note(details: Readonly<Record<string, unknown>>): void {
  const context = Context.current();
  const all = { ...noted(), ...details };
  notes.set(context, all);
  context.heartbeat(all);
}

/** Heartbeats beside `work`, for single requests may take longer than the heartbeat's limit. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  beginAttempt();
  const limit = context.info.heartbeatTimeoutMs;
  if (limit === undefined || limit === 0) return work();
  const timer = setInterval(() => context.heartbeat(notes.get(context) ?? context.info.heartbeatDetails), limit / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** No write may begin after a cancel was heard. */
export function throwIfCancelled(): void {
  const { cancellationSignal, log } = Context.current();
  if (cancellationSignal.aborted) log.info(WRITES_NOTHING, { why: 'the activity was cancelled' });
  cancellationSignal.throwIfAborted();
}

/** The SDK logs nothing of an activity that ends as cancelled, and whoever looks for a late write asks what its worker did. */
export const WRITES_NOTHING = 'nothing more is written by this attempt';
