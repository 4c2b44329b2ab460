import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fakeActivities } from '../workflows/fakes.ts';
import { play } from './play.ts';
import type { Schedule } from './schedule.ts';
import { bundleSpoiled, SPOILS } from './spoils.ts';
import { MemoryTemporal } from './temporal.ts';

const kept = await readdir(new URL('kept/', import.meta.url));

it.each(Object.keys(SPOILS).filter((name) => kept.includes(`${name}.json`)))(
  'the kept schedule finds what it was kept for: %s',
  async (name) => {
    const file = new URL(`kept/${name}.json`, import.meta.url);
    const activities = Object.keys(fakeActivities('last').activities);
    const creator = await MemoryTemporal.creator(await bundleSpoiled(name), activities);
    const { broken } = await play(creator, JSON.parse(await readFile(file, 'utf8')) as Schedule);
    expect(broken.length).toBeGreaterThan(0);
  },
);
