import type { Worker } from './worker.ts';

/** A chart of Authentik, or a general one that makes its worker, which somebody deploys with these values. */
export interface Chart extends Pick<
  Worker,
  'namespace' | 'helmRelease' | 'releaseFile' | 'application' | 'inApplication'
> {
  /** File that holds the values. */
  readonly file: string;
  /** Keys from the top of the file's document to the values of the chart. */
  readonly way: readonly string[];
  readonly values: unknown;
  /** Name of the Helm release. */
  readonly release: string;
}
