import { Context } from '@temporalio/activity';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import type { Attempt } from '../../integrations/attempt.ts';
import { attemptDeadline, SHORTEST_MS } from './attemptTime.ts';
import { note, noted, WRITES_NOTHING } from './wait.ts';

/** Temporal's word that an attempt goes on is good for so long, by the wall clock: a monotonic one stands still in a suspended machine. */
const WORD_MS = 2_000;
/** A server that is slow to give it is asked so often. */
const ASKS = 3;
/** Where no heartbeat's limit says how long the SDK may take to hear of a cancel. */
const HEAR_MS = 5_000;

/** The attempt of the activity that is running. Temporal itself is asked whether it goes on. */
export const currentAttempt: Attempt = {
  async timeFor(limitMs) {
    // Temporal has it before the request is sent.
    if (mayHaveWritten()) await assertGoesOn();
    else await noteForSure({ [WRITES]: true });
    // Whole ones: a timer takes nothing else, and the server's limits are no round numbers once they run out.
    const leftMs = Math.floor(attemptDeadline() - Date.now());
    if (leftMs < SHORTEST_MS) throw over('there was no time left');
    return Math.min(limitMs, leftMs);
  },

  async pause(ms) {
    if (Date.now() + ms > attemptDeadline()) return false;
    await Context.current().sleep(ms);
    return true;
  },
};

const WRITES = 'writes';

/** Whether this attempt of an activity, or one before it, has set out to change anything. */
export function mayHaveWritten(): boolean {
  return noted()[WRITES] === true;
}

/**
 * A heartbeat that the server has acknowledged. One by the SDK is sent when it comes to it, the later ones of a busy activity
 * seconds after: lost with the worker. The SDK is told first, so that what it sends from now on holds these details too.
 */
export async function noteForSure(details: Readonly<Record<string, unknown>>): Promise<void> {
  note(details);
  await assertGoesOn();
}

/**
 * Returns where Temporal has just said that this attempt goes on, and has taken what was noted. A worker that is stopped between
 * the answer and its use finds the answer too old when it goes on. Throws {@link AttemptOver}.
 */
async function assertGoesOn(): Promise<void> {
  const context = Context.current();
  for (let ask = 0; ask < ASKS; ask += 1) {
    const asked = Date.now();
    await askedServer(context);
    const age = Date.now() - asked;
    if (age >= 0 && age <= WORD_MS) return;
  }
  throw over('the Temporal server answers too slowly whether this attempt goes on');
}

/** A heartbeat by the worker's client: unlike one of the SDK it is sent now, acknowledged, and needs no limit of heartbeats. */
async function askedServer(context: Context): Promise<void> {
  if (context.cancellationSignal.aborted) throw cancelled();
  try {
    await context.client.activity.heartbeat(context.info.taskToken, noted());
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ActivityCancelledError' || context.cancellationSignal.aborted) {
      await heard(context);
      throw cancelled();
    }
    if (OVER.has(name)) throw over(`Temporal has given this attempt up (${name})`);
    throw over(`the Temporal server does not say whether this attempt goes on (${name || 'no answer'})`);
  }
}

const OVER: ReadonlySet<string> = new Set(['ActivityNotFoundError', 'ActivityPausedError', 'ActivityResetError']);

function cancelled(): AttemptOver {
  return over('the activity was cancelled', { cancelled: true });
}

function over(why: string, options?: { readonly cancelled: boolean }): AttemptOver {
  Context.current().log.info(WRITES_NOTHING, { why });
  return new AttemptOver(why, options);
}

/** The SDK passes an activity off as cancelled only once it has heard of the cancel by a heartbeat of its own. */
async function heard(context: Context): Promise<void> {
  context.heartbeat(noted());
  const { heartbeatTimeoutMs } = context.info;
  await withTimeout(
    context.cancelled.catch(() => undefined),
    heartbeatTimeoutMs === undefined || heartbeatTimeoutMs === 0 ? HEAR_MS : heartbeatTimeoutMs,
  );
}
