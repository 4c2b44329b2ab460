import type { PlannedEdit } from '../changes/plannedEdit.ts';
import type { Job } from './job.ts';

/** What one step did, in words for people. */
export interface StepReport {
  readonly created?: readonly string[];
  readonly changed?: readonly string[];
  readonly alreadyRight?: readonly string[];
  readonly warnings?: readonly string[];
  readonly note?: string;
}

/** The vault field that generateSecret made, or found that an earlier attempt had made; undefined where one is adopted. */
export interface MadeField {
  readonly fieldId?: string;
}

/** Something an undo left, with the command or action that finishes by hand. */
export interface Leftover {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** What one compensation did. `blocks`: what was undone before it in the order of making must be kept, for it is still in use. */
export interface Undone {
  readonly undone: readonly string[];
  readonly kept: readonly Leftover[];
  readonly blocks: boolean;
  /** Where a person finishes it, such as the address of a pull request that takes the change back. */
  readonly pending?: string;
}

/** Where the target branch stands for this change. */
export type LandingState =
  | { readonly state: 'landed'; readonly commit: string; readonly warnings?: readonly string[] }
  /** `kept`: people merged a part of it, or in other words; that part stays. */
  | { readonly state: 'notLanded'; readonly kept?: readonly Leftover[] };

/**
 * What landing did: landed; or proposed, as a branch that people merge; or the target had moved under what we deployed and
 * the branch stands on a new base; or it had moved under what is proposed, which is to be made anew.
 */
export type LandResult =
  | { readonly state: 'landed'; readonly commit: string | undefined; readonly note: string }
  | { readonly state: 'proposed'; readonly proposal: Proposal; readonly note: string }
  | { readonly state: 'moved'; readonly note: string }
  | {
      readonly state: 'rebased';
      readonly base: string;
      readonly edits: readonly PlannedEdit[];
      /** Where people have changed the section that the run changes too. */
      readonly blueprint?: Job['blueprint'];
      readonly note: string;
    };

/** A change that waits for people on a branch. */
export interface Proposal {
  readonly branch: string;
  readonly commit: string;
  /** The pull request, or where one is opened; undefined where the forge is not known. */
  readonly address?: string;
  /** Why the job could not open the pull request itself. */
  readonly trouble?: string;
}

export interface UndoReport {
  readonly undone: readonly string[];
  readonly kept: readonly Leftover[];
  /** Undefined where the undo waits for nobody. */
  readonly pending?: string;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Something that is left, as one line for people. */
export function leftInWords({ what, why, remedy }: Leftover): string {
  return `${what}: ${why} ${remedy}`;
}

/** Checks that failed, for an error: each name is a sentence that should be true. */
export function notTrue(wrong: readonly Check[]): string {
  return wrong.map(({ name, detail }) => `"${name}" is not true (${detail})`).join('; ');
}

export interface RegisterResult {
  readonly client: string;
  readonly changeId: string;
  readonly outcome: 'registered' | 'repaired' | 'unchanged' | 'takenBack';
  /** Commit of the target branch that holds the registration; undefined where nothing was committed. */
  readonly commit: string | undefined;
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly alreadyRight: readonly string[];
  readonly kept: readonly string[];
  readonly warnings: readonly string[];
  /** What people still have to do. */
  readonly remaining: readonly string[];
  /** The verification points, each as it was proven. */
  readonly checks: readonly Check[];
}
