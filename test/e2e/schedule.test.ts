import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { execa } from 'execa';
import { expect, inject, it } from 'vitest';
import {
  deleteSchedule,
  listSchedules,
  pauseSchedule,
  setSchedule,
  unpauseSchedule,
} from '../../client/commands/schedule.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { deregister, failDeregistration, strikeStep } from './deregistering.ts';
import { watchLogins } from './logins.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { eventually } from '../fixtures/polling.ts';
import { IDS } from '../../core/run/ids.ts';

const sample = await sampleLayout('manual');
const layout: Layout = {
  ...sample,
  files: {
    ...sample.files,
    'oidc-clients/turns.yaml': stringify(rotatable('turns')),
    'oidc-clients/kept.yaml': stringify(rotatable('kept')),
  },
};

let bed: TestBed;
useTestBed({ layout }, (started) => {
  bed = started;
});

/** What a command prints. */
async function printed(command: (print: (line: string) => void) => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  await command((line) => lines.push(line));
  return lines.join('\n');
}

/** Results of the rotations of a client that have ended well, oldest first. */
async function rotations(client: string): Promise<readonly RotateResult[]> {
  const query = `WorkflowId = "oidc-client/${client}" AND WorkflowType = "rotateSecret" AND ExecutionStatus = "Completed"`;
  const found: { at: Date; result: RotateResult }[] = [];
  for await (const { workflowId, runId, startTime } of bed.client.workflow.list({ query })) {
    found.push({
      at: startTime,
      result: (await bed.client.workflow.getHandle(workflowId, runId).result()) as RotateResult,
    });
  }
  return found.toSorted((a, b) => a.at.getTime() - b.at.getTime()).map(({ result }) => result);
}

it('rotates three times in a row, and logins fail within the reported windows alone', async () => {
  await bed.register('turns');
  await bed.world.consumer.byHand('turns');
  const logins = watchLogins(bed.world, 'turns');

  expect(await printed((print) => setSchedule(bed.client, 'turns', { every: '8s', note: 'a test' }, print))).toMatch(
    /^Schedule oidc-rotate\/turns created\.\nturns every 8s \(a test\): next 20/,
  );
  await eventually(
    async () => rotations('turns'),
    ({ length }) => length >= 3,
  );
  await pauseSchedule(bed.client, 'turns', 'enough', () => undefined);
  // What it has started by then it knows before any list of runs does.
  const { info } = await bed.client.schedule.getHandle('oidc-rotate/turns').describe();
  for (const { action } of info.recentActions) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    await bed.client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId }).result();
  }

  const outages = await logins.stop();
  // The list of runs follows their ends with a delay.
  const results = await eventually(
    async () => rotations('turns'),
    ({ length }) => length >= outages.length,
  );
  expect(results.every(({ outcome }) => outcome === 'rotated')).toBe(true);
  expect(outages).toHaveLength(results.length);
  for (const [i, outage] of outages.entries()) expect(outage).toBeLessThanOrEqual(results[i]?.window?.ms ?? 0);
  expect(await bed.world.consumer.works('turns')).toBe(true);
  const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
  const labels = fields.map((field) => field.label ?? '').filter((label) => label.startsWith('turns'));
  expect(labels.toSorted()).toEqual(['turns-client-secret', 'turns-client-secret-rotated']);
});

it('is listed, changed, paused and deleted, by our commands and by Temporal', async () => {
  const list = async (): Promise<string> => printed((print) => listSchedules(bed.client, print));
  // The list of schedules follows a change with a delay.
  const until = async (text: string): Promise<void> => {
    await eventually(list, (shown) => shown.includes(text));
  };
  await until('oidc-rotate/turns  paused (enough), else next 20');
  expect(await list()).toMatch(/ UTC {2}turns every 8s \(a test\)$/);
  await setSchedule(
    bed.client,
    'turns',
    { every: '90d', window: '02:00-05:00', timeZone: 'Europe/Berlin' },
    () => undefined,
  );
  const { spec, policies, state } = await bed.client.schedule.getHandle(IDS.schedule('turns')).describe();
  expect(spec.intervals?.map(({ every }) => every)).toEqual([90 * 86_400_000]);
  expect([spec.jitter, policies.overlap, policies.catchupWindow]).toEqual([7_200_000, 'SKIP', 7_200_000]);
  expect([state.paused, state.note]).toEqual([true, 'enough']);
  const changed = await printed((print) =>
    setSchedule(
      bed.client,
      'turns',
      { cron: '30 2 * * *', timeZone: 'Asia/Tokyo', paused: false, note: 'nightly' },
      print,
    ),
  );
  // As clocks in Tokyo show it, nine hours ahead of UTC all year.
  expect(changed).toMatch(
    /changed\.\nturns at "30 2 \* \* \*" Asia\/Tokyo \(nightly\): next \d{4}-\d\d-\d\d 02:30, .* 02:30, .* 02:30 Asia\/Tokyo$/,
  );
  const paused = await printed((print) => setSchedule(bed.client, 'turns', { every: '90d', paused: true }, print));
  expect(paused).toMatch(/\nturns every 90d \(nightly\): paused, else next \d{4}-.* UTC$/);
  await unpauseSchedule(bed.client, 'turns', 'again', () => undefined);
  await until('oidc-rotate/turns  next 20');
  expect(await list()).toMatch(/ UTC {2}turns every 90d \(nightly\)$/);
  await deleteSchedule(bed.client, 'turns', () => undefined);
  await expect(deleteSchedule(bed.client, 'turns', () => undefined)).rejects.toThrow('there is no schedule');
  await until('No rotation is scheduled.');
});

it('is refused for a client that is not registered, whom a worker has looked for', async () => {
  await expect(setSchedule(bed.client, 'nobody', { every: '90d' }, () => undefined)).rejects.toThrow(
    /unknown client "nobody"/,
  );
  await expect(bed.client.schedule.getHandle(IDS.schedule('nobody')).describe()).rejects.toThrow('not found');
});

it('begins an interval from now by the line that the page shows', async () => {
  const page = readFileSync(new URL('../../docs/how-to/rotate.md', import.meta.url), 'utf8');
  const [line = ''] = /^temporal schedule create (?:.*\\\n)*.*$/m.exec(page) ?? [];
  const [cli, ...args] = [inject('temporalCli'), '--address', bed.temporal.address];
  await execa('sh', ['-c', line.replace(/^temporal/, '"$0" "$@"'), cli ?? '', ...args]);
  const handle = bed.client.schedule.getHandle(IDS.schedule('zot'));
  const { info } = await handle.describe();
  const days = ((info.nextActionTimes[0]?.getTime() ?? 0) - Date.now()) / 86_400_000;
  // The jitter of the line is 3 hours.
  expect(days).toBeGreaterThan(89.9);
  expect(days).toBeLessThan(90.2);
  await handle.delete();
});

it('follows the policy of a registration, and leaves alone what a person made', async () => {
  const plain = rotatable('kept');
  const withPolicy = (every: string) => ({ ...plain, spec: { ...plain.spec, rotation: { every } } });
  const every = async (): Promise<number | undefined> => {
    const found = await bed.client.schedule
      .getHandle(IDS.schedule('kept'))
      .describe()
      .catch(() => undefined);
    return found?.spec.intervals?.[0]?.every;
  };

  await bed.register('kept', withPolicy('90d'));
  expect(await every()).toBe(90 * 86_400_000);
  await pauseSchedule(bed.client, 'kept', 'on holiday', () => undefined);
  expect((await bed.register('kept', withPolicy('30d'))).outcome).toBe('unchanged');
  expect(await every()).toBe(30 * 86_400_000);
  expect((await bed.client.schedule.getHandle(IDS.schedule('kept')).describe()).state.paused).toBe(true);
  await bed.register('kept', plain);
  expect(await every()).toBeUndefined();

  await setSchedule(bed.client, 'kept', { every: '7d' }, () => undefined);
  const { warnings } = await bed.register('kept', withPolicy('90d'));
  expect(warnings.join()).toContain('a person made the schedule of kept');
  await bed.register('kept', plain);
  expect(await every()).toBe(7 * 86_400_000);
  await deleteSchedule(bed.client, 'kept', () => undefined);
});

it('goes with its client, and is as it was where a deregistration is put back', async () => {
  const handle = bed.client.schedule.getHandle(IDS.schedule('kept'));
  const plain = rotatable('kept');
  await bed.register('kept', { ...plain, spec: { ...plain.spec, rotation: { every: '90d' } } });
  await pauseSchedule(bed.client, 'kept', 'on holiday', () => undefined);
  const { spec, state } = await handle.describe();
  await strikeStep(bed.world, 'verifyRemoval', 'fail');

  expect((await failDeregistration(bed, 'kept')).kept).toEqual([]);

  expect(await handle.describe()).toMatchObject({ spec, state: { paused: true, note: state.note } });
  await bed.heal();
  expect((await deregister(bed, 'kept')).removed).toContain('Schedule of rotations of kept');
  await expect(handle.describe()).rejects.toThrow('not found');
});

it('is refused where its rotations would find no registration file, before anything is changed', async () => {
  const inline = rotatable('fileless');
  const writes = bed.vaultWrites();
  const failure = await bed.fail('fileless', { ...inline, spec: { ...inline.spec, rotation: { every: '90d' } } });
  expect(failure).toMatchObject({ type: 'BadInput', kept: [] });
  expect(failure.message).toContain('spec.rotation: the rotations that it schedules read oidc-clients/fileless.yaml');
  expect(bed.vaultWrites()).toBe(writes);
});
