import type { WorkflowHandle } from '@temporalio/client';
import type { RegistrationInput } from '../../core/registration.ts';
import { failStep } from '../../sandbox/stepFaults.ts';
import { startDeregistration, strikeStep } from './deregistering.ts';
import { failPlace } from './rotationFaults.ts';
import { hookGit, stopInside, type Moment } from './stopInside.ts';
import type { TestBed } from './testBed.ts';
import type { Story } from './zombieStories.ts';

/** A cancel does not reach these: the run goes forward, or ends by itself. */
const NO_CANCEL = new Set(['landChange', 'cleanUp', 'removeAccounts', 'retireSecret', 'finishRotation']);

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
  const worker = await bed.startWorkerProcess();
  await bed.world.settled();
  if (/^(rotate|deregister)/.test(story)) await bed.register(client, registration);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  await prepare(bed, zombie);
  const hook = stopInside(bed, worker.pid, zombie);
  const handle = await begin(bed, zombie);
  const ended = handle.result().catch(() => undefined);
  await Promise.race([hook.stopped, ended.then(() => missed(zombie))]);

  await bed.startWorkerProcess();
  const goesForward = NO_CANCEL.has(activity);
  if (!endsByItself(story) && !goesForward) await handle.cancel();
  await ended;
  if (!goesForward) await bed.expectAsBefore(before);
  await bed.world.settled();
  const after = await bed.world.snapshot();

  process.kill(worker.pid, 'SIGCONT');
  // An orderly end waits for the activity, which by now has found out, or done its harm.
  await worker.stop();
  hook.end();
  await bed.expectAsBefore(after);
}

function missed({ activity, story }: Zombie): never {
  throw new Error(`${activity} read nothing in ${story}: the run ended and nobody was stopped`);
}

function endsByItself(story: Story): boolean {
  return story.endsWith('Fails') || story === 'withdraw';
}

/** What makes a run fail after all its steps, so that it takes them back. */
async function prepare({ world }: TestBed, { story, client }: Zombie): Promise<void> {
  const land = world.installation.gitops.land ?? 'last';
  if (story === 'registerFails') await failStep(world, 'verifyRegistration', { land, slug: client, mayApply: true });
  if (story === 'rotateFails') failPlace(world, 'testConsumers');
  if (story === 'deregisterFails') await strikeStep(world, 'verifyRemoval', 'fail');
}

async function begin(bed: TestBed, { story, client, registration }: Zombie): Promise<WorkflowHandle> {
  if (story.startsWith('rotate')) return bed.startRotation(client, registration);
  if (story.startsWith('deregister'))
    return startDeregistration(bed, client, registration ?? { client, doneByHand: true });
  const handle = await bed.start(client, registration);
  if (story !== 'withdraw') return handle;
  const proposed = (note?: string): boolean => note?.startsWith('waits for the merge') === true;
  await bed.until(handle, ({ steps }) => steps.some(({ note }) => proposed(note)), 'a pull request');
  await handle.cancel();
  return handle;
}
