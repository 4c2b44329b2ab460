import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { sleep } from '../../sandbox/kit/loop.ts';
import { programsOf } from '../../sandbox/world/stepFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

/** Longer than all tries of a landing together. */
const SLOW_SECONDS = 5;

let bed: TestBed;
useTestBed(
  {
    layout: 'auto',
    adjust: (installation) => ({
      ...installation,
      timings: { ...installation.timings, requestMs: 2_000, requestRetryMs: 2_500 },
    }),
  },
  (started) => {
    bed = started;
  },
);

it('lands nothing after its time is up: what has been taken back stays taken back', async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const base = await bed.world.repository.head();
  await slowPushes();

  const failure = await bed.fail('forge');

  expect(failure.kept).toEqual([]);
  // An attempt that Temporal gave up would have come to its push by now.
  await sleep(SLOW_SECONDS * 2_000);
  expect(await bed.landedSince(base)).toEqual([]);
  await bed.expectAsBefore(before);
});

/** Every push that makes or moves a run's branch takes long before it begins, as on a network that stalls. */
async function slowPushes(): Promise<void> {
  const { stdout: real } = await execa('sh', ['-c', 'command -v git']);
  const script = `#!/bin/sh
case "$*" in push*[0-9a-f]:refs/heads/oidc-registrar/*) sleep ${SLOW_SECONDS} ;; esac
exec '${real.trim()}' "$@"
`;
  await mkdir(programsOf(bed.world), { recursive: true });
  const file = path.join(programsOf(bed.world), 'git');
  await writeFile(file, script);
  await chmod(file, 0o755);
}
