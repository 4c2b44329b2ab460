import { expect, it } from 'vitest';
import { manyClients } from '../fixtures/clients.ts';
import { problemsOf } from '../../bench/load/problems.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// The bench (`npm run bench:load`) does the same with twenty.

let bed: TestBed;
useTestBed(
  { layout: 'auto', worker: 'none', adjust: (installation) => ({ ...installation, timings: { pollMs: 100 } }) },
  (started) => {
    bed = started;
  },
);

it('registers clients at once and while others roll out, with two workers, each once and no edit lost', async () => {
  await bed.startWorkerProcess();
  await bed.startWorkerProcess();
  const clients = manyClients(6);
  const base = await bed.world.repository.head();

  const early = await start(clients.slice(0, 4));
  // These look at a Deployment that is never quiet.
  for (let landed = 0; landed < 2; await sleep(20)) landed = (await bed.landedSince(base)).length;
  const late = await start(clients.slice(4));
  const runs = await Promise.all(
    [...early, ...late].map(async ({ client, handle }) => ({ client, result: await bed.result(handle) })),
  );

  await bed.world.settled();
  expect(await problemsOf(bed.world, base, runs)).toEqual([]);
  const again = await start(clients);
  const outcomes = await Promise.all(again.map(async ({ handle }) => (await bed.result(handle)).outcome));
  expect(new Set(outcomes)).toEqual(new Set(['unchanged']));
});

async function start(clients: readonly RegistrationInput[]) {
  return Promise.all(
    clients.map(async (client) => ({ client, handle: await bed.start(client.metadata.name, client) })),
  );
}
