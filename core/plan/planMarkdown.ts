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
    ...sections.flatMap(([title, entries]) => ['', `**${title}**`, '', ...entries.map(item)]),
  ].join('\n');
}

/** A text of several lines stands as it is, so that it can be copied. */
function item(entry: string): string {
  const [first = '', ...lines] = entry.split('\n');
  const block = lines.length === 0 ? [] : ['', '  ```text', ...lines.map((line) => `  ${line}`), '  ```'];
  return [`- ${first}`, ...block].join('\n');
}
