import { expect, it } from 'vitest';
import { findSecrets, historyTexts } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';

// Every test bed searches its histories, logs and Git objects when it stops. These tests show that the search finds.

const planted = 'Gq7RmT2vXw9LpZ4sKd8NbC3yHf6JaE1u';
const at = (text: string) => [{ name: 'here', text }];

it('finds a secret in clear, as hex, and in base64 wherever it begins', () => {
  expect(findSecrets([planted], at(`before ${planted} after`))).toEqual(expect.arrayContaining(['here: in clear']));
  expect(findSecrets([planted], at(Buffer.from(planted).toString('hex')))).toEqual(['here: hex']);
  for (const prefix of ['', 'x', 'xy', 'xyz', '{"key":"']) {
    const encoded = Buffer.from(`${prefix}${planted}"}`).toString('base64');
    expect(findSecrets([planted], at(encoded)).join()).toContain('base64');
  }
  expect(findSecrets(['a secret/with+signs'], at('a%20secret%2Fwith%2Bsigns'))).toEqual(['here: URL-encoded']);
});

it('finds nothing where there is nothing', () => {
  expect(findSecrets([planted], at('an ordinary line'))).toEqual([]);
});

let bed: TestBed;
useTestBed({ worker: 'none' }, (started) => {
  bed = started;
});

it('finds a secret that somebody planted into a history, where payloads are bytes', async () => {
  const handle = await bed.start('zot', { client: planted }, 'planted');
  await handle.terminate();

  expect(findSecrets([planted], await historyTexts(bed.client))).toEqual(
    expect.arrayContaining(['history of planted: in clear']),
  );
});

it('finds a secret that somebody committed, in the Git objects', async () => {
  await bed.world.repository.commitAs('careless', { 'notes.txt': `secret: ${planted}\n` }, 'Oops');

  const text = await bed.world.repository.allObjects();
  expect(findSecrets([planted], [{ name: 'Git objects', text }])).toEqual(
    expect.arrayContaining(['Git objects: in clear']),
  );
});
