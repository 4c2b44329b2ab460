import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('goes on with its undo when a cancel comes during it', async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'steady', mayApply: true });
  const handle = await bed.start('steady', clientNamed('steady'));
  await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');

  await handle.cancel();

  const failure = await bed.failure(handle);
  expect(failure.cancelled).toBe(false);
  expect(failure.kept).toEqual([]);
  await bed.expectAsBefore(before);
  const view = await bed.until(handle, (now) => now.phase === 'undone', 'the end of the undo');
  expect(view.warnings.join('\n')).toContain('A cancel during undo is ignored');
});

it('ends its undo on stopUndo and lists what remains; the next run finishes', async () => {
  const client = clientNamed('stopped');
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'stopped', mayApply: true });
  const handle = await bed.start('stopped', client);
  await bed.until(handle, (view) => view.phase === 'undoing', 'the undo');

  const answer = await handle.executeUpdate('stopUndo');

  expect(answer).toContain('The undo stops');
  const failure = await bed.failure(handle);
  expect(failure.type).toBe('UndoIncomplete');
  expect(failure.kept.map((entry) => entry.what).join('\n')).toContain('vault field stopped-client-secret');
  expect(failure.kept.every((entry) => entry.remedy !== '')).toBe(true);

  bed.world.faults.clear();
  expect((await bed.register('stopped', client)).outcome).toBe('registered');
});

it('refuses stopUndo where no undo is under way, and goes on', async () => {
  const handle = await bed.start('calm', clientNamed('calm'));
  await bed.untilRunning(handle, 'preflight');

  await expect(handle.executeUpdate('stopUndo')).rejects.toMatchObject({
    cause: { type: 'OutOfTurn', message: expect.stringContaining('No undo is under way') as string },
  });

  expect((await bed.result(handle)).outcome).toBe('registered');
});
