import type { Flux, FluxState } from '../../integrations/flux/flux.ts';
import { throwIfCancelled } from '../kit/wait.ts';

/** The object is being reconciled now: another request would only have it begin anew. */
export function isUnderWay({ conditions, ready }: FluxState): boolean {
  const reconciling = conditions.find(({ type }) => type === 'Reconciling');
  return ready?.status === 'Unknown' || (reconciling?.status === 'True' && reconciling.reason === 'Progressing');
}

/** The requests of one wait to one object. Nothing of it is kept: a further attempt asks once more, which does no harm. */
export class FluxRequests {
  readonly #flux: Flux;
  readonly #againMs: number;
  #askedAt: number | undefined;
  /** Requests of before: those alone that a controller may have ended with and yet not have come to ours. */
  #before: ReadonlySet<string | undefined> = new Set();
  #failure: string | undefined;
  /** How many of our requests in a row have ended in the same failure. */
  confirmed = 0;
  /** How many have ended. */
  ended = 0;

  constructor(flux: Flux, againMs: number) {
    this.#flux = flux;
    this.#againMs = againMs;
  }

  /**
   * A controller has ended with our request, or with a later one of somebody else's, who may have asked once more since. That it went
   * well its conditions must say.
   */
  isHandled({ requestedAt, lastHandledReconcileAt }: FluxState): boolean {
    if (this.#askedAt === undefined) return false;
    const last = requestedAt === undefined || requestedAt === lastHandledReconcileAt;
    return last || !this.#before.has(lastHandledReconcileAt);
  }

  /** Asks once, and again where that has ended, nothing is under way and some time has gone by. Says whether it did. */
  async ask(state: FluxState, options?: { readonly force: boolean }): Promise<boolean> {
    if (this.#askedAt !== undefined) {
      if (!this.isHandled(state) || isUnderWay(state) || Date.now() - this.#askedAt < this.#againMs) return false;
      const failure = state.ready?.status === 'False' ? state.ready.reason : undefined;
      this.confirmed =
        failure !== undefined && failure === this.#failure ? this.confirmed + 1 : Number(failure !== undefined);
      this.#failure = failure;
      this.ended += 1;
    }
    throwIfCancelled();
    this.#askedAt = Date.now();
    this.#before = new Set([undefined, state.lastHandledReconcileAt, state.requestedAt]);
    await this.#flux.reconcile(state.kind, state.ref, new Date(this.#askedAt).toISOString(), options);
    return true;
  }
}
