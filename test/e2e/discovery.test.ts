import { expect, it } from 'vitest';
import { sleep } from '../../sandbox/kit/loop.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ layout: 'auto', mayApply: false }, (started) => {
  bed = started;
});

it('takes hash and objects for proof where an old pod has left the status "error" for good', async () => {
  const { rows } = bed.world.authentik.database;
  bed.world.faults.add({
    system: 'authentik',
    method: 'GET',
    path: '/managed/blueprints/',
    effect: { kind: 'delay', ms: 500 },
  });
  const handle = await bed.start('zot');
  const ours = () => rows.instances.find((row) => row.path.endsWith('/zot.yaml') && row.status === 'successful');
  let row = ours();
  for (let tries = 0; row === undefined && tries < 3_000; tries += 1) {
    await sleep(5);
    row = ours();
  }
  Object.assign(row ?? {}, { status: 'error' });

  const result = await bed.result(handle);

  expect(result.outcome).toBe('registered');
  expect(result.checks.every(({ ok }) => ok)).toBe(true);
  expect(result.warnings.join('\n')).toContain('says "error" of a later apply');
});
