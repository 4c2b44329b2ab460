/** What lies at a path: data, and metadata beside it. */
export interface Secret {
  readonly data: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The path vault itself, in memory. */
export class PathStore {
  readonly #secrets = new Map<string, Secret>();
  /** Every value that was ever there, for a search after what must not be elsewhere. */
  readonly values = new Set<string>();
  /** The next write is refused: the words of the refusal. */
  refusal: string | undefined;

  get paths(): readonly string[] {
    return [...this.#secrets.keys()].toSorted();
  }

  get(path: string): Secret | undefined {
    return this.#secrets.get(path);
  }

  /** Writes and deletes (`undefined`) all at once, as a transaction. Throws where the write is refused. */
  write(secrets: Readonly<Record<string, Secret | undefined>>): void {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw new Error(refusal);
    for (const [path, secret] of Object.entries(secrets)) {
      if (secret === undefined) {
        this.#secrets.delete(path);
        continue;
      }
      this.#secrets.set(path, secret);
      if (secret.data['value'] !== undefined && secret.metadata['shown'] === undefined)
        this.values.add(secret.data['value']);
    }
  }

  snapshot(): readonly (readonly [string, Secret | undefined])[] {
    return this.paths.map((path) => [path, this.get(path)] as const);
  }
}
