import { expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type Failed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed(
  {
    layout: 'auto',
    adjust: (installation) => ({ ...installation, timings: { ...installation.timings, undoRetryMs: 6_000 } }),
  },
  (started) => {
    bed = started;
  },
);

/** From the apply on Authentik cannot say who uses an object: what the blueprint made stays, and with it all that this still needs. */
function breakUndo(): void {
  bed.world.faults.add({
    system: 'authentik',
    path: '/used_by/',
    // Preflight asks that too.
    arm: { method: 'POST', path: '/apply/' },
    effect: { kind: 'error', status: 503, body: { detail: 'the database is away' } },
  });
}

async function cancelledIn(
  step: 'verifyRegistration' | 'pollBlueprintStatus',
  handle: WorkflowHandle,
  done: () => void,
): Promise<Failed> {
  await bed.untilRunning(handle, step);
  await handle.cancel();
  done();
  return bed.failure(handle);
}

it.each(['pollBlueprintStatus', 'verifyRegistration'] as const)(
  'a run that is cancelled in %s and could not take everything back is continued by the next one',
  async (step) => {
    const registration = clientNamed(`c-${step.toLowerCase()}`, 'auto');
    breakUndo();
    const done = watching(bed.world);
    await holdStep(bed.world, step, { land: 'first', ms: 600 });
    const cancelled = await cancelledIn(step, await bed.start(registration.metadata.name, registration), done);
    expect(cancelled.type).toBe('UndoIncomplete');
    bed.world.faults.clear();

    const result = await bed.register(registration.metadata.name, registration);

    expect(result.outcome).toBe('registered');
    expect(result.warnings.join('\n')).toContain('continues change');
    expect((await bed.register(registration.metadata.name, registration)).outcome).toBe('unchanged');
  },
);

it.each(['syncBlueprint', 'verifyRegistration'] as const)(
  'a run that fails in %s and could not take everything back is continued by the next one, which can take it back',
  async (step) => {
    const registration = clientNamed(`f-${step.toLowerCase()}`, 'auto');
    const { name } = registration.metadata;
    const before = await bed.world.snapshot();
    breakUndo();
    await failStep(bed.world, step, { land: 'first', slug: name, mayApply: true });
    const failed = await bed.fail(name, registration);
    expect(failed.type).toBe('UndoIncomplete');
    await bed.heal();
    await failStep(bed.world, 'verifyRegistration', { land: 'first', slug: name, mayApply: true });

    const again = await bed.fail(name, registration);

    expect(again.kept).toEqual([]);
    expect(again.message).toContain('Everything is as it was');
    await bed.expectAsBefore(before);
  },
);

it('a run whose change could not be reverted is continued by the next one, with one commit', async () => {
  const registration = clientNamed('unreverted', 'auto');
  const base = await bed.world.repository.head();
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'first', ms: 600 });
  const handle = await bed.start('unreverted', registration);
  await bed.untilRunning(handle, 'verifyRegistration');
  await bed.world.repository.setFaults({ protect: 'trunk' });
  await handle.cancel();
  done();
  expect((await bed.failure(handle)).kept.map((entry) => entry.what)).toContain('the change on the target branch');
  await bed.heal();

  const result = await bed.register('unreverted', registration);

  expect(result.outcome).toBe('registered');
  expect(await bed.landedSince(base)).toHaveLength(1);
});
