import { RegistrarError } from '../../core/base/errors.ts';
import { clientsOfCopy } from '../clientsOfCopy.ts';
import { installationIfAny } from '../localFiles.ts';
import { WorkingCopy } from '../workingCopy.ts';

/**
 * The clients that may be meant by whoever has typed these words: those of the working copy that `--repo` names or that is here; for
 * `import` those that were made by hand. None where there is no working copy, or it cannot be read: a key is no place for a message.
 */
export function clientsToComplete(words: readonly string[]): readonly string[] {
  const repo = valueOf('--repo', words) ?? '.';
  try {
    const installation = installationIfAny(repo, valueOf('--installation', words) ?? process.env['REGISTRAR_CONFIG']);
    if (installation === undefined) return [];
    const clients = [...clientsOfCopy(new WorkingCopy(repo), installation)];
    const byHand = words[0] === 'import';
    return clients.filter(([, stands]) => (stands === 'unmanaged') === byHand).map(([name]) => name);
  } catch (error) {
    if (error instanceof RegistrarError) return [];
    throw error;
  }
}

function valueOf(option: string, words: readonly string[]): string | undefined {
  const joined = words.find((word) => word.startsWith(`${option}=`));
  return joined?.slice(option.length + 1) ?? words[words.indexOf(option) + 1 || words.length];
}
