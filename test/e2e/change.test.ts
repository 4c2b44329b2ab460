import { expect, it } from 'vitest';
import { CHANGES, CHANGE_STEPS, changed, failChange, registered } from './changes.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

const client = registered('tool');

/** Each kind of change on top of the one before, at one step each; every kind at every step is in changeAtEachStep. */
it.each(CHANGES.map((change, i) => [change[0], change, i] as const))(
  'a registered client gets %s, or stays as it was',
  async (_what, change, i) => {
    if (i === 0) await bed.register('tool', client);
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const wanted = changed(client, change);
    await failChange(bed.world, CHANGE_STEPS[i % CHANGE_STEPS.length] ?? 'landChange', { land: 'last', slug: 'tool' });

    const failure = await bed.fail('tool', wanted);

    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
    await bed.heal();
    const base = await bed.world.repository.head();

    const result = await bed.register('tool', wanted);

    expect(result.outcome).toBe('registered');
    // The last of them is that provider, bindings and groups read back as an exact set.
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    const touched = await bed.world.repository.numstat(base, await bed.world.repository.head());
    const { file } = bed.world.installation.authentik.blueprints;
    if (change[0].includes('consumer')) expect(touched.map((each) => each.file)).toContain('hosts/attic.yml');
    // The record says where each group and account comes from.
    else expect(touched.map((each) => each.file).filter((each) => !each.endsWith('.oidc-record'))).toEqual([file]);
  },
);

it('is unchanged when the changed registration runs again', async () => {
  const [last] = CHANGES.slice(-1);
  expect(last).toBeDefined();
  if (last !== undefined) expect((await bed.register('tool', changed(client, last))).outcome).toBe('unchanged');
});

it('puts a change back that a run before had begun and died of', async () => {
  const [first] = CHANGES;
  if (first === undefined) throw new Error('no change');
  const wanted = changed(client, first);
  await bed.register('tool', client);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const done = watching(bed.world);
  await holdStep(bed.world, 'pollBlueprintStatus', { land: 'last', ms: 600 });
  const dead = await bed.start('tool', wanted);
  await bed.until(
    dead,
    (view) => view.steps.some(({ name, state }) => name === 'pollBlueprintStatus' && state === 'running'),
    'the apply',
  );
  await dead.terminate('a person was in a hurry');
  done();
  await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'tool' });

  const failure = await bed.fail('tool', wanted);

  expect(failure.kept).toEqual([]);
  await bed.expectAsBefore(before);
});
