import { sameData } from '../edits/yaml/sameData.ts';
import { RegistrarError } from '../base/errors.ts';
import { planFileChanges, planFileRemovals, type ChangeInput, type EditStep, type FileRemoval } from './fileChanges.ts';
import { readRegistration } from '../installation/readFiles.ts';
import { entryName } from './entry.ts';
import { recordPath } from '../names/recordPath.ts';
import type { PlannedEdit } from './plannedEdit.ts';

/** An edit of a change, whichever way that goes. */
export interface PlannedChange extends PlannedEdit {
  /** The file's text afterwards; null: the file goes. */
  readonly after: string | null;
}

/** Texts of files at a commit, by path. */
type Texts = (path: string) => string | undefined;

const FILE_STEP: EditStep = 'renderAnsibleFiles';

/**
 * Our entries taken out of the files, and the registration file with them; one that is gone already counts as done. Throws
 * `Refused` naming every entry that somebody has changed since.
 */
export function removeEntries(input: ChangeInput, registrationFile: string | undefined): readonly PlannedChange[] {
  const all = stillThere(input, registrationFile);
  const kept = all.filter((removal) => removal.kind === 'kept');
  if (kept.length > 0) throw changedSince(kept);
  return all.map(({ step, entry, path, after, kind }) => ({
    step,
    entry,
    path,
    after,
    kind: kind === 'changed' ? 'changed' : 'alreadyThere',
  }));
}

/** Every entry of a removal, as it stands in the files: one that is `changed` is still there. */
export function stillThere(input: ChangeInput, registrationFile: string | undefined): readonly FileRemoval[] {
  const file = registrationFile === undefined ? undefined : fileRemoval(input, registrationFile);
  return [...planFileRemovals(input), recordRemoval(input), ...(file === undefined ? [] : [file])];
}

/** The record goes with what it tells of, whatever it says by then. */
function recordRemoval({ read, registration, installation }: ChangeInput): FileRemoval {
  const path = recordPath(installation, registration.metadata.name);
  const kind = read(path) === undefined ? 'alreadyGone' : 'changed';
  return { step: FILE_STEP, entry: entryName('record'), path, after: null, kind, reason: '', unreadable: false };
}

function fileRemoval({ read, registration }: ChangeInput, path: string): FileRemoval {
  const of = { step: FILE_STEP, entry: entryName('registrationFile'), path, unreadable: false };
  const text = read(path);
  if (text === undefined) return { ...of, after: null, kind: 'alreadyGone', reason: '' };
  if (asksFor(text, path, registration)) return { ...of, after: null, kind: 'changed', reason: '' };
  return { ...of, after: text, kind: 'kept', reason: 'it asks for something else than this run began with.' };
}

/** Whether a registration file says the same as a registration. */
export function asksFor(text: string, path: string, registration: ChangeInput['registration']): boolean {
  try {
    return sameData(readRegistration(text, path), registration);
  } catch (error) {
    if (error instanceof RegistrarError) return false;
    throw error;
  }
}

function changedSince(kept: readonly FileRemoval[]): RegistrarError {
  return new RegistrarError({
    system: 'Git',
    kind: 'Refused',
    message: kept.map(({ path, reason }) => `${path}: ${reason}`).join(' '),
    remedy: 'Put the entry back as the registration renders it, or take it out by hand, then start again.',
  });
}

/** A file as it is once a change is taken back, whatever entries it has. */
export type FileTakenBack = Omit<FileRemoval, 'step' | 'entry'>;

export interface PuttingBack {
  /** The files as they are now. */
  readonly now: ChangeInput;
  /** The edits of the change. */
  readonly edits: readonly PlannedEdit[];
  readonly registrationFile: string | undefined;
  /** The files as they were before the change, the likeliest first. */
  readonly origins: readonly Texts[];
}

/**
 * The other way: what the change took out put back. A file that is as the change left it becomes what it was, byte for byte;
 * in one that others have changed since, our entries are added anew. What cannot be put back is `kept`.
 */
export function restoreEntries({ now, edits, registrationFile, origins }: PuttingBack): readonly FileTakenBack[] {
  const touched = edits.filter((edit) => edit.kind !== 'alreadyThere');
  const paths = [...new Set(touched.map((edit) => edit.path))];
  return paths.map((path) => {
    const of = { path, unreadable: false };
    const text = now.read(path);
    const entries = touched.filter((edit) => edit.path === path).map((edit) => edit.entry);
    for (const origin of origins) {
      const before = origin(path);
      if (before === undefined) continue;
      if (before === text) return { ...of, after: text, kind: 'alreadyGone', reason: '' };
      if (leftBy(now, registrationFile, path, before) === text)
        return { ...of, after: before, kind: 'changed', reason: '' };
    }
    return addedAnew(now, registrationFile, path, entries, of);
  });
}

/** The text that the change leaves of a file's text. */
function leftBy(input: ChangeInput, registrationFile: string | undefined, path: string, before: string) {
  const at = { ...input, read: (each: string) => (each === path ? before : undefined) };
  const last = stillThere(at, registrationFile).findLast((removal) => removal.path === path);
  return last === undefined || last.kind === 'kept' ? before : (last.after ?? undefined);
}

function addedAnew(
  now: ChangeInput,
  registrationFile: string | undefined,
  path: string,
  entries: readonly string[],
  of: Pick<FileRemoval, 'path' | 'unreadable'>,
): FileTakenBack {
  const text = now.read(path) ?? null;
  if (path === registrationFile)
    return { ...of, after: text, kind: 'kept', reason: 'somebody has written another registration file since.' };
  try {
    const plans = planFileChanges(now, (edit) => edit.path === path && entries.includes(edit.entry));
    const last = plans.at(-1);
    if (last === undefined || plans.every((plan) => plan.kind === 'alreadyThere'))
      return { ...of, after: text, kind: 'alreadyGone', reason: '' };
    return { ...of, after: last.after, kind: 'changed', reason: '' };
  } catch (error) {
    if (!(error instanceof RegistrarError)) throw error;
    return { ...of, after: text, kind: 'kept', reason: `our entry cannot be put back: ${error.message}.` };
  }
}
