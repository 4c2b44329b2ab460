import type { SystemName } from '../base/errors.ts';
import type { FileChangePlan } from '../changes/fileChanges.ts';
import { withoutSecrets } from '../changes/withoutSecrets.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import { unifiedDiff, type FileTexts } from './unifiedDiff.ts';

/** As a registration's: the client by its name, or a whole registration. With `repair` what a repair would change. */
export type PlanInput = { readonly client: string; readonly repair?: boolean } | RegistrationInput;

/** Everything that a registration would change. It holds no secret. */
export interface ChangePlan {
  readonly client: string;
  /** Nothing would change. */
  readonly unchanged: boolean;
  /** Commit that the diffs stand on; undefined where they are of a working copy. */
  readonly base?: string;
  readonly files: readonly PlannedFile[];
  /** What would be done elsewhere, in words, in the order of a run; empty where only files were looked at. */
  readonly actions: readonly PlannedAction[];
  readonly warnings: readonly string[];
  /** What people would still have to do. */
  readonly remaining: readonly string[];
}

export interface PlannedFile {
  readonly path: string;
  readonly kind: 'changed' | 'created' | 'deleted';
  /** As `git apply` takes it; undefined where it is not shown. */
  readonly diff?: string;
  /** Why the diff is not shown. */
  readonly hidden?: string;
}

export interface PlannedAction {
  readonly system: SystemName;
  readonly what: string;
}

/** Edits made one after the other, as one change of each file; files that stay as they are are left out. */
export function changedFiles(
  plans: readonly Pick<FileChangePlan, 'path' | 'before' | 'after' | 'gone'>[],
): readonly FileTexts[] {
  const files = new Map<string, FileTexts>();
  for (const { path, before, after, gone } of plans) {
    const first = files.has(path) ? files.get(path)?.before : before;
    files.set(path, { path, before: first, after: gone === true ? undefined : after });
  }
  return [...files.values()].filter(({ before, after }) => before !== after);
}

/** The files as a person sees them in their own working copy. */
export function plannedFiles(files: readonly FileTexts[]): readonly PlannedFile[] {
  return files.map((file) => ({ ...shown(file), diff: unifiedDiff(file) }));
}

/** Characters of all diffs of one answer: Temporal takes no payload beyond 2 MB, and a character may be four bytes. */
const DIFF_LIMIT = 300_000;

/**
 * The files as they may go into a history: a diff that would show a line of people's which looks like a secret is made with fewer
 * lines around the change, and left out where that does not help. What would be too long is left out too.
 */
export function plannedFilesForHistory(files: readonly FileTexts[], limit = DIFF_LIMIT): readonly PlannedFile[] {
  let room = limit;
  return files.map((file) => {
    const diff = [3, 2, 1].map((context) => unifiedDiff(file, context)).find((text) => !showsSecret(text));
    if (diff === undefined)
      return {
        ...shown(file),
        hidden: 'a line beside the change looks like a secret; plan --offline shows it in a working copy',
      };
    if (diff.length > room)
      return {
        ...shown(file),
        hidden: `the diff has ${diff.length} characters, which is too long; plan --offline shows it in a working copy`,
      };
    room -= diff.length;
    return { ...shown(file), diff };
  });
}

function shown({ path, before, after }: FileTexts): Pick<PlannedFile, 'path' | 'kind'> {
  return { path, kind: before === undefined ? 'created' : after === undefined ? 'deleted' : 'changed' };
}

/** Lines that the job adds name variables only. */
function showsSecret(diff: string): boolean {
  const theirs = diff.split('\n').filter((line) => !line.startsWith('+'));
  const text = theirs.join('\n');
  return withoutSecrets(text) !== text || theirs.some((line, i) => isSecretValue(line, theirs[i - 1]));
}

/** A variable of a container that says its value in clear: only the name above it tells whether that is a secret. */
function isSecretValue(line: string, above: string | undefined): boolean {
  const value = /^[ -]\s*(?:- )?["']?value["']?:\s*(?!["']?(?:!|\{\{)|(?:true|false|null|""|'')\s*$)(\S.*)$/.exec(
    line,
  )?.[1];
  if (value === undefined) return false;
  const name = /^[ -]\s*(?:- )?["']?name["']?:\s*(\S+)/.exec(above ?? '')?.[1];
  return (
    name === undefined || /secret|passw|pwd|token|key|credential|dsn/i.test(name) || /:\/\/[^/\s]*:[^/\s]*@/.test(value)
  );
}
