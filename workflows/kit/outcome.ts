import { entryName } from '../../core/changes/entry.ts';
import type { RemovalReport } from '../../core/run/deregistration.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import type { Check, Leftover } from '../../core/run/reports.ts';

/** What a step reports, with what it proved where it is one that proves. */
type Report = RemovalReport & { readonly checks?: readonly Check[] };

/** Gathers what the steps of a run did, for its result. */
export class Outcome {
  readonly created: string[] = [];
  readonly changed: string[] = [];
  readonly alreadyRight: string[] = [];
  readonly removed: string[] = [];
  readonly kept: Leftover[] = [];
  /** What the tidying up left, in words. */
  readonly untidied: string[] = [];
  /** Of the last step that proved something. */
  checks: readonly Check[] = [];
  remaining: readonly string[] = [];
  unchanged = false;
  /** The job whose change is to land, as it stands: a rebase gives it another base. Undefined until planned, and where none lands. */
  job: Job | undefined;
  /** Of the target branch; undefined where nothing was committed. */
  commit: string | undefined;
  /** The run has passed its point of no return: from here it only goes forward. */
  committed = false;

  plan({ job, remaining, unchanged }: Plan): void {
    Object.assign(this, { job, remaining, unchanged });
  }

  add({ created, changed, alreadyRight, removed, kept = [], checks = this.checks }: Report): void {
    addTo(this.created, created);
    addTo(this.changed, changed);
    addTo(this.alreadyRight, alreadyRight);
    addTo(this.removed, removed);
    for (const entry of kept) if (!this.kept.some(({ what }) => what === entry.what)) this.kept.push(entry);
    this.checks = checks;
  }

  landed(commit: string | undefined): void {
    this.commit = commit;
    if (commit !== undefined && this.job?.removal !== undefined) addTo(this.removed, filesOf(this.job));
  }
}

function addTo(lines: string[], more: readonly string[] = []): void {
  for (const line of more) if (!lines.includes(line)) lines.push(line);
}

/** What a removal that has landed took out of the repository. */
function filesOf({ edits }: Job): readonly string[] {
  const made = edits.filter(({ kind }) => kind !== 'alreadyThere');
  return made.map(({ entry, path }) => (entry === entryName('registrationFile') ? path : `entry in ${path}`));
}
