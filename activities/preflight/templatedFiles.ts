import { refused, type RegistrarError } from '../../core/base/errors.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';
import type { FilesOf } from '../state/manifest.ts';

/**
 * Helm reads every file below `templates` of a chart as a template: of `{{ … }}` that is written there for External Secrets, or that
 * stands in a text of a registration, it would make something else, or nothing. Texts without it stand there like any others.
 */
export async function templatedFiles(
  { git }: Pick<FilesOf, 'git'>,
  base: string,
  edits: readonly Pick<PlannedChange, 'path' | 'after'>[],
): Promise<readonly RegistrarError[]> {
  // Of several edits of a file the last one has its whole text.
  const texts = new Map(edits.map(({ path, after }) => [path, after ?? '']));
  const all = [...texts].map(async ([file, after]) => {
    const chart = await chartOf(git, base, file);
    if (chart === undefined || count(after) <= count((await git.readFile(base, file)) ?? '')) return [];
    return [
      refused(
        'Git',
        `${file}: it is a template of the chart in ${chart || '.'}, and Helm would take the {{ … }} that is to be written there for its own`,
        'Move the object to a file that is none of the chart, such as a folder of manifests beside it; an ExternalSecret may stay ' +
          'where entries of spec.data bring its keys, without target.template.',
      ),
    ];
  });
  return (await Promise.all(all)).flat();
}

const count = (text: string): number => text.split('{{').length;

/** The folder of the chart that has the file among its templates. */
async function chartOf(git: FilesOf['git'], base: string, file: string): Promise<string | undefined> {
  const parts = file.split('/');
  const folders = parts.flatMap((part, i) => (part === 'templates' ? [parts.slice(0, i)] : []));
  for (const folder of folders)
    if ((await git.readFile(base, [...folder, 'Chart.yaml'].join('/'))) !== undefined) return folder.join('/');
  return undefined;
}
