import type { ChangePlan, PlannedFile } from '../../core/plan/plan.ts';
import { diffLines, heading, paint } from './style.ts';

/** The diffs alone, as `git apply` takes them. */
export function planDiff({ files }: ChangePlan): string {
  return files.map(({ diff = '' }) => diff).join('');
}

/** The whole plan for a person. `git apply` takes this too: it skips what is no diff. */
export function planText(plan: ChangePlan): string {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Not shown', plan.files.flatMap(notShown)],
    ['Beside the files', plan.actions.map(({ system, what }) => `${system}: ${what}`)],
    ['Warnings', plan.warnings],
    ['Remaining for people', plan.remaining],
  ];
  const sections = lists
    .filter(([, entries]) => entries.length > 0)
    .map(([title, entries]) => [heading(title), ...entries.map((entry) => `  - ${entry}`)].join('\n'));
  const diff = planDiff(plan);
  return [summary(plan), ...(diff === '' ? [] : [diffLines(diff.replace(/\n$/, ''))]), ...sections].join('\n');
}

function summary({ client, unchanged, files, base }: ChangePlan): string {
  if (unchanged) return `${paint('green', '✓')} ${client}: nothing would change`;
  const where = base === undefined ? 'the working copy' : `commit ${base.slice(0, 12)}`;
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return `${paint('bold', client)}: ${count} of ${where} would change`;
}

function notShown({ path, hidden }: PlannedFile): readonly string[] {
  return hidden === undefined ? [] : [`${path}: ${hidden}`];
}
