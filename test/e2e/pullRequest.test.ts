import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { branchName, proposalBranch, revertBranch } from '../../core/names/labels.ts';
import type { Job, Plan } from '../../core/run/job.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import type { WorldOptions } from '../../sandbox/world/world.ts';
import { createRunDirectory } from '../../worker/runDirectory.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { itWhere, LONG } from './long.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

/** Looks for a merge when it is told to, so that a test decides what a run has seen. */
const byPullRequest =
  (timings: Partial<Record<'mergeMs' | 'mergePollMs', number>> = {}): NonNullable<WorldOptions['adjust']> =>
  (installation) => ({
    ...installation,
    gitops: { ...installation.gitops, landBy: 'pullRequest' },
    timings: { ...installation.timings, mergeMs: 3_600_000, mergePollMs: 600_000, ...timings },
  });

const LAYOUTS: readonly (readonly ['last' | 'first', LayoutName])[] = [
  ['last', 'manual'],
  ['first', 'auto'],
];

/** A run that waits for its merge, with the branch that is to be merged. */
interface Waiting {
  readonly handle: WorkflowHandle;
  readonly client: string;
  readonly changeId: string;
  readonly branch: string;
}

async function waitingRun(bed: TestBed, client: string, layout: LayoutName): Promise<Waiting> {
  const handle = await bed.start(client, clientNamed(client, layout));
  return waiting(bed, client, handle);
}

async function waiting(bed: TestBed, client: string, handle: WorkflowHandle): Promise<Waiting> {
  await bed.until(
    handle,
    (view) => view.steps.some((step) => step.note?.startsWith('waits for the merge') === true),
    'a proposal',
  );
  await firstLook(handle);
  const { changeId } = await jobOf(bed, handle);
  return { handle, client, changeId, branch: proposalBranch(branchName(client, changeId)) };
}

/** The first look follows the proposal at once; what a test does to the world comes after it. */
async function firstLook(handle: WorkflowHandle): Promise<void> {
  const tries = async (): Promise<number> => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'awaitMerge')?.attempt ?? 0;
  };
  await eventually(tries, (attempt) => attempt > 1);
}

/** What preflight has made of the newest proposal of a client. */
async function jobOf(bed: TestBed, { workflowId }: WorkflowHandle): Promise<Job> {
  const client = workflowId.replace('oidc-client/', '');
  const branches = await bed.world.repository.branches();
  const id = branches.find((name) => name.startsWith(`oidc-registrar-change/${client}-`))?.slice(-36) ?? '';
  const plan: Plan | undefined = await createRunDirectory(bed.client, IDS).findPlan(client, id);
  if (plan === undefined) throw new Error(`no plan of ${workflowId}`);
  return plan.job;
}

const look = (run: Waiting): Promise<void> => run.handle.signal('recheck');

const ours = (names: readonly string[]): readonly string[] => names.filter((name) => name.startsWith('oidc-registrar'));

describe.each(LAYOUTS)('landing by pull request, land: %s', (land, layout) => {
  let bed: TestBed;
  useTestBed({ layout, adjust: byPullRequest() }, (started) => {
    bed = started;
  });

  // The look at the target is one for both; by `merge` the next test finds its client.
  const ways = land === 'last' || LONG ? (['merge', 'squash', 'rebase'] as const) : (['merge'] as const);
  it.each(ways)('ends well when people merge it by %s', async (way) => {
    const run = await waitingRun(bed, `by-${way}`, layout);
    // The forge's own message need not keep ours.
    await bed.world.repository.merge(run.branch, way, way === 'squash' ? { message: 'Squashed (#7)' } : {});
    await look(run);

    const result = await bed.result(run.handle);

    expect(result.outcome).toBe('registered');
    expect(result.checks.every((check) => check.ok)).toBe(true);
    expect(result.commit).toBeDefined();
    expect(result.warnings.join('\n')).not.toContain('the run goes on');
    expect(ours(await bed.world.repository.branches())).toEqual([]);
    expect((await bed.register(run.client, clientNamed(run.client, layout))).outcome).toBe('unchanged');
  });

  it('changes a registered client when people merge the change, and puts it back when they do not', async () => {
    const client = clientNamed('by-merge', layout);
    const wanted = { ...client, spec: { ...client.spec, redirectUris: ['https://changed.example/callback'] } };
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const closed = await waiting(bed, 'by-merge', await bed.start('by-merge', wanted));
    await bed.world.repository.deleteBranch(closed.branch);
    await look(closed);
    expect((await bed.failure(closed.handle)).kept).toEqual([]);
    await bed.expectAsBefore(before);

    const run = await waiting(bed, 'by-merge', await bed.start('by-merge', wanted));
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#9)' });
    await look(run);

    const result = await bed.result(run.handle);
    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect((await bed.register('by-merge', wanted)).outcome).toBe('unchanged');
  });

  // What follows from the look at the target alone is tried in one order, where the runs are quicker; all in both if TEST_LONG.
  const inOne = itWhere(land === 'first' || LONG);

  inOne('ends well when it is merged with changes of others before, in and after it', async () => {
    const { repository } = bed.world;
    const run = await waitingRun(bed, 'crowded', layout);
    await repository.commitAs('ada', { 'before.md': 'before\n' }, 'Before');
    await repository.commitAs('bob', { 'in-review.md': 'in it\n' }, 'In review', run.branch);
    await repository.merge(run.branch, 'squash', { message: 'Reviewed (#8)' });
    await repository.commitAs('eve', { 'after.md': 'after\n' }, 'After');
    await look(run);

    expect((await bed.result(run.handle)).outcome).toBe('registered');
    expect(await repository.read('in-review.md')).toBe('in it\n');
    // Bob's commit is his: a branch that holds it is not ours to delete.
    expect(ours(await repository.branches())).toEqual([run.branch]);
    await repository.deleteBranch(run.branch);
  });

  it('takes everything back when the branch is deleted without a merge', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const run = await waitingRun(bed, 'unwanted', layout);
    await bed.world.repository.deleteBranch(run.branch);
    await look(run);

    const failure = await bed.failure(run.handle);

    expect(failure.message).toContain(`branch ${run.branch} was deleted, and its change is not on the target`);
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('takes everything back when it is cancelled while it waits', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const run = await waitingRun(bed, 'cancelled', layout);
    await run.handle.cancel();

    expect(await bed.failure(run.handle)).toMatchObject({ cancelled: true });
    await bed.expectAsBefore(before);
  });

  it('goes forward when it was merged before a cancel could withdraw it', async () => {
    const run = await waitingRun(bed, 'late-cancel', layout);
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#9)' });
    await run.handle.cancel();

    const result = await bed.result(run.handle);

    expect(result.outcome).toBe('registered');
    expect(result.warnings.join('\n')).toContain('The cancel came too late');
    expect(ours(await bed.world.repository.branches())).toEqual([]);
  });

  it('proposes anew where the target moves under the files that it edits', async () => {
    const { repository } = bed.world;
    const { file } = bed.world.installation.authentik.blueprints;
    const run = await waitingRun(bed, 'outrun', layout);
    const proposed = await repository.head(run.branch);
    await repository.commitAs('ada', { [file]: `# a note of Ada's\n${await repository.read(file)}` }, 'A note');
    await look(run);
    await bed.until(
      run.handle,
      (view) => view.steps.some((step) => step.name === 'landChange' && step.state === 'running'),
      'the landing',
    );
    await eventually(
      async () => repository.head(run.branch),
      (head) => head !== proposed,
    );
    await repository.merge(run.branch, 'rebase');
    await look(run);

    expect((await bed.result(run.handle)).outcome).toBe('registered');
    const text = await repository.read(file);
    expect(text).toContain("# a note of Ada's");
    expect(text).toMatch(/^  "?outrun\.yaml"?: \|$/m);
  });

  it('refuses what was merged with another text, and lists what it cannot take back', async () => {
    const { repository } = bed.world;
    const { file } = bed.world.installation.authentik.blueprints;
    const run = await waitingRun(bed, 'reworded', layout);
    const text = await repository.read(file, run.branch);
    await repository.commitAs(
      'bob',
      { [file]: text.replaceAll('Client reworded', 'Client otherwise') },
      'No',
      run.branch,
    );
    await repository.merge(run.branch, 'merge');
    await look(run);

    const failure = await bed.failure(run.handle);

    expect(failure.message).toContain('does not hold its entries as they were proposed');
    expect(failure.kept.length).toBeGreaterThan(0);
    await repository.commitAs('bob', { [file]: text }, 'As it was');
    await repository.deleteBranch(run.branch).catch(() => undefined);
    await repository.deleteBranch(`oidc-registrar/${run.client}-${run.changeId}`).catch(() => undefined);
    if (land === 'last') await bed.world.fullSync();
    await bed.world.settled();
  });

  inOne('goes forward when it was merged with the target merged into it, and its branch kept', async () => {
    const { repository } = bed.world;
    const run = await waitingRun(bed, 'updated', layout);
    await repository.commitAs('ada', { 'elsewhere.md': 'elsewhere\n' }, 'Elsewhere');
    await repository.merge(repository.branch, 'merge', { into: run.branch, message: 'Update branch' });
    await repository.merge(run.branch, 'squash', { message: 'Squashed (#13)' });
    await run.handle.cancel();

    expect((await bed.result(run.handle)).outcome).toBe('registered');
    expect(ours(await repository.branches())).toEqual([]);
  });

  inOne('loses no commit of a reviewer when its run is started again', async () => {
    const { repository } = bed.world;
    const run = await waitingRun(bed, 'reviewed', layout);
    await repository.commitAs('bob', { 'reviewed.md': 'by Bob\n' }, 'A review', run.branch);
    await run.handle.terminate('a machine that is gone');
    const again = await waiting(bed, 'reviewed', await bed.start('reviewed', clientNamed('reviewed', layout)));
    expect(again.branch).toBe(run.branch);
    await repository.merge(run.branch, 'merge');
    await look(again);

    expect((await bed.result(again.handle)).outcome).toBe('registered');
    expect(await repository.read('reviewed.md')).toBe('by Bob\n');
    expect(ours(await repository.branches())).toEqual([]);
  });

  inOne('hinders no other client, and no rotation, where a squashed branch could not be deleted', async () => {
    const run = await waitingRun(bed, 'untidy', layout);
    await bed.world.repository.setFaults({ keepBranches: 'oidc-registrar/' });
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#14)' });
    await look(run);
    expect((await bed.result(run.handle)).outcome).toBe('registered');
    await bed.world.repository.setFaults({});

    const other = await waitingRun(bed, 'next-one', layout);
    await bed.world.repository.merge(other.branch, 'rebase');
    await look(other);

    expect((await bed.result(other.handle)).outcome).toBe('registered');
    const rotation = await bed.startRotation('untidy', clientNamed('untidy', layout));
    await bed.until(
      rotation,
      ({ steps }) => steps.some(({ note }) => note?.includes('person') === true),
      'the question',
    );
    await rotation.cancel();
    expect((await bed.failure(rotation)).cancelled).toBe(true);
    expect((await bed.register('untidy', clientNamed('untidy', layout))).outcome).toBe('unchanged');
    expect(ours(await bed.world.repository.branches())).toEqual([]);
  });

  it('goes on after a terminated run that waited, and finds its merge', async () => {
    const run = await waitingRun(bed, 'terminated', layout);
    await run.handle.terminate('a machine that is gone');
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#10)' });

    const result = await bed.register(run.client, clientNamed(run.client, layout));

    expect(['registered', 'unchanged']).toContain(result.outcome);
    expect(ours(await bed.world.repository.branches())).toEqual([]);
  });

  itWhere(land === 'first')('proposes the way back of what was merged, and ends instead of hanging', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const run = await waitingRun(bed, 'regretted', layout);
    await failStep(bed.world, 'pollBlueprintStatus', { land, slug: run.client, mayApply: true });
    await bed.world.repository.merge(run.branch, 'merge');
    await look(run);

    const failure = await bed.failure(run.handle);

    const back = revertBranch(branchName(run.client, run.changeId));
    expect(failure.type).toBe('UndoPending');
    expect(failure.message).toContain(back);
    await bed.heal();
    await bed.world.repository.merge(back, 'squash', { message: 'Back (#11)' });
    const takenBack = await bed.result(await bed.start(run.client, { client: run.client, takeBack: true }));
    expect(takenBack.outcome).toBe('takenBack');
    await bed.expectAsBefore(before);
  });

  itWhere(land === 'first')('keeps what was merged where the next run is to finish it', async () => {
    const run = await waitingRun(bed, 'second-try', layout);
    await failStep(bed.world, 'pollBlueprintStatus', { land, slug: run.client, mayApply: true });
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#12)' });
    await look(run);
    expect((await bed.failure(run.handle)).type).toBe('UndoPending');
    await bed.heal();

    const result = await bed.register(run.client, clientNamed(run.client, layout));

    expect(result.outcome).toBe('registered');
    expect(ours(await bed.world.repository.branches())).toEqual([]);
  });
});

describe.each(LAYOUTS)('the deadline of a pull request, land: %s', (_land, layout) => {
  let bed: TestBed;
  useTestBed({ layout, adjust: byPullRequest({ mergeMs: 3_000, mergePollMs: 200 }) }, (started) => {
    bed = started;
  });

  it('takes everything back', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();

    const failure = await bed.fail('slow-review', clientNamed('slow-review', layout));

    expect(failure.message).toMatch(/branch oidc-registrar-change\/slow-review-\S+ was not merged within 0 h/);
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });
});

describe('a pull request that is merged in part, or after a full sync, land: last', () => {
  let bed: TestBed;
  useTestBed({ layout: 'manual', adjust: byPullRequest() }, (started) => {
    bed = started;
  });

  it('warns where a full sync had taken it out of the cluster before the merge', async () => {
    const run = await waitingRun(bed, 'synced-away', 'manual');
    await bed.world.fullSync();
    await bed.world.repository.merge(run.branch, 'squash', { message: 'Squashed (#15)' });
    await look(run);

    const { warnings } = await bed.result(run.handle);

    expect(warnings.filter((warning) => warning.startsWith('merged, but a sync had taken'))).toHaveLength(3);
    await bed.world.fullSync();
    await bed.world.settled();
  });

  it('ends with the list of what was merged', async () => {
    const { repository } = bed.world;
    const { externalSecret } = bed.world.installation.authentik;
    const run = await waitingRun(bed, 'in-part', 'manual');
    const before = { [externalSecret.file]: await repository.read(externalSecret.file) };
    await repository.commitAs('bob', before, 'Less', run.branch);
    await repository.merge(run.branch, 'squash', { message: 'In part (#16)' });
    await repository.deleteBranch(run.branch);
    await look(run);

    const failure = await bed.failure(run.handle);

    const kept = failure.kept.map(({ what }) => what).join('\n');
    expect(kept).toContain('what was merged of the change in');
    expect(kept).not.toContain(externalSecret.file);
  });
});
