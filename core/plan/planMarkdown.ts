import type { ChangePlan } from './plan.ts';

/** A plan as the Temporal UI shows it; the diffs are in the result. */
export function planMarkdown({ client, unchanged, files, actions, warnings, remaining }: ChangePlan): string {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Files', files.map(({ path, kind }) => `${path} (${kind})`)],
    ['Beside the files', actions.map(({ system, what }) => `**${system}**: ${what}`)],
    ['Warnings', warnings],
    ['Remaining for people', remaining],
  ];
  const sections = lists.filter(([, entries]) => entries.length > 0);
  return [
    `### ${client}: ${unchanged ? 'nothing would change' : 'would change'}`,
    ...sections.flatMap(([title, entries]) => ['', `**${title}**`, '', ...entries.map((entry) => `- ${entry}`)]),
  ].join('\n');
}
