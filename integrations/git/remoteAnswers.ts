import type { RegistrarError } from '../../core/base/errors.ts';
import { gitError, kindOf, type GitAnswer } from './gitCommand.ts';

/** Branches by their names, from lines of an id and a reference: what the remote, or a clone, says of them. */
export function headsIn(rows: string, prefix: string): Map<string, string> {
  const pairs = rows.split('\n').map((row) => /^(\S+)\s+(.+)$/.exec(row));
  return new Map(
    pairs.flatMap((pair) => (pair?.[2]?.startsWith(prefix) ? [[pair[2].slice(prefix.length), pair[1] ?? '']] : [])),
  );
}

/** Over HTTP git takes any text without tabs for the list of a repository that has none: a log-in page, or nothing at all. */
export function noBranches(command: string): RegistrarError {
  const why = 'the remote shows not one branch: it is empty, or something in front of it answers';
  return gitError('Unavailable', [command], why);
}

export function refusalOf(args: readonly string[], branch: string, answer: GitAnswer): RegistrarError {
  const said = `${answer.stdout}\n${answer.stderr}`;
  const raced = /cannot lock ref|incorrect old value|reference already exists/.test(said);
  const declined = /\[remote rejected\]|hook declined|protected branch|denied by/i.test(said);
  if (declined && !raced) return gitError('Refused', args, remoteWords(said), answer.exitCode);
  if (raced || /stale info|fetch first|non-fast-forward|\[rejected\]/.test(said)) {
    const words = `${branch} is not where it was expected: ${remoteWords(said)}`;
    return gitError('Conflict', args, words, answer.exitCode);
  }
  return gitError(kindOf(answer.stderr), args, answer.stderr, answer.exitCode);
}

function remoteWords(said: string): string {
  return said
    .split('\n')
    .filter((line) => /remote:|rejected|declined|stale/.test(line))
    .join('\n');
}
