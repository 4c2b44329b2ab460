/** One write at a time a vault: 1Password locks the version of the vault on each, and parallel ones conflict. */
export class WriteQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs it after what came before, however that ended. */
  async run<R>(write: () => Promise<R>): Promise<R> {
    const run = this.#last.then(write);
    this.#last = run.catch(() => undefined);
    return run;
  }
}
