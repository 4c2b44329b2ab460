import { expect, it, vi } from 'vitest';
import { judgesOf } from '../../../activities/deregister/judges.ts';
import type { RemovalGround, RemovalWorld } from '../../../activities/deregister/readRemoval.ts';

const asked = vi.hoisted((): boolean[] => []);
vi.mock('../../../activities/deploy/deployerOf.ts', () => {
  const check = async (_deps: unknown, removes = false): Promise<void> => void asked.push(removes);
  return { deployerOf: () => ({ checks: [check], checksOfNow: [check] }) };
});

it('what the deployer is asked before anything is taken out is asked as of a run that removes', async () => {
  const judges = judgesOf({ deps: {}, job: { continued: true } } as unknown as RemovalWorld);
  // The others look at a world that is not there.
  await Promise.allSettled(judges.map(async (judge) => judge({} as RemovalGround)));
  expect(asked).toEqual([true, true]);
});
