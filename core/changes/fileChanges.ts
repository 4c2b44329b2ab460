import type { EditOutcome } from '../edits/yaml/edit.ts';
import { inOneLook } from '../edits/yaml/byText.ts';
import { restoreByLines } from '../edits/yaml/restoreByLines.ts';
import { RegistrarError, type ErrorKind } from '../base/errors.ts';
import { throwAll } from '../base/several.ts';
import type { ChangeInput, EditStep, FileEdit } from './fileEdit.ts';
import type { PlannedEdit } from './plannedEdit.ts';
import { editsOf } from './editsOf.ts';
import { entryName, sectionStands } from './entry.ts';
import { withoutSecrets } from './withoutSecrets.ts';

export type { ChangeInput, EditStep } from './fileEdit.ts';
export { filesNeeded, pathsRead } from './editsOf.ts';

export interface FileChangePlan {
  readonly step: EditStep;
  readonly entry: string;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  /** The file goes; `after` is empty then. */
  readonly gone?: true;
  readonly kind: 'changed' | 'created' | 'updated' | 'alreadyThere';
}

export interface FileRemoval {
  readonly step: EditStep;
  readonly entry: string;
  readonly path: string;
  /** null: the file is deleted. */
  readonly after: string | null;
  readonly kind: 'changed' | 'alreadyGone' | 'kept';
  /** Why it is kept; empty otherwise. */
  readonly reason: string;
  /** Kept because the file cannot be edited as it is, so nothing is known of the entry. */
  readonly unreadable: boolean;
}

/**
 * Plans the edits of these steps, or those of them that `ours` picks, with the text that each leaves. Throws one error that names
 * every file that cannot be edited.
 */
export function planFileChanges(
  input: ChangeInput,
  ours: (edit: Pick<PlannedEdit, 'entry' | 'path'>) => boolean = () => true,
): readonly FileChangePlan[] {
  return inOneLook(() => changesOf(input, ours));
}

function changesOf(
  input: ChangeInput,
  ours: (edit: Pick<PlannedEdit, 'entry' | 'path'>) => boolean,
): readonly FileChangePlan[] {
  const problems: RegistrarError[] = [];
  const current = new Map<string, string | undefined>();
  const plans: FileChangePlan[] = [];
  for (const edit of editsOf(input)) {
    const { step, path } = edit;
    const entry = entryName(edit.entry);
    if (!ours({ entry, path })) continue;
    const before = current.has(path) ? current.get(path) : input.read(path);
    const { place } = edit.entry;
    // The record is the job's own, whatever it says.
    const mayUpdate = place === 'record' || (input.updates?.(entry) ?? (place === 'configMap' || sectionStands(plans)));
    const outcome = attempt(edit, before, mayUpdate, problems);
    if (outcome === undefined) continue;
    current.set(path, outcome.text ?? undefined);
    const gone = outcome.text === null ? { gone: true as const } : {};
    plans.push({ step, entry, path, before, after: outcome.text ?? '', ...gone, kind: kindOf(outcome.kind, before) });
  }
  throwAll(eachOnce(problems));
  return plans;
}

/** Plans the way back: our entries taken out of files that others may have changed meanwhile. `ours` names those to take out. */
export function planFileRemovals(
  input: ChangeInput,
  ours: (entry: string) => boolean = () => true,
): readonly FileRemoval[] {
  return inOneLook(() => removalsOf(input, ours));
}

function removalsOf(input: ChangeInput, ours: (entry: string) => boolean): readonly FileRemoval[] {
  const current = new Map<string, string | undefined>();
  const edits = editsOf(input).filter((edit) => ours(entryName(edit.entry)));
  return edits.map((edit) => {
    const before = current.has(edit.path) ? current.get(edit.path) : input.read(edit.path);
    const removal = removalOf(edit, before, input.origin?.(entryName(edit.entry), edit.path));
    current.set(edit.path, removal.after ?? undefined);
    return removal;
  });
}

function removalOf(
  { step, entry, path, remove, restore }: FileEdit,
  before: string | undefined,
  origin: string | undefined,
): FileRemoval {
  const of = { step, entry: entryName(entry), path, reason: '', unreadable: false };
  if (entry.former === true) return putBack(of, before, origin, remove);
  if (before === undefined) return { ...of, after: null, kind: 'alreadyGone' };
  const outcome = origin === undefined || restore === undefined ? remove(before) : restore(before, origin);
  if (outcome === 'delete') return { ...of, after: null, kind: 'changed' };
  switch (outcome.kind) {
    case 'changed':
      return { ...of, after: outcome.text, kind: 'changed' };
    case 'alreadyThere':
      return { ...of, after: before, kind: 'alreadyGone' };
    case 'different':
      return { ...of, after: before, kind: 'kept', reason: 'someone has changed our entry since.' };
    case 'refused':
      return {
        ...of,
        after: before,
        kind: 'kept',
        reason: `our entry cannot be taken out safely: ${outcome.reason}.`,
        unreadable: true,
      };
  }
}

/** Puts an entry in again that was taken out: in a file that went, or where others have left its place as it was. */
function putBack(
  of: Omit<FileRemoval, 'after' | 'kind'>,
  now: string | undefined,
  origin: string | undefined,
  remove: FileEdit['remove'],
): FileRemoval {
  const left = origin === undefined ? undefined : remove(origin);
  const gone = { ...of, after: now ?? null, kind: 'alreadyGone' } as const;
  if (origin === undefined || left === undefined || now === origin) return gone;
  if (left === 'delete')
    return now === undefined
      ? { ...of, after: origin, kind: 'changed' }
      : { ...gone, kind: 'kept', reason: 'somebody has written another file there since.' };
  if (left.kind !== 'changed' || now === undefined) return gone;
  const back = restoreByLines(now, origin, left.text);
  if (back.kind === 'changed') return { ...of, after: back.text, kind: 'changed' };
  if (back.kind === 'alreadyThere') return gone;
  return { ...gone, kind: 'kept', reason: 'someone has changed the lines around our entry since.' };
}

/** Takes an entry of a former consumer out; what people have changed of it is theirs, and stays. */
function takenOut({ remove }: FileEdit, before: string | undefined): Attempted {
  const outcome = before === undefined ? undefined : remove(before);
  if (outcome === 'delete') return { kind: 'updated', text: null };
  return outcome?.kind === 'changed'
    ? { kind: 'updated', text: outcome.text }
    : { kind: 'alreadyThere', text: before ?? null };
}

interface Attempted {
  readonly kind: 'changed' | 'updated' | 'alreadyThere';
  /** null: no file. */
  readonly text: string | null;
}

function attempt(
  edit: FileEdit,
  before: string | undefined,
  mayUpdate: boolean,
  problems: RegistrarError[],
): Attempted | undefined {
  if (edit.entry.former === true) return takenOut(edit, before);
  if (before === undefined && !edit.mayCreate) {
    problems.push(problem('NotFound', `${edit.path}: the GitOps repository has no such file`, edit.makeFirst));
    return undefined;
  }
  const outcome = edit.add(before);
  if (outcome.kind === 'changed' || outcome.kind === 'alreadyThere') return outcome;
  const update = outcome.kind === 'different' && mayUpdate && before !== undefined ? updated(edit, before) : undefined;
  if (update?.kind === 'changed') return { kind: 'updated', text: update.text };
  if (update?.kind === 'alreadyThere') return update;
  if (update?.kind === 'refused' && update.code === 'unclear') {
    problems.push(problem('Refused', `${edit.path}: ${update.reason}`, 'Mend that, then start again.'));
    return undefined;
  }
  const why = update?.kind === 'refused' ? `It is not changed: ${update.reason}. ` : '';
  problems.push(
    outcome.kind === 'different'
      ? problem(
          'Collision',
          `${edit.path}: an entry of that name is there but different. ${why}There:\n${shownOf(edit, outcome.found)}\nWanted:\n${outcome.wanted}`,
          'Make the entry as wanted, rename or remove it, then start again.',
        )
      : problem(
          KIND_OF[outcome.code ?? 'other'],
          `${edit.path}: ${outcome.reason}`,
          outcome.code === 'noObject'
            ? edit.makeFirst
            : (outcome.remedy ??
                (outcome.addByHand === ''
                  ? 'Mend that, then start again.'
                  : `Mend the file, or add these lines by hand:\n${outcome.addByHand}`)),
        ),
  );
  return undefined;
}

const KIND_OF = {
  syntax: 'BadInput',
  taken: 'Collision',
  noObject: 'Refused',
  unclear: 'Refused',
  other: 'Refused',
} as const;

/**
 * What it comes to, to change an entry that says something else; undefined where such an entry is never changed. A
 * registration may name whatever stands in a role or a playbook, so what is not this client's there is refused.
 */
function updated(edit: FileEdit, before: string): EditOutcome | undefined {
  if (edit.isOwn?.(before) === false)
    return { kind: 'refused', reason: "nothing shows that it is this client's", addByHand: '' };
  return edit.update?.(before);
}

/** Of a file that is not ours at all nothing is shown: it may be anything. */
function shownOf(edit: FileEdit, found: string): string {
  return edit.entry.place === 'file' ? `another file, of ${found.length} characters` : withoutSecrets(found);
}

function kindOf(kind: 'changed' | 'updated' | 'alreadyThere', before: string | undefined): FileChangePlan['kind'] {
  if (kind !== 'changed') return kind;
  return before === undefined ? 'created' : 'changed';
}

function problem(kind: ErrorKind, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: 'Git', kind, message, remedy });
}

/** Several edits of one file may fail for the same reason, which is told once. */
function eachOnce(problems: readonly RegistrarError[]): readonly RegistrarError[] {
  return [...new Map(problems.map((each) => [`${each.message} ${each.remedy}`, each])).values()];
}
