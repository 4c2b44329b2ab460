/** Answers that were asked for of late, up to a total weight; the one that was used longest ago goes first. */
export class Recent<Value> {
  readonly #limit: number;
  readonly #weightOf: (value: Value) => number;
  readonly #kept = new Map<string, Value>();
  #weight = 0;

  constructor(limit: number, weightOf: (value: Value) => number) {
    this.#limit = limit;
    this.#weightOf = weightOf;
  }

  /** The answer that is kept, else what `ask` says. A failure is not kept. */
  async get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const known = this.#kept.get(key);
    const value = known ?? (await ask());
    this.keep(key, value);
    return value;
  }

  /** The answer that is kept; undefined where there is none. */
  known(key: string): Value | undefined {
    return this.#kept.get(key);
  }

  /** Keeps an answer that came another way. */
  keep(key: string, value: Value): void {
    this.#forget(key);
    this.#kept.set(key, value);
    this.#weight += this.#weightOf(value);
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= this.#limit) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const value = this.#kept.get(key);
    if (value === undefined) return;
    this.#kept.delete(key);
    this.#weight -= this.#weightOf(value);
  }
}
