import { expect, it } from 'vitest';
import { stepsInOrder } from '../../core/run/steps.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { findSecrets, historyTexts } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Every system repeats in each of its errors the whole request, with its token and its body, in clear and in three encodings.

const PHRASE = 'my old cat sat on a red mat';
const UUID = '7d90c1e2-0a4b-4c77-8f5e-31b2a6d9e840';

let bed: TestBed;
useTestBed(
  {
    worker: 'process',
    notify: 'json',
    vaultItem: {
      fields: [
        { id: 'phrase', label: 'bank', type: 'CONCEALED', value: PHRASE },
        { id: 'uuid', label: 'tunnel', type: 'CONCEALED', value: UUID },
      ],
    },
  },
  (started) => {
    bed = started;
  },
);

it.each(stepsInOrder('last'))('a run that fails in %s shows none of it', async (step) => {
  await failStep(bed.world, step, { land: 'last', slug: 'zot', mayApply: true });
  bed.world.faults.echo = true;

  const handle = await bed.start('zot');
  await handle.result().catch(() => undefined);

  const secrets = await bed.secrets();
  expect(secrets).toEqual(expect.arrayContaining([PHRASE, UUID]));
  expect(findSecrets(secrets, await historyTexts(bed.client))).toEqual([]);
});

it('though the errors did hold it, with a mask in its place', async () => {
  const texts = (await historyTexts(bed.client)).map(({ text }) => text).join('\n');
  for (const words of ['PUT /v1/vaults/', 'POST /api/v3/', 'POST /apis/coordination'])
    expect.soft(texts).toMatch(new RegExp(`${words}\\S* authorization: Bearer \\[masked\\]`));
});

it('and another secret would have been found', async () => {
  const planted = 'Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u';
  await (await bed.start('zot', { client: planted }, 'planted')).terminate();
  expect(findSecrets([planted], await historyTexts(bed.client))).toEqual(
    expect.arrayContaining(['history of planted: in clear']),
  );
});
