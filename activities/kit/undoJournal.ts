import type { RemovalReport } from '../../core/run/deregistration.ts';
import type { Undone } from '../../core/run/reports.ts';
import { noteForSure } from './attempt.ts';
import { noted, throwIfCancelled } from './wait.ts';

/** One thing that an undo takes back. */
export interface UndoItem {
  /** What it is, in the words by which it would be listed as kept. */
  readonly what: string;
  /** What is true once it is taken back, such as `branch x deleted`. */
  readonly done: string;
  /** The object alone, as a removal lists what is gone; absent in journals of workers that told no such thing. */
  readonly gone?: string;
}

/** What the tries of this activity have set out to take away. An activity that follows it has a journal of its own. */
export function begunDeeds(): readonly UndoItem[] {
  return (noted()[KEY] as readonly UndoItem[] | undefined) ?? [];
}

/**
 * What an undo has set out to take back. Each deed is on the Temporal server before it is done: an attempt that died, or whose
 * answer was lost, leaves the next one nothing to find, and this list to tell from.
 */
export class UndoJournal {
  readonly #earlier: readonly UndoItem[];
  readonly #here: Done[] = [];

  constructor() {
    this.#earlier = begunDeeds();
  }

  /**
   * Call it when the thing has been seen and before it is taken back. Returns once the server has it. Throws where the server has
   * given this attempt up, and where it does not answer: then nothing may be done.
   */
  async begin(...deeds: readonly UndoItem[]): Promise<void> {
    const known = begunDeeds();
    const added = deeds.filter((deed) => !known.some(({ done }) => done === deed.done));
    if (added.length > 0) await noteForSure({ [KEY]: [...known, ...added] });
    throwIfCancelled();
  }

  /** Notes what this attempt has taken back. */
  done(...deeds: readonly Done[]): void {
    this.#here.push(...deeds);
  }

  /** What this attempt did, after what earlier ones began and nobody finds any more. */
  undone(kept: Undone['kept']): readonly Done[] {
    const before = this.#earlier
      .filter(({ what }) => !kept.some((entry) => entry.what === what))
      .filter(({ done }) => !this.#here.some((here) => here.done === done));
    return [...before, ...this.#here];
  }
}

const KEY = 'undoing';

/** A deed once it is done: by what name it may be kept counts no more. */
type Done = Omit<UndoItem, 'what'>;

/** What an undo left. */
export type UndoRemainder = Pick<Undone, 'kept' | 'blocks'>;

export const NOTHING_LEFT: UndoRemainder = { kept: [], blocks: false };

/** Runs an undo with its journal, and reports what all attempts together have taken back. */
export async function journalled(undo: (journal: UndoJournal) => Promise<UndoRemainder>): Promise<Undone> {
  const journal = new UndoJournal();
  const { kept, blocks } = await undo(journal);
  return { undone: journal.undone(kept).map(({ done }) => done), kept, blocks };
}

/** Runs the deletions of a removal with a journal, and reports what all attempts together have deleted; `note` where nothing was. */
export async function journalledRemoval(
  remove: (journal: UndoJournal) => Promise<Undone['kept']>,
  note: string,
): Promise<Required<Pick<RemovalReport, 'removed' | 'kept' | 'note'>>> {
  const journal = new UndoJournal();
  const kept = await remove(journal);
  const deeds = journal.undone(kept);
  return {
    removed: deeds.map(({ gone, done }) => gone ?? done),
    kept,
    note: deeds.map(({ done }) => done).join(', ') || note,
  };
}
