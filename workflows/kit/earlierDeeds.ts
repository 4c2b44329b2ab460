import type { UndoItem } from '../../activities/kit/undoJournal.ts';
import type { RemovalReport } from '../../core/run/deregistration.ts';
import type { Undone } from '../../core/run/reports.ts';
import { begunIn } from './failures.ts';

/**
 * What tries that ended with a refusal had set out to take away. Each try is an activity of its own with a journal of its own, so
 * the one that ends well finds nothing of what earlier ones did, and its report lacks it.
 */
export class EarlierDeeds {
  readonly #begun: UndoItem[] = [];

  /** A try has ended with this error. */
  failed(error: unknown): void {
    for (const deed of begunIn(error)) if (!this.#begun.some(({ done }) => done === deed.done)) this.#begun.push(deed);
  }

  /** The report of an undo or of a removal, with what earlier tries did: what they began and it neither did nor keeps. Any other answer as it is. */
  addTo<T>(answer: T): T {
    const { undone, removed, kept = [], note } = (answer ?? {}) as Partial<Undone & RemovalReport>;
    const deeds = this.#begun.filter(({ what }) => !kept.some((entry) => entry.what === what));
    if (undone !== undefined) return { ...answer, undone: [...new Set([...deeds.map(({ done }) => done), ...undone])] };
    if (removed === undefined || deeds.length === 0) return answer;
    const told = [...deeds.map(({ done }) => done), ...(removed.length === 0 || note === undefined ? [] : [note])];
    const gone = deeds.map((deed) => deed.gone ?? deed.done);
    return { ...answer, removed: [...new Set([...gone, ...removed])], note: told.join(', ') };
  }
}
