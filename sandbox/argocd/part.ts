/** A source as an Application writes it. */
export interface WrittenSource {
  readonly repoURL: string;
  readonly targetRevision?: string;
  readonly path?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly helm?: {
    readonly releaseName?: string;
    readonly valueFiles?: readonly string[];
    readonly valuesObject?: Readonly<Record<string, unknown>>;
  };
}

/** A source, and where its repository is on this machine. */
export interface Part extends WrittenSource {
  readonly repository: string;
  readonly target: string;
}

export function partsOf(written: readonly WrittenSource[], repository: (url: string) => string): readonly Part[] {
  return written.map((source) => ({
    ...source,
    repository: source.chart === undefined ? repository(source.repoURL) : '',
    target: source.targetRevision ?? 'HEAD',
  }));
}

/** What Helm calls what it makes. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
}
