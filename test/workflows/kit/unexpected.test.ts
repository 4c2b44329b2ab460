import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { UndoReport } from '../../../core/run/reports.ts';
import { ErrorBoundary } from '../../../worker/interceptors.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// A defect of ours in a step or in an undo, behind the border of a real worker; on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const defect = async (): Promise<never> => {
  throw new TypeError('deed.join is not a function');
};
const told = 'oidc-registrar: unexpected TypeError: deed.join is not a function (3 tries ended so)';

const run = async (over: Partial<Activities>) => {
  const { activities, journal } = fakeActivities('last', over);
  const interceptors = { activity: [() => ({ inbound: new ErrorBoundary() })] };
  const end = async (handle: WorkflowHandle): Promise<ApplicationFailure | undefined> => {
    const error: unknown = await handle.result().then(
      () => undefined,
      (failed: unknown) => (failed instanceof WorkflowFailedError ? failed.cause : failed),
    );
    if (error !== undefined && !(error instanceof ApplicationFailure)) throw error;
    return error;
  };
  const failed = await runRegistration(env, activities, end, { interceptors });
  const report = failed?.details?.[0] as UndoReport | undefined;
  return { failed, report, journal, triesOf: (name: string) => journal.filter((entry) => entry === name).length };
};

describe('a defect', () => {
  it('in a step ends the run after three tries: all is taken back, and the turn is free', async () => {
    const { failed, triesOf, journal } = await run({ renderAnsibleFiles: defect });

    expect(triesOf('renderAnsibleFiles')).toBe(3);
    expect(failed).toMatchObject({ type: 'Unexpected' });
    expect(failed?.message).toContain(
      `zot was not registered: ${told}. The worker log says where; if the systems are well, this is a defect of oidc-registrar. Start again with a worker that mends it. Everything is as it was.`,
    );
    expect(journal.at(-1)).toBe('releaseTurn');
  });

  it('that a worker after the second try knows better than goes on', async () => {
    let tries = 0;
    const { failed, triesOf } = await run({
      renderAnsibleFiles: async () => {
        tries += 1;
        return tries < 3 ? defect() : {};
      },
    });

    expect(failed).toBeUndefined();
    expect(triesOf('renderAnsibleFiles')).toBe(3);
  });

  it('in an undo ends that one after three tries: it is listed by name with the way to go on, the others are done', async () => {
    const { failed, report, triesOf, journal } = await run({
      verifyRegistration: async () => Promise.reject(failure('Failed', 'not verified')),
      undoGenerateSecret: defect,
    });

    expect(triesOf('undoGenerateSecret')).toBe(3);
    expect(failed).toMatchObject({ type: 'UndoIncomplete' });
    const about = report?.kept.find(({ what }) => what.includes('the pending vault field'));
    expect(about?.why).toBe(`could not be undone: ${told}`);
    expect(about?.remedy).toMatch(/^Run client zot again: it continues change /);
    // The branch is the record of what is left; nobody else waits for it.
    expect(triesOf('deleteRunBranch')).toBe(0);
    expect(['undoSyncBlueprint', 'undoPatchExternalSecret', 'undoStoreSecret'].map(triesOf)).toEqual([1, 1, 1]);
    expect(journal.at(-1)).toBe('releaseTurn');
  });
});
