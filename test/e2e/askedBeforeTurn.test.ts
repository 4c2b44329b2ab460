import { expect, it } from 'vitest';
import { clientNamed } from '../fixtures/clients.ts';
import { heldFor, holdStep, watching } from './holds.ts';
import { activitiesOf, useTestBed, type TestBed } from './testBed.ts';

// What preflight asks before a run waits for its turn.

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('everything that is wrong is told at once while another client has the turn', async () => {
  const { spec, ...head } = clientNamed('wrong');
  const text = JSON.stringify({ ...head, spec: { ...spec, redirectUris: [{ url: '(', matchingMode: 'regex' }] } });
  await bed.world.repository.commitAs('ada', { 'oidc-clients/wrong.yaml': text }, 'wrong signs in');
  const done = watching(bed.world);
  await holdStep(bed.world, 'syncBlueprint', { land: 'last', ms: 0 });
  const holder = await bed.start('before-wrong', clientNamed('before-wrong'));
  await bed.untilRunning(holder, 'syncBlueprint');
  bed.world.permissions.delete('delete_group');

  const handle = await bed.start('wrong');
  const failure = await bed.failure(handle);

  done();
  bed.world.permissions.add('delete_group');
  expect(failure.message).toContain('2 problems, nothing was changed.');
  expect(failure.message).toContain('spec.redirectUris.0');
  expect(failure.message).toContain('the token lacks authentik_core.delete_group');
  expect(failure.message).toContain('Everything is as it was.');
  expect((await activitiesOf(handle)).filter((name) => name.endsWith('Turn'))).toEqual(['preflightBeforeTurn']);
  expect((await bed.result(holder)).outcome).toBe('registered');
});

it('a group that another client is about to make is no problem before the turn', async () => {
  const done = watching(bed.world);
  await holdStep(bed.world, 'syncBlueprint', { land: 'last', ms: 0 });
  const holder = await bed.start('maker', clientNamed('maker'));
  await bed.untilRunning(holder, 'syncBlueprint');
  expect(bed.world.authentik.database.rows.groups.map(({ name }) => name)).not.toContain('maker-bots');
  const { spec, ...head } = clientNamed('user');

  const handle = await bed.start('user', { ...head, spec: { ...spec, access: { groups: ['maker-bots'] } } });
  await bed.until(
    handle,
    ({ steps }) => steps.some(({ name, state }) => name === 'acquireTurn' && state === 'running'),
    'the wait for the turn',
  );
  done();

  expect((await bed.result(handle)).outcome).toBe('registered');
  expect((await bed.result(holder)).outcome).toBe('registered');
});

it('a cancel while it is asked ends the run, with nothing to take back', async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const done = watching(bed.world);
  bed.world.faults.add({
    system: 'authentik',
    path: '/admin/version/',
    times: 1,
    effect: heldFor(bed.world, 1_500),
  });
  const handle = await bed.start('hasty', clientNamed('hasty'));
  await bed.untilRunning(handle, 'preflight');

  await handle.cancel();
  done();

  expect((await bed.failure(handle)).cancelled).toBe(true);
  expect(await activitiesOf(handle)).toEqual(['preflightBeforeTurn']);
  await bed.expectAsBefore(before);
});
