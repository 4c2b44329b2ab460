import { expect, it } from 'vitest';
import { historyTexts } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});

it('lists every step in its history and changes nothing when it runs again', async () => {
  const first = await bed.register('zot');
  expect(first.outcome).toBe('registered');
  expect(first.checks.slice(0, 4).map((check) => check.ok)).toEqual([true, true, true, true]);
  const [history] = await historyTexts(bed.client);
  for (const step of ['acquireTurn', 'preflight', 'generateSecret', 'landChange', 'cleanUp'])
    expect(history?.text).toContain(`"name":"${step}"`);

  await bed.world.settled();
  const before = await bed.world.snapshot();
  const base = await bed.world.repository.head();
  const writes = bed.vaultWrites();
  const pods = await podNames(bed);

  const second = await bed.register('zot');

  expect(second.outcome).toBe('unchanged');
  expect(second.created).toEqual([]);
  expect(second.changed).toEqual([]);
  await bed.expectAsBefore(before);
  expect(await bed.landedSince(base)).toEqual([]);
  expect(bed.vaultWrites()).toBe(writes);
  expect(await podNames(bed)).toEqual(pods);
});

async function podNames({ world }: TestBed): Promise<readonly string[]> {
  const { namespace } = world.installation.authentik;
  return (await world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace }))
    .map((pod) => pod.metadata.name)
    .toSorted();
}
