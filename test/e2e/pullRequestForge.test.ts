import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { ProgressView } from '../../core/run/progress.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { useTestBed, type TestBed } from './testBed.ts';

const FORGES = [
  ['github', 'manual', 'last'],
  ['gitea', 'auto', 'first'],
] as const satisfies readonly (readonly ['github' | 'gitea', LayoutName, 'last' | 'first'])[];

describe.each(FORGES)('pull requests on %s', (kind, layout, land) => {
  let bed: TestBed;
  const options = {
    layout,
    forge: kind,
    adjust: (installation) => ({
      ...installation,
      timings: { ...installation.timings, mergeMs: 3_600_000, mergePollMs: 600_000 },
    }),
  } satisfies Parameters<typeof useTestBed>[0];
  useTestBed(options, (started) => {
    bed = started;
  });

  /** The pull request of a run that waits for it. */
  async function opened(client: string): Promise<{ handle: WorkflowHandle; number: number; address: string }> {
    const handle = await bed.start(client, clientNamed(client, layout));
    const view = await bed.until(
      handle,
      ({ steps }) => steps.some(({ note }) => note?.startsWith('waits for the merge') === true),
      'a pull request',
    );
    const address =
      view.steps
        .find(({ note }) => note?.startsWith('waits'))
        ?.note?.split(' ')
        .at(-1) ?? '';
    const row = pulls().rows.find(({ head, mergedAt }) => head.includes(`/${client}-`) && mergedAt === undefined);
    return { handle, number: row?.number ?? 0, address };
  }

  const pulls = () => {
    if (bed.world.forge === undefined) throw new Error('the world has no forge');
    return bed.world.forge.pulls;
  };

  it('opens one, tells where, and goes on when it is merged there and its branch deleted', async () => {
    const { handle, number, address } = await opened('merged');
    const row = pulls().find(number);
    expect(address).toMatch(new RegExp(`^http.*/pulls?/${number}$`));
    expect(row?.title).toBe('Register OIDC client merged');
    expect(row?.body).toContain(bed.world.installation.authentik.blueprints.file);

    await pulls().merge(number, 'squash', { message: `A title of its own (#${number})`, deleteBranch: true });
    await handle.signal('recheck');

    expect((await bed.result(handle)).outcome).toBe('registered');
    expect(pulls().rows.filter(({ head }) => head.includes('/merged-'))).toHaveLength(1);
  });

  it('takes everything back when it is closed without a merge', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const { handle, number, address } = await opened('declined');
    pulls().close(number);
    await handle.signal('recheck');

    const failure = await bed.failure(handle);

    expect(failure.message).toContain(`pull request ${address} was closed without a merge`);
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('closes it with a comment when the run is cancelled, and then looks no more like a proposal', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const { handle, number } = await opened('cancelled');
    await handle.cancel();

    expect(await bed.failure(handle)).toMatchObject({ cancelled: true });
    const row = pulls().find(number);
    expect(row?.state).toBe('closed');
    expect(row?.mergedAt).toBeUndefined();
    expect(row?.comments.map(({ body }) => body)).toEqual([expect.stringContaining('takes everything back')]);
    await bed.expectAsBefore(before);
  });

  it('withdraws by the branch alone where the forge does not answer', async () => {
    const { handle } = await opened('silent');
    await bed.world.addFaults({ system: 'forge', effect: { kind: 'error', status: 503 } });
    await handle.cancel();

    expect(await bed.failure(handle)).toMatchObject({ cancelled: true });
    expect(await bed.world.repository.branches()).toEqual([bed.world.repository.branch]);
  });

  it('waits all the same where the forge refuses to open one, and says so', async () => {
    await bed.world.addFaults({ system: 'forge', method: 'POST', effect: { kind: 'error', status: 403 } });
    const { handle } = await opened('refused');
    const { warnings } = await handle.query<ProgressView>('progress');
    expect(warnings.join('\n')).toContain('is to be opened by hand');
    await bed.heal();
    const branch = (await bed.world.repository.branches()).find((name) => name.startsWith('oidc-registrar-change/'));
    await bed.world.repository.merge(branch ?? '', 'squash', { message: 'By hand' });
    await handle.signal('recheck');

    expect((await bed.result(handle)).outcome).toBe('registered');
  });

  it.runIf(land === 'first')('names the pull request that takes a merged change back', async () => {
    const { handle, number } = await opened('regretted');
    await failStep(bed.world, 'pollBlueprintStatus', { land, slug: 'regretted', mayApply: true });
    await pulls().merge(number, 'merge', { deleteBranch: true });
    await handle.signal('recheck');

    const failure = await bed.failure(handle);

    const back = pulls().rows.find(({ title }) => title.startsWith('Take back'));
    expect(failure.type).toBe('UndoPending');
    expect(failure.message).toContain(`/pulls/${back?.number}`);
    expect(back?.state).toBe('open');
    // Started again, the run keeps the change and closes the way back.
    await bed.heal();
    expect((await bed.register('regretted', clientNamed('regretted', layout))).outcome).toBe('registered');
    expect(back).toMatchObject({ state: 'closed' });
  });
});
