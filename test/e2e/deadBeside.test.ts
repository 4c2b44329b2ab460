import { expect, it } from 'vitest';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep, watching } from './holds.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it("another client's dead run holds up nobody once nothing that it made is live, and is finished all the same", async () => {
  const [dead, next, turns] = [clientNamed('dead'), clientNamed('next'), rotatable('turns')];
  await bed.register('turns', turns);
  await bed.world.consumer.byHand('turns');
  const done = watching(bed.world);
  await holdStep(bed.world, 'verifyRegistration', { land: 'last' });
  const handle = await bed.start('dead', dead);
  await bed.untilRunning(handle, 'verifyRegistration');
  await handle.terminate('a machine that is gone');
  done();

  const refused = await bed.fail('next', next);
  expect(refused.type).toBe('Refused');
  expect(refused.message).toMatch(/run of client dead that ended half-way, and \w+ \S+ is as that run made it/);

  // A rotation deploys no object, and takes nothing of the dead run away.
  expect((await bed.rotate('turns', turns)).outcome).toBe('rotated');
  expect((await bed.fail('next', next)).message).toContain('run of client dead that ended half-way');

  // Somebody deploys what the target branch says, and nothing else.
  await bed.world.fullSync();
  await bed.world.settled();
  expect((await bed.register('next', next)).outcome).toBe('registered');
  const continued = await bed.register('dead', dead);
  expect(continued.outcome).toBe('registered');
  expect(continued.warnings.join()).toContain('continues change');
  await bed.world.settled();
  for (const client of [dead, next])
    expect((await bed.register(client.metadata.name, client)).outcome).toBe('unchanged');
});
