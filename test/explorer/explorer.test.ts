import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { beforeAll, expect, inject, it } from 'vitest';
import { fakeActivities } from '../workflows/fakes.ts';
import { type Creator, play } from './play.ts';
import { type Schedule, schedules } from './schedule.ts';
import { bundleSpoiled, SPOILS, spoiled } from './spoils.ts';
import { MemoryTemporal } from './temporal.ts';

/** Schedules that have broken a promise once, of the project or of a copy that was spoiled on purpose. */
const KEPT = fileURLToPath(new URL('kept/', import.meta.url));
/** `npm run explore` sets these; a spoiled copy of the workflows must fail. */
const seconds = Number(process.env['EXPLORE_SECONDS'] ?? 0);
const seed = Number(process.env['EXPLORE_SEED'] ?? 1);
const spoil = process.env['EXPLORE_SPOILED'];
/** About six seconds of one core. */
const FIXED = 40;

let creator: Creator;
beforeAll(async () => {
  const bundle = spoil === undefined ? inject('workflowBundle') : await bundleSpoiled(spoil);
  creator = await MemoryTemporal.creator(bundle, Object.keys(fakeActivities('last').activities));
});

it.each(await readdir(KEPT))('what broke a promise once keeps it: %s', async (file) => {
  const schedule = JSON.parse(await readFile(path.join(KEPT, file), 'utf8')) as Schedule;
  expect((await play(creator, schedule)).broken).toEqual([]);
});

it('a schedule goes the same way each time', async () => {
  for (const schedule of fc.sample(schedules, { seed, numRuns: 3 })) {
    const { trace } = await play(creator, schedule);
    expect(trace.length).toBeGreaterThan(10);
    expect((await play(creator, schedule)).trace).toEqual(trace);
  }
});

it.each(Object.entries(SPOILS))('the workflows have the place that a copy is spoiled at: %s', async (_, each) => {
  await expect(spoiled(each)).resolves.toContain(each.to);
});

it(
  'no schedule breaks a promise',
  async () => {
    const counts = { schedules: 0, struck: 0, runs: 0 };
    const ends: Record<string, number> = {};
    let foundAfter: number | undefined;
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const played = await play(creator, schedule);
      counts.schedules += 1;
      counts.struck += played.struck;
      counts.runs += played.ends.length;
      for (const end of played.ends) ends[end] = (ends[end] ?? 0) + 1;
      if (played.broken.length > 0) {
        foundAfter ??= counts.schedules;
        throw new Error(played.broken.join('\n'));
      }
    });
    const limit = seconds > 0 ? { interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false } : {};

    const found = await fc.check(property, { seed, numRuns: seconds > 0 ? 10_000_000 : FIXED, ...limit });

    if (seconds > 0) process.stderr.write(`${JSON.stringify({ seed, spoil, foundAfter, ...counts, ends })}\n`);
    const [shortest] = found.counterexample ?? [];
    if (shortest === undefined) return;
    const text = `${JSON.stringify(shortest, null, 2)}\n`;
    if (seconds > 0) {
      await mkdir(KEPT, { recursive: true });
      await writeFile(path.join(KEPT, `${spoil ?? `seed-${seed}`}.json`), text);
    }
    throw new Error(`${String(found.errorInstance)}\nseed ${seed}, the shortest schedule that does it:\n${text}`);
  },
  (seconds + 300) * 1000,
);
