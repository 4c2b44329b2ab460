import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { oneLandingAtATime } from '../../../activities/kit/landingQueue.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { sleep } from '../../../sandbox/kit/loop.ts';

/** A worker, as far as the queue looks at it. */
function worker(): Deps {
  return { git: {}, installation: { gitops: { branch: 'trunk' } } } as unknown as Deps;
}

const later = (): number => Date.now() + 600_000;

it('lets the landings of one worker in one after the other, in order, whatever they end with', async () => {
  const deps = worker();
  const journal: string[] = [];
  const land = (name: string, fails = false) =>
    oneLandingAtATime(deps, later(), async () => {
      journal.push(`${name} in`);
      await sleep(20);
      journal.push(`${name} out`);
      if (fails) throw new Error(name);
    });

  const ends = await Promise.allSettled([land('a'), land('b', true), land('c')]);

  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(journal).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
});

it('gives up at half of its time, lets nobody in beside another, and holds up nobody behind it', async () => {
  const deps = worker();
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(300);
    inside -= 1;
  };
  const slow = oneLandingAtATime(deps, later(), work);
  const impatient = oneLandingAtATime(deps, Date.now() + 200, work);
  const patient = oneLandingAtATime(deps, later(), work);

  await expect(impatient).rejects.toMatchObject({ system: 'Git', kind: 'Conflict' });
  await expect(impatient).rejects.toBeInstanceOf(RegistrarError);
  await Promise.all([slow, patient]);
  expect(most).toBe(1);
});

it('keeps two workers apart no longer than Git does', async () => {
  let met = 0;
  const work = async (): Promise<number> => {
    met += 1;
    for (let tries = 0; met < 2 && tries < 100; tries += 1) await sleep(5);
    return met;
  };
  const both = [oneLandingAtATime(worker(), later(), work), oneLandingAtATime(worker(), later(), work)];
  expect(await Promise.all(both)).toEqual([2, 2]);
});
