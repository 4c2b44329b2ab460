import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { hasPatch } from './patches.ts';

const recheckSignal = defineSignal('recheck');

/** Waits that look again and again, for people or for what others do. The signal `recheck` has them look at once. */
export class Looks {
  #installation: Pick<InstallationSummary, 'patches'> = {};
  #rechecked = false;

  constructor() {
    setHandler(recheckSignal, () => void (this.#rechecked = true), {
      description:
        'Looks now at what the run waits for: its turn, a merge, what somebody else deploys. Takes no arguments.',
    });
  }

  begin(installation: InstallationSummary): void {
    this.#installation = installation;
  }

  /** Races the activity that looks with the signal. `ask` is given the milliseconds that are left, one second at least. */
  async until<T>(limitMs: number, ask: (remainingMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      this.#rechecked = false;
      const scope = new CancellationScope();
      const answer = scope.run(() => ask(Math.max(deadline - Date.now(), 1_000)));
      const first = await Promise.race([
        answer.then(() => 'answered'),
        condition(() => this.#rechecked).then(() => 'recheck'),
      ]).catch(async (error: unknown) => {
        // A cancel ends the wait for the signal at once, and the look beside it may be one that takes the turn: undo comes after it.
        if (hasPatch(this.#installation, 'cancelled-look-ends')) await answer.catch(() => undefined);
        throw error;
      });
      if (first === 'answered') return answer;
      scope.cancel();
      // An answer that came together with the signal counts; a look that was cut short is repeated.
      const ended = await answer.then(
        (value) => ({ value }),
        (error: unknown) => {
          if (!isCancellation(error) && !wasCutShort(error)) throw error;
          return undefined;
        },
      );
      if (ended !== undefined) return ended.value;
    }
  }
}

/** A look that was under way when it was cancelled, and failed: it would have been tried again. */
function wasCutShort(error: unknown): boolean {
  return error instanceof ActivityFailure && error.retryState === RetryState.CANCEL_REQUESTED;
}
