import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Leftover, UndoReport, Undone } from '../../core/run/reports.ts';
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
  /** What it would have taken back, object by object, where it cannot run or has failed; `why` is said of each. */
  readonly list?: (why: string) => Promise<readonly Leftover[]>;
  /** What `list` would say, from what the run knows alone: for where no system can be asked. */
  readonly listUnseen?: (why: string) => readonly Leftover[];
}

/** What a saga is given by its run. */
export interface SagaHost {
  /** Runs one compensation, again where it met a refusal that passes. */
  outlast<T>(undo: () => Promise<T>): Promise<T>;
  /** Where what a step did is found, where that is known. */
  placeOf(step: string): string | undefined;
}

export interface SagaListener {
  undone(step: string, undone: Undone): void;
  kept(step: string, kept: readonly Leftover[]): void;
}

/**
 * The list of compensations of one run, newest first when undone.
 *
 * Undo runs in a scope that a cancel of the workflow does not reach; only {@link Saga.stop} ends it early. A
 * compensation that fails, or leaves behind something that still uses the work of earlier steps, blocks
 * those that name it in `after`: they keep their work and list it.
 */
export class Saga {
  readonly #host: SagaHost;
  readonly #compensations: Compensation[] = [];
  readonly #begun = new Set<string>();
  #scope: CancellationScope | undefined;
  #stopped = false;

  constructor(host: SagaHost) {
    this.#host = host;
  }

  /** A later compensation of the same step replaces the earlier one, at that one's place in the order. */
  register(...compensations: readonly Compensation[]): void {
    for (const compensation of compensations) {
      const at = this.#compensations.findIndex((known) => known.step === compensation.step);
      if (at >= 0) this.#compensations[at] = compensation;
      else this.#compensations.push(compensation);
    }
  }

  /** From here on the step may have done something. Called before it begins; one that never began is not taken back. */
  begin(...steps: readonly string[]): void {
    for (const step of steps) this.#begun.add(step);
  }

  /** The step has said that it did nothing. */
  withdraw(step: string): void {
    this.#begun.delete(step);
  }

  /** Ends an undo that is under way or about to begin; what it has not done is listed. */
  stop(): void {
    this.#stopped = true;
    this.#scope?.cancel();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Everything that would be taken back, by name and place, where no look is possible. */
  listed(why: string): readonly Leftover[] {
    return this.#begunLast().flatMap((compensation) => [
      this.#entry(compensation, why),
      ...(compensation.listUnseen?.(`it belongs to ${compensation.what}, which is kept.`) ?? []),
    ]);
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
    const kept: Leftover[] = [];
    let pending: string | undefined;
    const blocked = new Map<string, string>();
    for (const compensation of this.#begunLast()) {
      const blocker = compensation.after.find((step) => blocked.has(step));
      const result =
        blocker === undefined ? await this.#undoOne(compensation) : await this.#keepBlocked(compensation, blocker);
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
    if (this.#stopped) return this.#left(compensation, 'the undo was stopped before it came to this.');
    try {
      return await this.#host.outlast(compensation.run);
    } catch (error) {
      if (isCancellation(error)) return this.#left(compensation, 'the undo was stopped while it was at this.');
      return this.#left(compensation, `could not be undone: ${describeFailure(error).message}`);
    }
  }

  async #keepBlocked(compensation: Compensation, blocker: string): Promise<Undone> {
    return this.#left(compensation, `kept, because what ${blocker} made is still there and uses it.`);
  }

  /** What a compensation leaves: the whole with the way to go on, then each object by itself. */
  async #left(compensation: Compensation, why: string): Promise<Undone> {
    return { undone: [], kept: [this.#entry(compensation, why), ...(await this.#objects(compensation))], blocks: true };
  }

  #entry({ step, what, remedy }: Compensation, why: string): Leftover {
    const place = this.#host.placeOf(step);
    return { what, why: place === undefined ? why : `${why} It is in ${place}.`, remedy };
  }

  /** What may have done something, newest first. */
  #begunLast(): readonly Compensation[] {
    return this.#compensations.filter(({ step }) => this.#begun.has(step)).toReversed();
  }

  async #objects({ what, list, listUnseen }: Compensation): Promise<readonly Leftover[]> {
    const why = `it belongs to ${what}, which is kept.`;
    const unseen = listUnseen?.(why) ?? [];
    if (this.#stopped || list === undefined) return unseen;
    try {
      return await list(why);
    } catch {
      // A system that does not answer must not keep the rest of the undo from being done.
      return unseen;
    }
  }
}
