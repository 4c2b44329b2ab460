import { RetryState } from '@temporalio/common';
import { ActivityFailure } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { journalled, journalledRemoval, type UndoItem, type UndoJournal } from '../../../activities/kit/undoJournal.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import type { Leftover } from '../../../core/run/reports.ts';
import { EarlierDeeds } from '../../../workflows/kit/earlierDeeds.ts';
import { ErrorBoundary } from '../../../worker/interceptors.ts';
import { attemptIn } from '../../fixtures/attempts.ts';

// An undo that is refused when it is half done is waited out by the workflow, and done again by another activity with a journal of
// its own: what the first took away is gone by then.

/** One activity, in one attempt, as its workflow hears of it: its answer, or the failure. */
async function activity<T>(work: () => Promise<T>): Promise<{ answer: T } | { failed: ActivityFailure }> {
  try {
    const answer = await attemptIn(async () => undefined).run(() =>
      new ErrorBoundary().execute({ args: [], headers: {} }, work),
    );
    return { answer: answer as T };
  } catch (error) {
    return { failed: new ActivityFailure('', 'undo', '1', RetryState.NON_RETRYABLE_FAILURE, '', error as Error) };
  }
}

const deed = (thing: string): UndoItem => ({ what: `${thing} (id 1)`, done: `${thing} deleted`, gone: thing });

/** Takes away what is there, and is refused at `refusedAt`. */
const take =
  (there: Set<string>, refusedAt: string | undefined, inUse?: string) =>
  async (journal: UndoJournal): Promise<readonly Leftover[]> => {
    const kept: Leftover[] = [];
    for (const thing of there) {
      if (thing === inUse) kept.push({ what: deed(thing).what, why: 'it is in use.', remedy: 'Ask.' });
      if (thing === inUse) continue;
      await journal.begin(deed(thing));
      if (thing === refusedAt)
        throw new RegistrarError({ system: 'Authentik', kind: 'Unauthorized', message: '403', remedy: 'Renew it.' });
      there.delete(thing);
      journal.done(deed(thing));
    }
    return kept;
  };

/** What people read once the last of several tries has ended well; each names at what it is refused. */
async function told<T>(
  tries: readonly (string | undefined)[],
  as: (work: (journal: UndoJournal) => Promise<readonly Leftover[]>) => Promise<T>,
  inUse?: string,
): Promise<T> {
  const there = new Set(['application', 'provider', 'group']);
  const earlier = new EarlierDeeds();
  for (const refusedAt of tries) {
    const ended = await activity(() => as(take(there, refusedAt, refusedAt === undefined ? inUse : undefined)));
    if ('answer' in ended) return earlier.addTo(ended.answer);
    earlier.failed(ended.failed);
  }
  throw new Error('no try ended well');
}

const undo = async (work: (journal: UndoJournal) => Promise<readonly Leftover[]>) =>
  journalled(async (journal) => ({ kept: await work(journal), blocks: false }));
const removal = async (work: (journal: UndoJournal) => Promise<readonly Leftover[]>) =>
  journalledRemoval(work, 'nothing');
const all = ['application', 'provider', 'group'];

describe('an undo', () => {
  const done = (things: readonly string[]) => things.map((thing) => `${thing} deleted`);

  it.each([[[]], [['provider']], [['provider', 'group']], [['provider', 'provider']], [['group']]])(
    'that is refused at %j tells all that its tries took back, each once',
    async (refusals) => {
      const { undone, kept } = await told([...refusals, undefined], undo);
      expect(undone.toSorted()).toEqual(done(all).toSorted());
      expect(kept).toEqual([]);
    },
  );

  it('tells nothing as taken back that its last try keeps', async () => {
    const { undone, kept } = await told(['group', undefined], undo, 'group');
    expect(undone).toEqual(done(['application', 'provider']));
    expect(kept.map(({ what }) => what)).toEqual(['group (id 1)']);
  });
});

describe('a removal', () => {
  it.each([
    [[], 'application deleted, provider deleted, group deleted'],
    [['provider'], 'application deleted, provider deleted, group deleted'],
  ])('that is refused at %j tells all that its tries removed', async (refusals, note) => {
    const report = await told([...refusals, undefined], removal);
    expect(report.removed.toSorted()).toEqual(all.toSorted());
    expect(report.note).toContain('application deleted');
    expect(new Set(report.note.split(', '))).toEqual(new Set(note.split(', ')));
  });

  it('of which nothing is left for the last try does not say that there was nothing', async () => {
    const earlier = new EarlierDeeds();
    const there = new Set(['group']);
    const first = await activity(() =>
      removal(async (journal) => {
        await take(there, undefined)(journal);
        throw new RegistrarError({ system: 'Authentik', kind: 'Unauthorized', message: '403', remedy: 'Renew it.' });
      }),
    );
    if ('failed' in first) earlier.failed(first.failed);
    const second = await activity(() => removal(take(there, undefined)));
    expect('answer' in second && earlier.addTo(second.answer)).toEqual({
      removed: ['group'],
      kept: [],
      note: 'group deleted',
    });
  });
});

it.each([[{ state: 'notLanded' }], [undefined], ['text'], [[]]])(
  'the answer %j of another activity stays as it is',
  (answer) => {
    const earlier = new EarlierDeeds();
    expect(earlier.addTo(answer)).toBe(answer);
  },
);
