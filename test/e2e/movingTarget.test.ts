import { expect, it } from 'vitest';
import { clientNamed } from '../fixtures/clients.ts';
import { expectOneChange } from './expectOneChange.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('re-edits on a head that an unrelated commit has moved, and lands once', async () => {
  const client = clientNamed('mover');
  const done = watching(bed.world);
  await holdStep(bed.world, 'renderAnsibleFiles', { land: 'last', ms: 0 });
  const handle = await bed.start('mover', client);
  await bed.untilRunning(handle, 'renderAnsibleFiles');

  const theirs = await bed.world.repository.commitAs('ada', { 'notes.md': 'Unrelated.\n' }, 'Unrelated notes');
  done();

  expect((await bed.result(handle)).outcome).toBe('registered');
  expect(await bed.world.repository.read('notes.md')).toBe('Unrelated.\n');
  await expectOneChange(bed, client, theirs);
});

it('deploys and verifies again where somebody changed the same ConfigMap meanwhile, and keeps both', async () => {
  const client = clientNamed('sharer');
  const { file } = bed.world.installation.authentik.blueprints;
  const done = watching(bed.world);
  await holdStep(bed.world, 'renderAnsibleFiles', { land: 'last', ms: 0 });
  const handle = await bed.start('sharer', client);
  await bed.untilRunning(handle, 'renderAnsibleFiles');

  const text = await bed.world.repository.read(file);
  const theirs = await bed.world.repository.commitAs(
    'ada',
    { [file]: text.replace('  groups.yaml: |', THEIRS) },
    'A group of ours',
  );
  done();

  expect((await bed.result(handle)).outcome).toBe('registered');
  const merged = await bed.world.repository.read(file);
  expect(merged).toContain('  cooks.yaml: |');
  expect(merged).toContain('  sharer.yaml: |');
  await bed.world.settled();
  const live = await bed.world.cluster.get({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'identity',
    name: 'authentik-blueprints',
  });
  expect(Object.keys(live?.['data'] ?? {})).toEqual(expect.arrayContaining(['cooks.yaml', 'sharer.yaml']));
  await expectOneChange(bed, client, theirs);
});

const THEIRS = `  cooks.yaml: |
    version: 1
    metadata:
      name: Cooks
    entries:
      - model: authentik_core.group
        identifiers:
          name: cooks
        attrs:
          name: cooks

  groups.yaml: |`;

it("fails and says which revision was synced where a person's full sync takes the entries away", async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const head = await bed.world.repository.head();
  const done = watching(bed.world);
  await holdStep(bed.world, 'renderAnsibleFiles', { land: 'last', ms: 0 });
  const handle = await bed.start('unlucky', clientNamed('unlucky'));
  await bed.until(
    handle,
    (view) => view.steps.some((each) => each.name === 'renderAnsibleFiles' && each.state === 'running'),
    'rendering',
  );

  await bed.world.fullSync();
  done();

  const failure = await bed.failure(handle);
  expect(failure.message).toContain(`revision ${head} was synced`);
  expect(failure.kept).toEqual([]);
  await bed.expectAsBefore(before);
});

it("takes everything back but others' changes where the run fails after it had to deploy again", async () => {
  const { file } = bed.world.installation.authentik.blueprints;
  const done = watching(bed.world);
  await holdStep(bed.world, 'renderAnsibleFiles', { land: 'last', ms: 0 });
  const handle = await bed.start('twice', clientNamed('twice'));
  await bed.untilRunning(handle, 'renderAnsibleFiles');
  const text = await bed.world.repository.read(file);
  await bed.world.repository.commitAs(
    'ada',
    { [file]: text.replace('  groups.yaml: |', THEIRS.replaceAll('cooks', 'bakers').replace('Cooks', 'Bakers')) },
    'Bakers',
  );
  // Strikes in the second syncBlueprint: the first verification has been by then.
  bed.world.faults.add({
    system: 'authentik',
    path: '/blueprints/available/',
    arm: { path: '/.well-known/' },
    times: 1,
    effect: { kind: 'error', status: 400, body: { detail: 'no' } },
  });
  done();

  const failure = await bed.failure(handle);

  expect(failure.kept).toEqual([]);
  expect(await bed.world.repository.read(file)).not.toContain('twice.yaml');
  await bed.world.fullSync();
  await bed.world.settled();
  const { rows } = bed.world.authentik.database;
  expect(rows.applications.map((row) => row.slug)).not.toContain('twice');
  expect(rows.groups.map((row) => row.name)).toContain('bakers');
});
