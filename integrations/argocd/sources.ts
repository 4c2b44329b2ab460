import { isDeepStrictEqual } from 'node:util';
import type { ApplicationSource, ApplicationState, HelmOptions } from './argocd.ts';

interface WrittenSource {
  readonly repoURL?: string;
  readonly targetRevision?: string;
  readonly path?: string;
  readonly chart?: string;
  readonly ref?: string;
  readonly helm?: HelmOptions | null;
}

export interface Spec {
  readonly source?: WrittenSource | null;
  readonly sources?: readonly WrittenSource[] | null;
  readonly sourceHydrator?: unknown;
}

/** A revision as Argo CD writes it beside `spec.source`, or one for each of `spec.sources`; and what sources they were of. */
export interface Revisions {
  readonly revision?: string;
  readonly revisions?: readonly string[];
  readonly source?: WrittenSource;
  readonly sources?: readonly WrittenSource[];
}

/** The sources that count, as Argo CD 3.5 chooses them (`GetSources` and `HasMultipleSources` of its `types.go`). */
export function sourcesOf(
  spec: Spec,
  compared: Revisions = {},
): Pick<ApplicationState, 'sources' | 'byPosition' | 'hydrated'> {
  const hydrated = spec.sourceHydrator !== undefined && spec.sourceHydrator !== null;
  const { byPosition, written } = writtenIn(spec);
  const revisions = byPosition ? (compared.revisions ?? []) : [compared.revision];
  const sources = written.map((source, i) => sourceOf(source, revisions[i]));
  return hydrated ? { sources: [], byPosition: false, hydrated } : { sources, byPosition, hydrated };
}

function writtenIn({ source, sources }: Spec): { byPosition: boolean; written: readonly WrittenSource[] } {
  const several = sources ?? [];
  if (several.length > 0) return { byPosition: true, written: several };
  return { byPosition: false, written: source === undefined || source === null ? [] : [source] };
}

function sourceOf({ helm, ...source }: WrittenSource, comparedRevision: string | undefined): ApplicationSource {
  const { repoURL = '', targetRevision = '', path, chart, ref } = source;
  return {
    repoURL,
    targetRevision: targetRevision === '' ? 'HEAD' : targetRevision,
    path: unlessEmpty(path),
    chart: unlessEmpty(chart),
    ref: unlessEmpty(ref),
    helm: helm ?? undefined,
    comparedRevision: unlessEmpty(comparedRevision),
  };
}

function unlessEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Of each source of today, what an operation was at; undefined where it was of other sources, or of other options of theirs. */
export function revisionsIn(spec: Spec, of: Revisions = {}): readonly (string | undefined)[] | undefined {
  const { byPosition, written } = writtenIn(spec);
  const then = byPosition ? of.sources : (of.source?.repoURL ?? '') === '' ? undefined : [of.source];
  if (then !== undefined && !isDeepStrictEqual(withoutEmpty(then), withoutEmpty(written))) return undefined;
  if (!byPosition) return [of.revision];
  return of.revisions?.length === written.length ? of.revisions : undefined;
}

/** Argo CD's own copy has no fields that are empty. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value === '' || value === false ? undefined : value;
  const fields = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  const kept = fields.filter(([, inner]) => inner !== undefined && inner !== null);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
