import { RegistrarError } from '../../core/base/errors.ts';

/**
 * Gathers what preflight refuses, so that people see all of it at once. What a repetition may mend is thrown at
 * once: an incomplete look must not be reported as the whole truth.
 */
export class Problems {
  readonly #found: RegistrarError[] = [];

  /** Runs a check; undefined where it found a problem. */
  async collect<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof RegistrarError) || error.retryable) throw error;
      this.#found.push(error);
      return undefined;
    }
  }

  add(problem: ConstructorParameters<typeof RegistrarError>[0]): void {
    this.#found.push(new RegistrarError(problem));
  }

  get first(): RegistrarError | undefined {
    return this.#found[0];
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  /** Throws one error that holds all problems, of the system and kind of the first. */
  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    if (this.#found.length === 1) throw first;
    const list = this.#found.map((problem, i) => `${i + 1}. ${problem.system}: ${problem.message} ${problem.remedy}`);
    throw new RegistrarError({
      system: first.system,
      kind: first.kind,
      message: `${this.#found.length} problems, nothing was changed. ${list.join(' ')}`,
      remedy: 'Mend them all, then start again.',
    });
  }
}
