import { expect, it } from 'vitest';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed({ worker: 'none' }, (started) => {
  bed = started;
});

const HOUR_MS = 3_600_000;

/** Sets the clock of a worker before any of its own code runs. */
function clockOff(byMs: number): Readonly<Record<string, string>> {
  const code = `const now = Date.now; Date = class extends Date { constructor(...a) { if (a.length) super(...a); else super(Date.now()); } }; Date.now = () => now() + (${byMs});`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
}

it.each([
  ['an hour ahead', 'ahead', HOUR_MS],
  ['an hour behind', 'behind', -HOUR_MS],
])('registers and rotates with a worker whose clock is %s', async (_, name, byMs) => {
  const registration = rotatable(name);
  await bed.startWorkerProcess(clockOff(byMs));
  const started = Date.now();

  expect((await bed.register(name, registration)).outcome).toBe('registered');
  await bed.world.consumer.byHand(name);
  const { outcome, window } = await bed.rotate(name, registration);

  expect(outcome).toBe('rotated');
  expect(window?.ms).toBeGreaterThan(0);
  expect(window?.ms).toBeLessThan(Date.now() - started);
  await bed.stopWorker();
});
