import type { WorkflowHandle } from '@temporalio/client';
import { expect, onTestFinished } from 'vitest';
import { WRITES_NOTHING } from '../../activities/kit/wait.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { startDeregistration, strikeStep } from './deregistering.ts';
import { openLink } from './link.ts';
import { failPlace } from './rotationFaults.ts';
import { hookGit, stopInside, type Moment } from './stopInside.ts';
import type { TestBed } from './testBed.ts';
import { goesBack, type Story } from './zombieStories.ts';

/** A cancel does not reach these: the run goes forward, or ends by itself. */
const NO_CANCEL = new Set(['landChange', 'cleanUp', 'removeAccounts', 'retireSecret', 'finishRotation']);

/**
 * A worker without time limits for requests. When it goes on, its own limit would end the read before the answer is taken out of the
 * socket, and it would never come to what follows the read.
 */
const NO_LIMITS = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent('AbortSignal.timeout = () => new AbortController().signal;')}`,
};

export interface Zombie extends Moment {
  readonly story: Story;
  /** Inline; the file in the repository where absent. */
  readonly registration?: RegistrationInput;
}

/**
 * Stops the worker's process when this activity has read something and is to write, lets another worker end the run, and continues
 * the first one, which still holds the old answer. Nothing may change by that.
 */
export async function expectHarmless(bed: TestBed, zombie: Zombie): Promise<void> {
  const { activity, story, client, registration } = zombie;
  await hookGit(bed);
  const link = await openLink(bed.temporal.address);
  onTestFinished(link.close);
  const worker = await bed.startWorkerProcess(NO_LIMITS, link.address);
  await bed.world.settled();
  if (/^(rotate|deregister)/.test(story)) await bed.register(client, registration);
  if (story.startsWith('rotate')) await bed.world.consumer.byHand(client);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await prepare(bed, zombie);
  const hook = stopInside(bed, worker.pid, zombie);
  onTestFinished(hook.end);
  const handle = await begin(bed, zombie);
  const ended = handle.result().catch(() => undefined);
  await Promise.race([hook.stopped, ended.then(() => missed(zombie))]);

  link.cut();
  await bed.startWorker();
  const goesForward = NO_CANCEL.has(activity);
  if (!goesBack(story) && !goesForward) await handle.cancel();
  await ended;
  if (!goesForward) await bed.expectAsBefore(before);
  await bed.world.settled();
  const after = await bed.world.snapshot();

  process.kill(worker.pid, 'SIGCONT');
  const said = await untilSaid(bed, worker.pid, activity);
  await worker.stop();
  await bed.expectAsBefore(after);
  // It has come to the write that it was stopped before.
  expect(said).toContain(WRITES_NOTHING);
}

/** What a worker process has logged of an activity once it says that it writes no more, or after a minute. */
async function untilSaid(bed: TestBed, pid: number, activity: string): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const said = saidIn(await bed.workerLog(), pid, activity);
    if (said.includes(WRITES_NOTHING) || tries > 1_000) return said;
    await sleep(50);
  }
}

/** The messages of one worker process about one activity. */
function saidIn(log: string, pid: number, activity: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line.endsWith('}'));
  return lines
    .map((line) => JSON.parse(line) as { pid: number; activityType?: string; msg: string })
    .filter((line) => line.pid === pid && line.activityType === activity)
    .map(({ msg }) => msg);
}

function missed({ activity, story }: Zombie): never {
  throw new Error(`${activity} read nothing in ${story}: the run ended and nobody was stopped`);
}

/** What makes a run fail after all its steps, so that it takes them back. */
async function prepare({ world }: TestBed, { activity, story, client }: Zombie): Promise<void> {
  // Only an apply of which nothing is heard is asked for again.
  if (activity === 'pollBlueprintStatus')
    world.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'silentApply' } });
  const land = world.installation.gitops.land ?? 'last';
  if (story === 'registerFails') await failStep(world, 'verifyRegistration', { land, slug: client, mayApply: true });
  if (story === 'rotateFails') failPlace(world, 'distribute');
  if (story === 'deregisterFails') await strikeStep(world, 'verifyRemoval', 'fail');
}

async function begin(bed: TestBed, { story, client, registration }: Zombie): Promise<WorkflowHandle> {
  if (story.startsWith('rotate')) return bed.startRotation(client, registration);
  if (story.startsWith('deregister'))
    return startDeregistration(bed, client, registration ?? { client, doneByHand: true, force: true });
  const handle = await bed.start(client, registration);
  if (story !== 'withdraw') return handle;
  const proposed = (note?: string): boolean => note?.startsWith('waits for the merge') === true;
  await bed.until(handle, ({ steps }) => steps.some(({ note }) => proposed(note)), 'a pull request');
  await handle.cancel();
  return handle;
}
