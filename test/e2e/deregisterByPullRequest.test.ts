import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { DeregisterResult } from '../../core/run/deregistration.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { expectSameState, startDeregistration } from './deregistering.ts';
import { useTestBed, type TestBed } from './testBed.ts';

describe.each<{ layout: LayoutName; way: 'squash' | 'rebase' }>([
  { layout: 'manual', way: 'squash' },
  { layout: 'auto', way: 'rebase' },
])('a deregistration that lands by pull request on the $layout layout', ({ layout, way }) => {
  const client = clientNamed('gone', layout);
  let bed: TestBed;
  useTestBed(
    {
      layout,
      adjust: (installation) => ({ ...installation, gitops: { ...installation.gitops, landBy: 'pullRequest' } }),
    },
    (started) => {
      bed = started;
    },
  );

  it('is put back where people delete its branch, and done once they merge it', async () => {
    const without = await bed.world.snapshot();
    const registering = await bed.start('gone', client);
    await merge(bed, way);
    await bed.result(registering);
    await bed.world.settled();
    const registered = await bed.world.snapshot();

    const declined = await startDeregistration(bed, 'gone', client);
    await bed.world.repository.deleteBranch(await proposal(bed));
    const failure = await bed.failure(declined);
    expect(failure.message).toContain('was deleted');
    expect(failure.kept).toEqual([]);
    await expectSameState(bed, registered);

    const handle: WorkflowHandle = await startDeregistration(bed, 'gone', { registration: client, purge: true });
    await merge(bed, way);
    const result = (await bed.result(handle)) as unknown as DeregisterResult;
    expect(result.outcome).toBe('deregistered');
    expect(result.checks.map((check) => check.ok)).not.toContain(false);
    await expectSameState(bed, without);
  });
});

/** The branch that waits for people. */
async function proposal({ world }: TestBed): Promise<string> {
  const proposed = async () =>
    (await world.repository.branches()).find((name) => name.startsWith('oidc-registrar-change/'));
  return (await eventually(proposed, (branch) => branch !== undefined)) ?? '';
}

/** A person merges the proposal, with a message of their own. */
async function merge(bed: TestBed, way: 'squash' | 'rebase'): Promise<void> {
  const branch = await proposal(bed);
  await bed.world.repository.merge(branch, way, { message: 'As reviewed' });
  await bed.world.repository.deleteBranch(branch);
}
