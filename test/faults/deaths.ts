import { expect } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { gate } from '../fixtures/gate.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { expectTidy } from './ends.ts';
import { type Death, DEATHS } from './report.ts';
import { once, type Theatre } from './rounds.ts';
import type { Stage } from './stage.ts';
import type { Story } from './stories.ts';
import type { Way } from './target.ts';

const [TERMINATED, KILLED] = DEATHS;

/** At each of these activities in turn; see {@link terminatedAfter}. */
export async function terminatedAtEach(
  { stage, story, leave }: Theatre,
  way: Way,
  activities: readonly string[],
  play: string,
): Promise<Death[]> {
  const deaths: Death[] = [];
  for (const activity of activities) {
    const of = { id: `${play}: ${activity}: ${TERMINATED}`, death: TERMINATED };
    const ended = await terminatedAfter(await stage(), story(), way, activity).then(
      (end) => ({ end }),
      (error: unknown) => ({ end: 'broken' as const, why: String(error) }),
    );
    deaths.push({ ...of, ...ended });
    // What it left would fail others.
    if (ended.end !== 'done') await leave();
  }
  return deaths;
}

/** At each of these in one run; see {@link serverKilledDuring}. */
export async function serverKilledAtEach(
  stage: Stage,
  story: Story,
  way: Way,
  activities: readonly string[],
  play: string,
): Promise<readonly Death[]> {
  const ended = await serverKilledDuring(stage, story, way, activities).then(
    () => ({ end: 'done' as const }),
    (error: unknown) => ({ end: 'broken' as const, why: String(error) }),
  );
  return activities.map((activity) => ({ id: `${play}: ${activity}: ${KILLED}`, death: KILLED, ...ended }));
}

/**
 * The run is terminated when an activity has done its work, which nobody hears of. The same run, begun again, goes on to its end and
 * leaves nothing; throws where it does not.
 */
async function terminatedAfter(stage: Stage, story: Story, way: Way, activity: string): Promise<Death['end']> {
  const { bed, striker } = stage;
  await story.prepare(bed);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  if (way === 'back') await story.failLate(stage);
  const begun = gate();
  let dead: WorkflowHandle | undefined;
  striker.during = {
    activities: new Set([activity]),
    strike: async (work) => {
      try {
        return await work();
      } finally {
        await begun.opened;
        await dead?.terminate('a person was in a hurry');
      }
    },
  };
  dead = await story.begin(bed);
  begun.open();
  await dead.result().catch(() => undefined);
  await stage.heal();
  const met = striker.during.activities.size === 0;
  striker.during = undefined;
  if (!met) return 'uncovered';
  const result = await bed.resultOf(await story.begin(bed));
  await bed.world.settled();
  expectTidy(before, await bed.world.snapshot(), result);
  await story.done(bed, result);
  return 'done';
}

/**
 * The Temporal server is killed and started again while an activity is at work: in one run at each of these, once. The run ends as one
 * that nothing disturbs; throws where it does not.
 */
async function serverKilledDuring(stage: Stage, story: Story, way: Way, activities: readonly string[]): Promise<void> {
  const { bed, striker } = stage;
  const left = new Set(activities);
  // Not before: the story may begin with a run of its own.
  const prepared = async (): Promise<void> => {
    striker.during = {
      activities: left,
      strike: async (work) => {
        const again = bed.temporal.crash();
        try {
          return await work();
        } finally {
          await again;
        }
      },
    };
  };
  try {
    await once(stage, story, way, { prepared, begun: ended });
  } finally {
    striker.during = undefined;
  }
  expect([...left]).toEqual([]);
}

/** Whoever waits for the result of a run gives up when its server is gone too often. */
async function ended(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const seen = await handle.describe().catch(() => undefined);
    if (seen !== undefined && seen.status.name !== 'RUNNING') return;
    await sleep(200);
  }
}
