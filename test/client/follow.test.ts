import type { WorkflowHandle } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showProgress } from '../../client/output/follow.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { ProgressView, StepState } from '../../core/run/progress.ts';

/** What one look at a run finds. */
interface Found {
  readonly phase?: ProgressView['phase'];
  readonly state?: StepState;
  readonly waitsFor?: string;
  /** The steps have begun, by the time that they were. */
  readonly begun?: boolean;
  /** Names of the steps; `acquireTurn` alone where absent. */
  readonly steps?: readonly string[];
  /** An activity that is tried again: its name, the attempt, and how the last one ended. */
  readonly pending?: readonly [string, number, string];
}

/** A run at which each look finds the next of these; it ends with the last. */
function runOf(...found: readonly Found[]): WorkflowHandle {
  let looks = 0;
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const now = (): Found => found[Math.min(looks, found.length - 1)] ?? {};
  return {
    client: { options: { loadedDataConverter: defaultDataConverter } },
    result: () => over,
    query: async () => {
      const { phase = 'registering', state = 'running', waitsFor } = now();
      const times = now().begun === true ? { startedAt: 1 } : {};
      const steps = (now().steps ?? ['acquireTurn']).map((name) => ({ name, state, ...times }));
      return { client: 'zot', phase, steps, warnings: [], kept: [], ...(waitsFor === undefined ? {} : { waitsFor }) };
    },
    describe: async () => {
      const { pending: [name, attempt, message] = [] } = now();
      looks += 1;
      if (looks === found.length) end();
      const activity = { activityType: { name }, attempt, lastFailure: { message } };
      return { raw: { pendingActivities: name === undefined ? [] : [activity] } };
    },
  } as unknown as WorkflowHandle;
}

const lines: string[] = [];
const { setTimeout: later } = globalThis;
beforeEach(() => {
  lines.length = 0;
  // A second between two looks is for people.
  vi.stubGlobal('setTimeout', (act: () => void, ms: number) => later(act, ms / 50));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text).trim()) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it('ends where it cannot read what is answered, and does not wait for the end of the run', async () => {
  const unread = new RegistrarError({ system: 'Temporal', kind: 'BadInput', message: 'encoded', remedy: 'Name it.' });
  const run = runOf({}, {});
  const query = async () => {
    throw unread;
  };
  const following = showProgress({
    ...run,
    query,
    result: () => new Promise(() => undefined),
  });
  await expect(following).rejects.toBe(unread);
});

it('tells what a run waits for and what is tried again, with the cause, once each', async () => {
  const held = 'the turn is held';
  await showProgress(
    runOf(
      {},
      { waitsFor: 'the hub does not answer' },
      { waitsFor: 'the hub does not answer', pending: ['acquireTurn', 1, 'no news'] },
      { pending: ['acquireTurn', 2, held] },
      { pending: ['acquireTurn', 3, held] },
      { pending: ['acquireTurn', 4, 'no answer'] },
      { pending: ['notify', 2, 'no webhook'] },
      { state: 'done' },
    ),
  );

  expect(lines.map((line) => line.replaceAll(/\s+/g, ' '))).toEqual([
    '▶ acquireTurn the hub does not answer',
    '▶ acquireTurn attempt 2: the turn is held',
    '▶ acquireTurn attempt 4: no answer',
    '▶ acquireTurn notify, attempt 2: no webhook',
    '✓ acquireTurn',
  ]);
});

it('tells what an undo tries again', async () => {
  const pending = ['releaseTurn', 5, 'the hub does not answer'] as const;
  await showProgress(
    runOf(
      {},
      { phase: 'undoing', state: 'failed' },
      { phase: 'undoing', state: 'failed', pending },
      { phase: 'undone' },
    ),
  );

  expect(lines).toContain('▶ releaseTurn, attempt 5: the hub does not answer');
});

it.each([
  ['nothing was changed', 'preflight'],
  ['taking everything back', 'storeSecret'],
])('says "%s" of a run that ends in %s', async (said, step) => {
  await showProgress(
    runOf({ steps: [step] }, { phase: 'undoing', steps: [step], state: 'failed' }, { phase: 'undone', steps: [step] }),
  );

  expect(lines).toContain(`↩ ${said}`);
});

it('tells what went well before the one that failed, though all of it is taken back by then', async () => {
  const steps = ['acquireTurn', 'planRemoval'];
  await showProgress(runOf({ steps, state: 'pending' }, { phase: 'undone', steps, state: 'undone', begun: true }));

  expect(lines.slice(0, 3)).toEqual(['✓ acquireTurn', '✗ planRemoval', '↩ nothing was changed']);
});

it('shows a step that the run has got after it began', async () => {
  await showProgress(
    runOf(
      { steps: ['preflight', 'verifyRegistration'] },
      { steps: ['preflight', 'deliverToConsumers', 'verifyRegistration'] },
      { steps: ['preflight', 'deliverToConsumers', 'verifyRegistration'], state: 'done' },
    ),
  );

  expect(lines).toEqual(['✓ preflight', '✓ deliverToConsumers', '✓ verifyRegistration']);
});
