import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Kept, Undone, UndoReport } from '../core/run.ts';
import { describeFailure } from './failures.ts';

/** How to take one step back. Registered before the step begins, so that a crash inside it is covered too. */
export interface Compensation {
  readonly step: string;
  /** What it takes back, for the list of what remains. */
  readonly what: string;
  /** Steps whose compensation must have succeeded before: what they left would still use this. */
  readonly after: readonly string[];
  /** What a person does where the compensation cannot. */
  readonly remedy: string;
  readonly run: () => Promise<Undone>;
}

export interface SagaListener {
  undone(step: string, undone: Undone): void;
  kept(step: string, kept: readonly Kept[]): void;
}

/**
 * The list of compensations of one run, newest first when undone.
 *
 * Undo runs in a scope that a cancel of the workflow does not reach; only {@link Saga.stop} ends it early. A
 * compensation that fails, or leaves behind something that still uses the work of earlier steps, blocks
 * those that name it in `after`: they keep their work and list it.
 */
export class Saga {
  readonly #compensations: Compensation[] = [];
  readonly #begun = new Set<string>();
  #scope: CancellationScope | undefined;
  #stopped = false;

  register(compensation: Compensation): void {
    const at = this.#compensations.findIndex((known) => known.step === compensation.step);
    if (at >= 0) this.#compensations[at] = compensation;
    else this.#compensations.push(compensation);
  }

  /** From here on the step may have done something. Called before it begins; one that never began is not taken back. */
  begin(...steps: readonly string[]): void {
    for (const step of steps) this.#begun.add(step);
  }

  /** Ends an undo that is under way or about to begin; what it has not done is listed. */
  stop(): void {
    this.#stopped = true;
    this.#scope?.cancel();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes everything back that is registered. Never throws. */
  async undo(listener: SagaListener): Promise<UndoReport> {
    return CancellationScope.nonCancellable(async () => {
      this.#scope = new CancellationScope();
      const report = await this.#scope.run(() => this.#undoAll(listener));
      this.#scope = undefined;
      return report;
    });
  }

  async #undoAll(listener: SagaListener): Promise<UndoReport> {
    const undone: string[] = [];
    const kept: Kept[] = [];
    let pending: string | undefined;
    const blocked = new Map<string, string>();
    for (const compensation of this.#compensations.filter(({ step }) => this.#begun.has(step)).toReversed()) {
      const blocker = compensation.after.find((step) => blocked.has(step));
      const result = blocker === undefined ? await this.#undoOne(compensation) : keepBlocked(compensation, blocker);
      undone.push(...result.undone);
      kept.push(...result.kept);
      pending ??= result.pending;
      if (result.blocks) {
        blocked.set(compensation.step, compensation.what);
        listener.kept(compensation.step, result.kept);
      } else {
        listener.undone(compensation.step, result);
      }
    }
    return { undone, kept, ...(pending === undefined ? {} : { pending }) };
  }

  async #undoOne(compensation: Compensation): Promise<Undone> {
    const { what, remedy } = compensation;
    if (this.#stopped) return left(what, 'the undo was stopped before it came to this.', remedy);
    try {
      return await compensation.run();
    } catch (error) {
      if (isCancellation(error)) return left(what, 'the undo was stopped while it was at this.', remedy);
      return left(what, `could not be undone: ${describeFailure(error).message}`, remedy);
    }
  }
}

function left(what: string, why: string, remedy: string): Undone {
  return { undone: [], kept: [{ what, why, remedy }], blocks: true };
}

function keepBlocked(compensation: Compensation, blocker: string): Undone {
  return left(compensation.what, `kept, because what ${blocker} made is still there and uses it.`, compensation.remedy);
}
