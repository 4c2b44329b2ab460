import { block, prose } from '../base/markdown.ts';
import type { ChangePlan } from './plan.ts';

/** A plan as the Temporal UI shows it; the diffs are in the result. */
export function planMarkdown({ client, unchanged, files, actions, warnings, remaining }: ChangePlan): string {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['Files', files.map(({ path, kind }) => prose(`${path} (${kind})`))],
    ['Beside the files', actions.map(({ system, what }) => `**${system}**: ${prose(what)}`)],
    ['Warnings', warnings.map(prose)],
    ['Remaining for people', remaining.map(copied)],
  ];
  const sections = lists.filter(([, entries]) => entries.length > 0);
  return [
    `### ${prose(client)}: ${unchanged ? 'nothing would change' : 'would change'}`,
    ...sections.flatMap(([title, entries]) => ['', `**${title}**`, '', ...entries.map((entry) => `- ${entry}`)]),
  ].join('\n');
}

/** A text of several lines stands as it is, so that it can be copied. */
function copied(entry: string): string {
  const [first = '', ...lines] = entry.split('\n');
  return [prose(first), ...(lines.length === 0 ? [] : block(lines))].join('\n');
}
