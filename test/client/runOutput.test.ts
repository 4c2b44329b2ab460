import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { Problems } from '../../activities/preflight/problems.ts';
import { failureExitCode, failureOf, failureText } from '../../client/output/failure.ts';
import { outcomeText, resultText, type RunResult } from '../../client/output/result.ts';
import { statusText } from '../../client/output/status.ts';
import { wayBack } from '../../core/run/deregistration.ts';
import { refused, type RegistrarError } from '../../core/base/errors.ts';
import { Several } from '../../core/base/several.ts';

const ended = (cause: Error): WorkflowFailedError =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
const application = (type: string, details: object): WorkflowFailedError =>
  ended(ApplicationFailure.create({ type, message: 'zot was not registered: it broke.', details: [details] }));

const cause = { type: 'Refused', message: 'it broke', remedy: 'Mend it.' };
const kept = [{ what: 'group bots', why: 'others use it.', remedy: 'Look at it.' }];

describe('the exit code of a run that did not end well', () => {
  it.each([
    ['nothing is left', application('Refused', { cause, undone: ['field removed'], kept: [] }), 1],
    [
      'an activity was refused before anything began',
      application('BadInput', { system: 'Git', remedy: 'Mend it.' }),
      1,
    ],
    ['it was cancelled', ended(new CancelledFailure('cancelled')), 1],
    ['something is left', application('UndoIncomplete', { cause, undone: [], kept }), 2],
    ['people are to merge the way back', application('UndoPending', { cause, kept: [], pending: 'https://f/1' }), 2],
    ['it was terminated', ended(new TerminatedFailure('terminated')), 2],
    ['Temporal went away before the run had ended', new Error('14 UNAVAILABLE'), 2],
  ])('where %s', (_what, error, code) => {
    expect(failureExitCode(error)).toBe(code);
  });
});

it('tells each of several problems on a line of its own', () => {
  const all = (found: readonly RegistrarError[]): RegistrarError => {
    const problems = new Problems();
    for (const each of found) problems.add(each);
    try {
      problems.throwIfAny();
    } catch (error) {
      return error as RegistrarError;
    }
    throw new Error('no problem');
  };
  const files = new Several([
    refused('Git', 'section 2. is gone. There:\na: 1\n', 'Mend it.'),
    refused('Git', 'b', 'Add it.'),
  ]);
  const two = all([files, refused('1Password', 'no field', 'Make it.')]);
  const lines = [
    'Git: 3 problems, nothing was changed.',
    '  1. Git: section 2. is gone. There:',
    '     a: 1',
    '     Mend it.',
    '  2. Git: b. Add it.',
    '  3. 1Password: no field. Make it.',
  ];
  const message = `${two.system}: ${two.message}`;
  expect(failureText(application('Refused', { cause: { type: 'Refused', message, remedy: two.remedy } }))).toBe(
    [...lines, 'Mend them all, then start again.'].join('\n'),
  );
});

it('tells a failure with its remedy, what was taken back and what was not', () => {
  expect(failureText(application('UndoIncomplete', { cause, undone: ['field removed'], kept }))).toBe(
    'it broke\nMend it.\n\nTaken back\n  - field removed\n\nLeft behind\n  - group bots: others use it. Look at it.',
  );
  expect(failureText(application('BadInput', { system: 'Git', remedy: 'Mend it.' }))).toBe(
    'zot was not registered: it broke.\nMend it.',
  );
  expect(failureText(ended(new TerminatedFailure('terminated')))).toContain('Start it again');
  expect(failureOf(new Error('odd'))).toMatchObject({ outcome: 'failed', type: 'Unexpected', message: 'odd' });
});

const base = { client: 'zot', changeId: 'c1', warnings: [], checks: [{ name: 'it works', ok: true, detail: 'seen' }] };
const deregistered: RunResult = {
  ...base,
  outcome: 'deregistered',
  commit: '0123456789abcdef',
  removed: ['application zot'],
  kept,
  remaining: ['delete the file'],
};
const rotated: RunResult = {
  ...base,
  outcome: 'rotated',
  rotatedAt: '2026-01-01T00:00:00Z',
  window: { ms: 1_500, meaning: 'new logins failed for at most 1500 ms: from the moment it was asked' },
  changed: ['field'],
  kept: [],
};

it('tells each kind of run how it ended', () => {
  expect([deregistered, rotated].map(outcomeText)).toEqual(['zot: deregistered, commit 0123456789ab', 'zot: rotated']);
  expect(outcomeText({ ...deregistered, outcome: 'unchanged' })).toBe(
    'zot: is not registered, there is nothing to take out',
  );
  expect(outcomeText({ ...rotated, outcome: 'takenBack' })).toBe('zot: the change that was half done is taken back');
  expect(resultText(deregistered)).toBe(
    '\nRemoved\n  - application zot\n\nKept\n  - group bots: others use it. Look at it.\n\nRemaining for people\n  - delete the file\n\nChecks\n  ✓ it works: true (seen)',
  );
  expect(resultText(rotated)).toContain('Logins\n  - new ones may have failed for 1.5 s: from the moment it was asked');
});

describe('the status of a client', () => {
  const run = { client: 'zot', workflowId: 'oidc-client/zot', runId: 'r', startedAt: 'T1', type: 'registerClient' };
  const text = (status: Parameters<typeof statusText>[0]): string => statusText(status, 'registration', 'NOBODY');

  it('is a table of steps, with what waits and why', () => {
    const steps = [
      { name: 'acquireTurn', state: 'done' as const, startedAt: 1_000, endedAt: 2_500, note: 'ours' },
      { name: 'preflight', state: 'running' as const, startedAt: 2_500 },
      { name: 'cleanUp', state: 'pending' as const },
    ];
    const progress = { client: 'zot', phase: 'registering' as const, steps, warnings: ['slow'], kept: [] };
    const retrying = [{ activity: 'preflight', attempt: 3, message: 'Git does not answer' }];
    expect(text({ ...run, state: 'running', progress, retrying }).split('\n')).toEqual([
      'zot: a registration runs since T1 (registering)',
      '  ✓ acquireTurn              1.5 s  ours',
      '  ▶ preflight',
      '  · cleanUp',
      '',
      'Tried again',
      '  - preflight, attempt 3: Git does not answer',
      '',
      'Warnings',
      '  - slow',
    ]);
  });

  it('says that no worker answers', () => {
    expect(text({ ...run, state: 'running', retrying: [] })).toBe('zot: a registration runs since T1\n  NOBODY');
  });

  it('tells how the last run ended', () => {
    const failure = failureOf(application('UndoIncomplete', { cause, kept }));
    expect(text({ ...run, state: 'ended', endedAt: 'T2', failure })).toBe(
      'zot: nothing runs; the last registration ended T2: failed (UndoIncomplete)\n  it broke\n  Mend it.\n\nLeft behind\n  - group bots: others use it. Look at it.',
    );
    expect(text({ ...run, state: 'ended', endedAt: 'T2', result: rotated })).toContain('ended T2: rotated');
    const at = '2026-11-30T14:05:06.789Z';
    const cancelled = failureOf(ended(new CancelledFailure('cancelled')));
    expect(text({ ...run, state: 'ended', endedAt: at, failure: cancelled })).toBe(
      'zot: nothing runs; the last registration ended 2026-11-30 14:05Z: cancelled\n  The run was cancelled; everything is as it was.',
    );
    expect(text({ client: 'zot', state: 'unknown' })).toContain('Temporal knows no run of it');
  });
});

it('tells how a client that was taken out comes back', () => {
  const result: RunResult = {
    client: 'zot',
    changeId: 'c',
    outcome: 'deregistered',
    commit: 'abc',
    removed: [],
    kept: [],
    warnings: [],
    remaining: [],
    checks: [],
    wayBack: wayBack('zot', 'clients/zot.yaml'),
  };
  expect(resultText(result)).toContain(
    'The way back\n  - To register it again bring back its file alone, by `git restore --source="$(git rev-list -1 HEAD -- clients/zot.yaml)^" -- clients/zot.yaml`, land that',
  );
});
