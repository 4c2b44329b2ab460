import type { WorkflowHandle } from '@temporalio/client';
import { failedOf, type Failed } from '../e2e/testBed.ts';
import { eventually } from '../fixtures/polling.ts';
import { matrixOf } from './cells.ts';
import { differences, expectTidy, type End } from './ends.ts';
import type { Stage } from './stage.ts';
import type { Story } from './stories.ts';
import type { GivingUp } from './striker.ts';
import type { Calls, Way } from './target.ts';

/** Each activity gives up before it has done anything, and after each of its first writes, whose answer is lost. */
export function givingUpOf(play: string, calls: Calls): readonly GivingUp[] {
  const written = matrixOf(play, calls, 1).cells.filter(({ fault }) => LOST.has(fault.name));
  return [...calls.keys()].flatMap((activity) => {
    const id = `${play}: ${activity} gives up`;
    const lost = written.filter(({ target }) => target.activity === activity);
    return [
      { id, activity },
      ...lost.map((after) => ({ id: `${id} after ${after.id.split(': ')[1]}`, activity, after })),
    ];
  });
}

const LOST: ReadonlySet<string> = new Set(['a success whose answer is lost', 'git: the answer of a push is lost']);

const DISCOVERED_MS = 5_000;

/** How often a cell is played where its run writes less than the one that was recorded. */
const TRIES = 4;

/** Runs the story with an activity that gives up, and says how it ended; throws where that is none of the three ends. */
export async function endAfter(stage: Stage, story: Story, way: Way, cell: GivingUp): Promise<End | 'uncovered'> {
  for (let tries = 1; ; tries += 1) {
    const end = await once(stage, story, way, cell);
    if (end !== 'uncovered' || tries === TRIES) return end;
    // A change and the next one, which takes it back, do not write alike: one that was taken back leads to no next one.
    await story.prepare(stage.bed);
    await story.done(stage.bed, await (await story.begin(stage.bed)).result());
  }
}

async function once(stage: Stage, story: Story, way: Way, cell: GivingUp): Promise<End | 'uncovered'> {
  const { bed, striker } = stage;
  await story.prepare(bed);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  if (way === 'back') await story.failLate(stage);
  striker.last = cell;
  const ended = await endOf(await story.begin(bed));
  const met = striker.last === undefined;
  striker.last = undefined;
  await stage.heal();
  const end = await judged(stage, story, before, ended).catch((error: unknown) => {
    throw new Error(`${String(error)}, after ${JSON.stringify(ended)}`, { cause: error });
  });
  return met ? end : 'uncovered';
}

type Ended = { readonly result: unknown } | { readonly failed: Failed };

async function judged({ bed }: Stage, story: Story, before: unknown, ended: Ended): Promise<End> {
  if ('result' in ended) {
    await bed.world.settled();
    expectTidy(before, await bed.world.snapshot(), ended.result);
    await story.done(bed, ended.result);
    return 'done';
  }
  const { kept, message, type } = ended.failed;
  if (kept.length === 0) {
    await bed.expectAsBefore(before);
    await story.intact(bed);
    return 'rolled back';
  }
  const told = JSON.stringify([message, kept]);
  // What was not taken back may be live beside another text in Git: that never settles.
  // Past its point of no return a run only goes forward.
  let untold: ReturnType<typeof differences> = [];
  const look = async (): Promise<boolean> => {
    const changed = type === 'Incomplete' ? [] : differences(before, await bed.world.snapshot());
    untold = changed.filter((words) => !words.some((word) => told.includes(word)));
    return untold.length === 0;
  };
  // Discovery applies a text that is back where it was some time after that.
  await eventually(look, Boolean, DISCOVERED_MS).catch(() => undefined);
  if (untold.length > 0) throw new Error(`differs and is not listed: ${JSON.stringify(untold)}`);
  // What is listed is no dead end: the same run goes through now.
  const again = await endOf(await story.begin(bed));
  if (!('result' in again)) throw new Error(`a further run does not mend it: ${JSON.stringify(again)}`);
  await bed.world.settled();
  await story.done(bed, again.result);
  return 'stopped, all listed';
}

async function endOf(handle: WorkflowHandle): Promise<Ended> {
  try {
    return { result: await handle.result() };
  } catch (error) {
    return { failed: failedOf(error) };
  }
}
