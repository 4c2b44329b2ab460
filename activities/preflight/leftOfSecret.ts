import { filesOfSecret, leftOfSecret } from '../../core/changes/leftOfSecret.ts';
import type { Job } from '../../core/run/job.ts';
import type { FilesOf } from '../state/manifest.ts';

/** What the files of a commit still bring for a public client, see {@link leftOfSecret}. */
export async function leftOfSecretAt(
  { git, installation }: FilesOf,
  { registration, names, base }: Pick<Job, 'registration' | 'names' | 'base'>,
): Promise<readonly string[]> {
  const texts = new Map<string, string | undefined>();
  for (const path of filesOfSecret({ installation })) texts.set(path, await git.readFile(base, path));
  const input = {
    registration,
    names,
    installation,
    blueprintText: '',
    steps: [],
    read: (path: string) => texts.get(path),
  };
  return leftOfSecret(input);
}
