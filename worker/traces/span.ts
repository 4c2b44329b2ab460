/** What a trace shows of a run, or of an attempt of one of its activities. Nothing of what they were given or answered. */
export interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Takes spans as they end. */
export interface Spans {
  add(span: Span): void;
  /** Sends what is left, and takes nothing more. */
  end(): Promise<void>;
}
