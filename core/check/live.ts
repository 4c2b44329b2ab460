import { driftPaths } from '../kubernetes/jsonDrift.ts';
import { entryOfClient, keysOf, type OurResource } from '../kubernetes/ourEntries.ts';
import { secretKeysOf, sourcesOf } from '../names/delivered.ts';
import type { Names } from '../names/names.ts';
import { ownPart } from '../run/sectionOfJob.ts';
import type { CheckReport, Remedy, Seen } from './finding.ts';

type Resource = Readonly<Record<string, unknown>>;

export interface LiveInput {
  readonly names: Names;
  readonly container: string;
  readonly branch: string;
  /** Who brings an entry back: the job by a repair, or whoever deploys what is on the branch. */
  readonly remedy: Remedy;
}

/** Whether a live resource holds our entry as the target branch does. What the branch lacks is a finding of the files. */
export function compareLive(
  { names, container, branch, remedy }: LiveInput,
  holder: OurResource,
  label: string,
  wanted: Resource | undefined,
  live: Resource | undefined,
): CheckReport {
  const entryIn = (resource: Resource | undefined): unknown => {
    const entry = resource === undefined ? undefined : entryOfClient(holder, resource, names, container);
    if (holder !== 'configMap') return entry;
    if (typeof entry === 'string') return ownPart(entry, names);
    const parts = Object.entries((entry ?? {}) as Readonly<Record<string, string>>).flatMap(([key, text]) => {
      const part = ownPart(text, names);
      return part === undefined ? [] : [[key, part] as const];
    });
    return parts.length === 0 ? undefined : Object.fromEntries(parts);
  };
  const [asked, found] = [entryIn(wanted), entryIn(live)];
  const drift = (what: string): CheckReport => ({
    present: found !== undefined,
    findings: [
      {
        system: 'Kubernetes',
        severity: 'drift',
        what: `${label} ${what}`,
        ...remedy,
      } satisfies Seen,
    ],
  });
  if (live === undefined) return { present: false, findings: [missing(label)] };
  if (asked === undefined) return { present: found !== undefined, findings: [] };
  const key = {
    externalSecret: secretKeysOf(names),
    deployment: sourcesOf(names),
    configMap: keysOf(names).join(', '),
  }[holder];
  if (found === undefined) return drift(`does not hold ${key}, which ${branch} does`);
  const paths = driftPaths(asked, found);
  if (paths.length === 0) return { present: true, findings: [] };
  // Paths, never values: an entry of the environment may hold what must not be shown.
  const where = paths.filter((path) => path !== '').join(', ');
  return drift(`holds ${key} otherwise than ${branch} does${where === '' ? '' : `, at ${where}`}`);
}

function missing(label: string): Seen {
  const remedy = 'Deploy it, or correct its name in registrar.yaml.';
  return { system: 'Kubernetes', severity: 'drift', what: `the cluster has no ${label}`, remedy };
}
