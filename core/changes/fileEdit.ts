import type { EditOutcome } from '../edits/yaml/edit.ts';
import { restoreByLines } from '../edits/yaml/restoreByLines.ts';
import { keepingMark } from '../edits/yaml/byteOrderMark.ts';
import type { Entry } from './entry.ts';
import type { Installation } from '../installation/installation.ts';
import type { Consumer, Registration } from '../registration/registration.ts';
import type { Names } from '../names/names.ts';

/** The steps that write for consumers: files alone, or what is also brought into a live system. */
export type ConsumerStep = 'renderAnsibleFiles' | 'deliverToConsumers';

export type EditStep = 'patchExternalSecret' | 'syncBlueprint' | ConsumerStep;

export interface ChangeInput {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly names: Names;
  readonly blueprintText: string;
  readonly steps: readonly EditStep[];
  /** Text of a file as it is now; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** Text of a file before the change, where that is to come back: an ExternalSecret that was there pointed elsewhere. */
  readonly before?: (path: string) => string | undefined;
  /** Text of a file before the change, where the entry of that name was updated: an update is taken back to it. */
  readonly origin?: (entry: string, path: string) => string | undefined;
  /** Whether the entry of this name may be updated; where it is not given, every entry of a client whose section is there may. */
  readonly updates?: (entry: string) => boolean;
  /** Consumers that the registration named before and no longer does, and for which there are files alone: their entries go. */
  readonly former?: readonly Consumer[];
  /** Consumers that the registration named before and no longer does, and that were brought into a live system as well. */
  readonly formerSecrets?: readonly Consumer[];
  /** Text of the client's record, where this change writes it. */
  readonly record?: string;
}

/** An edit of one file, both ways. */
export interface FileEdit {
  readonly step: EditStep;
  /** The entry that is edited; several may share a file. */
  readonly entry: Entry;
  readonly path: string;
  readonly mayCreate: boolean;
  /** Tells a person what to make first where the file, or the object in it, is not there. */
  readonly makeFirst: string;
  readonly add: (text: string | undefined) => EditOutcome;
  readonly remove: (text: string) => EditOutcome | 'delete';
  /** Makes an entry of this client that says something else say what is asked for, inside what is there. */
  readonly update?: (text: string) => EditOutcome;
  /** Whether the entry that {@link FileEdit.update} would change is this client's; where it is not given, it always is. */
  readonly isOwn?: (text: string) => boolean;
  /** Puts back what `update` changed: the entry as it is in `origin`, while what was asked for stands. */
  readonly restore?: (text: string, origin: string) => EditOutcome;
}

/** An edit without its place in the job. */
export type Edits = Omit<FileEdit, 'step' | 'entry'>;

/** An edit for one of several consumers. */
export type ConsumerEdit = Edits & Pick<Entry, 'place'>;

/** An edit inside a file of people. */
export function inFile<Wanted>(
  path: string,
  add: (text: string, wanted: Wanted) => EditOutcome,
  remove: (text: string, wanted: Wanted) => EditOutcome,
  wanted: Wanted,
): Edits {
  return {
    path,
    mayCreate: false,
    makeFirst: 'Correct the path in registrar.yaml or in the registration, or add the file.',
    add: (text) => keepingMark(text ?? '', (unmarked) => add(unmarked, wanted)),
    remove: (text) => keepingMark(text, (unmarked) => remove(unmarked, wanted)),
  };
}

/** An edit of a file, which is made where it is not there, and deleted again while it holds nothing else. */
export function orNewFile(edits: Edits, whole: string): Edits {
  return {
    ...edits,
    mayCreate: true,
    add: (text) => {
      const outcome = edits.add(text);
      return text === undefined && outcome.kind === 'changed' ? newFile(edits.path, whole).add(undefined) : outcome;
    },
    remove: (text) => (text === whole ? 'delete' : edits.remove(text)),
  };
}

/** A file of ours as a whole. */
export function newFile(path: string, wanted: string): Edits {
  return {
    path,
    mayCreate: true,
    makeFirst: '',
    add: (found) => {
      if (found === undefined) return { kind: 'changed', text: wanted, splices: [], inverse: [] };
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    remove: (found) => (found === wanted ? 'delete' : { kind: 'different', found, wanted }),
  };
}

/** An update, and its way back by the lines that it changed. */
export function updates(edit: (text: string) => EditOutcome): Required<Pick<FileEdit, 'update' | 'restore'>> {
  const update = (text: string): EditOutcome => keepingMark(text, edit);
  return {
    update,
    restore: (text, origin) => {
      const updated = update(origin);
      if (updated.kind === 'changed') return restoreByLines(text, origin, updated.text);
      return updated.kind === 'alreadyThere' ? { kind: 'alreadyThere', text } : updated;
    },
  };
}
