import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { RotateResult, RotationConsumer } from '../../../core/run/rotation.ts';
import type { Land } from '../../../core/run/steps.ts';
import type { ProgressView } from '../../../core/run/progress.ts';
import type { UndoReport } from '../../../core/run/reports.ts';
import { failure, fakeActivities, type Fakes } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { eventually } from '../../fixtures/polling.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// The workflow alone, on a server that skips time: days of waiting pass in milliseconds.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const BY_COMMAND: RotationConsumer = {
  index: 0,
  name: 'Ansible role zot',
  by: 'command',
  byHand: 'ansible-playbook hosts/attic.yml --tags zot',
  probed: true,
};
const BY_HAND: RotationConsumer = { ...BY_COMMAND, index: 1, name: 'Ansible role mail', by: 'person', probed: false };

interface Ended {
  readonly result?: RotateResult;
  readonly type: string;
  readonly message: string;
  readonly report?: UndoReport;
}

async function run(
  fakes: Fakes,
  during: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
  input: unknown = { client: 'zot' },
): Promise<Ended> {
  const act = async (handle: WorkflowHandle): Promise<Ended> => {
    await during(handle);
    try {
      return { result: (await handle.result()) as RotateResult, type: '', message: '' };
    } catch (error) {
      const cause = error instanceof WorkflowFailedError ? error.cause : error;
      if (cause instanceof CancelledFailure) return { type: 'Cancelled', message: '' };
      if (!(cause instanceof ApplicationFailure)) throw error;
      const report = cause.details?.[0] as UndoReport;
      return { type: cause.type ?? '', message: cause.message, report };
    }
  };
  return runRegistration(env, fakes.activities, act, { type: 'rotateSecret', input });
}

async function until(handle: WorkflowHandle, step: string, note: string): Promise<void> {
  const reached = async (): Promise<boolean> => {
    const view = await handle.query<ProgressView>('progress').catch(() => undefined);
    return view?.steps.find((each) => each.name === step)?.note?.includes(note) === true;
  };
  await eventually(reached, Boolean);
}

const HOUR_MS = 3_600_000;
const STORY = ['createSecret', 'setSecret', 'pollBlueprintStatus', 'testSecret'];

it('goes in the order of the design, and reports how long logins may have failed', async () => {
  // By a worker whose own clock is of no account: an hour before Temporal scheduled this.
  const setSecret: Activities['setSecret'] = async () => ({
    asked: { instance: 'pk', knownTasks: [], lastApplied: '' },
    askedAt: Context.current().info.currentAttemptScheduledTimestampMs - HOUR_MS,
  });
  const last = fakeActivities('last', { setSecret }, false, [BY_COMMAND]);
  const { result } = await run(last);
  const start = ['describeInstallation', 'preflightRotation'];
  const end = ['applyAtConsumer', 'probeConsumer', 'finishRotation'];
  expect(last.journal).toEqual([...start, 'acquireTurn', 'preflightRotation', ...STORY, ...end]);
  expect(result).toMatchObject({ outcome: 'rotated' });
  expect(result?.window?.ms).toBeGreaterThanOrEqual(HOUR_MS);
  expect(result?.window?.ms).toBeLessThan(2 * HOUR_MS);
  expect(result?.checks.map((check) => check.name)).toEqual(['Ansible role zot works with the new secret']);

  const first = fakeActivities('first', { setSecret });
  expect((await run(first)).result?.window?.ms).toBeGreaterThanOrEqual(HOUR_MS);
  expect(first.journal).toEqual([...start, ...STORY, 'finishRotation']);
});

it('waits for a person before anything changes, and looks again before it begins', async () => {
  const fakes = fakeActivities('first', {}, false, [BY_HAND]);
  const { result } = await run(fakes, async (handle) => {
    await until(handle, 'ready', 'waits for a person');
    await expect(handle.executeUpdate('confirm')).rejects.toMatchObject({
      cause: { type: 'OutOfTurn', message: 'The run does not wait for "confirm"; nothing was done.' },
    });
    expect(await handle.executeUpdate('ready')).toContain('begins');
    await until(handle, 'distribute', 'waits for a person to do this');
    expect(fakes.journal.at(-1)).toBe('testSecret');
    expect(await handle.executeUpdate('confirm')).toContain('goes on');
  });
  expect(result?.outcome).toBe('rotated');
  expect(fakes.journal.filter((name) => name === 'preflightRotation')).toHaveLength(2);
});

it('ends with nothing changed where nobody is ready within the deadline', async () => {
  const fakes = fakeActivities('last', {}, false, [BY_HAND]);
  const started = await env.currentTimeMs();
  const { type, message } = await run(fakes);
  expect(type).toBe('NotYet');
  expect(message).toContain('zot was not rotated: gave up waiting: nobody said that they are ready');
  expect(message).toContain('Everything is as it was.');
  expect(fakes.journal).toEqual(['describeInstallation', 'preflightRotation']);
  expect((await env.currentTimeMs()) - started).toBeGreaterThanOrEqual(604_800_000);
});

it('restores the previous secret where nobody confirms, and names what a person may have updated', async () => {
  const fakes = fakeActivities('first', {}, false, [BY_COMMAND, BY_HAND]);
  const { type, report } = await run(fakes, async (handle) => {
    await until(handle, 'ready', 'waits for a person');
    await handle.executeUpdate('ready');
  });
  expect(type).toBe('UndoIncomplete');
  expect(fakes.journal.slice(-4)).toEqual(['applyAtConsumer', 'restoreSecret', 'restoreConsumer', 'undoCreateSecret']);
  expect(report?.kept.map(({ what }) => what)).toEqual(['the secret at Ansible role mail']);
  expect(report?.kept[0]?.remedy).toContain(BY_HAND.byHand);
});

it('brings the consumers back only after the value, and keeps the record where the value could not be restored', async () => {
  const broken = async () => Promise.reject(failure('Failed', 'never well'));
  const well = fakeActivities('last', { probeConsumer: broken }, false, [BY_COMMAND]);
  const { type, message } = await run(well);
  expect([type, message]).toEqual(['Failed', 'zot was not rotated: never well. Mend Failed. Everything is as it was.']);
  expect(well.journal.slice(-5)).toEqual([
    'probeConsumer',
    'restoreSecret',
    'restoreConsumer',
    'undoCreateSecret',
    'releaseTurn',
  ]);

  const stuck = fakeActivities('last', { probeConsumer: broken, restoreSecret: broken }, false, [BY_COMMAND]);
  expect((await run(stuck)).type).toBe('UndoIncomplete');
  expect(stuck.journal.slice(-2)).toEqual(['restoreSecret', 'releaseTurn']);
});

it('only goes forward once the consumers have passed: what cannot be tidied up is a warning', async () => {
  const finishRotation = async () => Promise.reject(failure('Unauthorized', 'the vault takes no write'));
  const fakes = fakeActivities('last', { finishRotation }, false, [BY_COMMAND]);
  const { result } = await run(fakes);
  expect(result?.outcome).toBe('rotated');
  expect(result?.warnings.join()).toContain('finish failed, the new secret stands: the vault takes no write');
  expect(fakes.journal).not.toContain('restoreSecret');
});

it('takes back what a dead rotation left, and refuses that where there is none', async () => {
  const input = { client: 'zot', takeBack: true };
  expect((await run(fakeActivities('first'), undefined, input)).message).toContain('no rotation that is half done');

  const dead = deadRotation([BY_COMMAND]);
  expect((await run(dead, undefined, input)).result?.outcome).toBe('takenBack');
  expect(dead.journal.slice(-3)).toEqual(['restoreSecret', 'restoreConsumer', 'undoCreateSecret']);

  const asked = await run(deadRotation([BY_HAND]), undefined, input);
  expect(asked.report?.kept.map(({ what }) => what)).toEqual(['the secret at Ansible role mail']);
});

it('goes on where a dead rotation stopped, and asks nobody whether they are ready', async () => {
  const dead = deadRotation([BY_HAND]);
  const { result } = await run(dead, async (handle) => {
    await until(handle, 'distribute', 'waits for a person to do this');
    await handle.executeUpdate('confirm');
  });
  expect(result?.outcome).toBe('rotated');
  expect(dead.journal.slice(-4)).toEqual(['setSecret', 'pollBlueprintStatus', 'testSecret', 'finishRotation']);
});

it('a registration takes a dead rotation back before it begins', async () => {
  let looks = 0;
  const dead = deadRotation([BY_COMMAND], 'last');
  const { preflight } = dead.activities;
  const fakes = fakeActivities('last', {
    ...dead.activities,
    preflight: async (request) => {
      looks += 1;
      if (looks === 1) throw failure('HalfRotated', 'a rotation of client zot ended half-way');
      return preflight(request);
    },
  });
  const act = async (handle: WorkflowHandle): Promise<void> => {
    expect(await handle.result()).toMatchObject({ outcome: 'registered' });
  };
  await runRegistration(env, fakes.activities, act);
  const turn = ['preflightBeforeTurn', 'acquireTurn', 'preflight'];
  const first = ['describeInstallation', ...turn, 'describeInstallation', 'preflightRotation'];
  expect(fakes.journal.slice(0, 6)).toEqual(first);
  expect(fakes.journal.filter((name) => /Rotation|restore|undo|release|landChange/.test(name))).toEqual([
    'preflightRotation',
    'preflightRotation',
    'restoreSecret',
    'restoreConsumer',
    'undoCreateSecret',
    'releaseTurn',
    'landChange',
  ]);
});

/** A registration, or what else `input` asks of it, that meets a dead rotation at its first look; `over` is what follows. */
async function meetingDeadRotation(
  input: object,
  over: Fakes['activities'],
  stillThere = true,
): Promise<Ended & { journal: readonly string[] }> {
  let looks = 0;
  const restored = async () => ({ undone: ['the previous secret is in service'], kept: [], blocks: false });
  const { preflightRotation } = stillThere ? deadRotation([], 'last').activities : over;
  const fakes = fakeActivities('last', {
    ...over,
    preflightRotation,
    ...(stillThere ? { restoreSecret: restored } : {}),
    preflight: async (request) => {
      looks += 1;
      if (looks === 1) throw failure('HalfRotated', 'a rotation of client zot ended half-way');
      return over.preflight(request);
    },
  });
  const act = async (handle: WorkflowHandle): Promise<Ended> => {
    try {
      return { result: (await handle.result()) as RotateResult, type: '', message: '' };
    } catch (error) {
      const cause = (error as WorkflowFailedError).cause as ApplicationFailure;
      return { type: cause.type ?? '', message: cause.message, report: cause.details?.[0] as UndoReport };
    }
  };
  return { ...(await runRegistration(env, fakes.activities, act, { input })), journal: fakes.journal };
}

const TAKEN_BACK = 'a rotation of zot that ended half-way was taken back first: the previous secret is in service';

it('a registration that took a dead rotation back says so, also where nothing else was to do', async () => {
  const { result } = await meetingDeadRotation({ client: 'zot' }, fakeActivities('last', {}, true).activities);
  expect(result).toMatchObject({ outcome: 'registered', changed: ['the previous secret is in service'] });
  expect(result?.warnings).toContain(TAKEN_BACK);
});

it('a registration that is asked to take back what is half done has done so with the rotation', async () => {
  const { activities } = fakeActivities('last');
  const { result, journal } = await meetingDeadRotation({ client: 'zot', takeBack: true }, activities);
  expect(result).toMatchObject({ outcome: 'takenBack', changed: ['the previous secret is in service'] });
  expect(journal.filter((name) => name === 'preflight')).toHaveLength(1);
});

it('a registration releases its turn where the dead rotation that it met cannot even be looked at', async () => {
  const refuses = async () => Promise.reject(failure('Unauthorized', 'the token may not apply the blueprint'));
  const { activities } = fakeActivities('last', { preflightRotation: refuses });
  const { type, journal } = await meetingDeadRotation({ client: 'zot' }, activities, false);
  expect([type, journal.at(-1)]).toEqual(['Unauthorized', 'releaseTurn']);
});

it('a registration that fails after it took a dead rotation back does not hide that', async () => {
  const refuses = async () => Promise.reject(failure('Refused', 'the group is gone'));
  const { type, message, report } = await meetingDeadRotation(
    { client: 'zot' },
    fakeActivities('last', { preflight: refuses }).activities,
  );
  expect([type, report?.kept]).toEqual(['Refused', []]);
  expect(message).toMatch(/^zot was not registered: the group is gone/);
  expect(message).toContain(TAKEN_BACK);
});

it('a registration goes on where the dead rotation has been tidied up meanwhile', async () => {
  const { activities } = fakeActivities('last');
  const { result } = await meetingDeadRotation({ client: 'zot' }, activities, false);
  expect(result?.outcome).toBe('registered');
});

/** The new value is in service, and the run that put it there is gone. */
function deadRotation(targets: readonly RotationConsumer[], land: Land = 'first'): Fakes {
  const fakes = fakeActivities(land, {}, false, targets);
  const { preflightRotation } = fakes.activities;
  return fakeActivities(land, {
    preflightRotation: async (request) => {
      const plan = await preflightRotation(request);
      return { ...plan, job: { ...plan.job, stage: 'set', continued: true } };
    },
  });
}

it('a schedule, which gives its runs ids of its own, goes through the one id of the client', async () => {
  const fakes = fakeActivities('first');
  const types: (string | undefined)[] = [];
  const act = async (handle: WorkflowHandle): Promise<void> => {
    expect(await handle.result()).toMatchObject({ outcome: 'rotated' });
    types.push((await env.client.workflow.getHandle('oidc-client/zot').describe()).type);
  };
  await runRegistration(env, fakes.activities, act, {
    type: 'rotateSecret',
    workflowId: 'rotate-zot-2026-01-01T00:00:00Z',
  });
  expect(types).toEqual(['rotateSecret']);
});
