import type { WorkflowHandle } from '@temporalio/client';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { ended, type Recorder, type Setting } from './recorder.ts';
import { AUTO, byPullRequest, MANUAL, notified, PUBLIC, publicNamed, story, SUSPENDED, type Story } from './story.ts';

/** Registers a client and starts its removal. */
async function removal(bed: Recorder, client = 'zot'): Promise<WorkflowHandle> {
  await bed.run('registerClient', client);
  return bed.start('deregisterClient', client);
}

const removed =
  (client = 'zot') =>
  async (bed: Recorder) =>
    ended(await removal(bed, client));

function strike(bed: Recorder, system: string, path: string, effect: 'fail' | 'hold', method?: string): void {
  bed.world.faults.add({
    system,
    ...(method === undefined ? {} : { method }),
    path,
    times: 1,
    effect: effect === 'fail' ? { kind: 'error', status: 403, body: { detail: 'no' } } : { kind: 'delay', ms: 2_500 },
  });
}

/** A removal dies in this step, with no time for an undo. */
async function diesIn(bed: Recorder, step: string, system: string, path: string, method?: string): Promise<void> {
  await bed.run('registerClient', 'zot');
  strike(bed, system, path, 'hold', method);
  const dead = await bed.start('deregisterClient', 'zot');
  await bed.untilRunning(dead, step);
  await dead.terminate();
}

/** A registered client whose removal waits for people. */
async function waitsForItsMerge(bed: Recorder) {
  const registering = await bed.start('registerClient', 'zot');
  await bed.untilRepeated(registering, 'awaitMerge');
  const proposed = await bed.proposal();
  await bed.world.repository.merge(proposed, 'squash', { message: 'Reviewed' });
  await registering.signal('recheck');
  await ended(registering);
  const handle = await bed.start('deregisterClient', 'zot');
  await bed.untilRepeated(handle, 'awaitMerge');
  return { handle, branch: await bed.proposal() };
}

const mergedBeforeCancel = (setting: Setting, name: string): Story =>
  story(name, byPullRequest(setting), async (bed) => {
    const { handle, branch } = await waitsForItsMerge(bed);
    await bed.world.repository.merge(branch, 'squash', { message: 'Reviewed' });
    await handle.cancel();
    return ended(handle);
  });

export const REMOVALS: readonly Story[] = [
  story('deregistered', MANUAL, removed()),
  story('public-deregistered', PUBLIC, async (bed) => {
    await bed.run('registerClient', 'open', publicNamed('open'));
    return bed.run('deregisterClient', 'open', publicNamed('open'));
  }),
  story('deregistered-land-first', AUTO, removed()),
  story('deregistration-undone', MANUAL, async (bed) => {
    await bed.run('registerClient', 'zot');
    strike(bed, 'authentik', '/.well-known/', 'fail');
    return bed.run('deregisterClient', 'zot');
  }),
  story('deregistration-undone-land-first', AUTO, async (bed) => {
    await bed.run('registerClient', 'zot');
    strike(bed, 'authentik', '/.well-known/', 'fail');
    return bed.run('deregisterClient', 'zot');
  }),
  story('deregistered-at-consumers', { layout: 'consumers' }, async (bed) => {
    await bed.run('registerClient', 'photos');
    return bed.run('deregisterClient', 'photos', { client: 'photos', doneByHand: true, force: true });
  }),
  story('deregistration-undone-at-consumers', { layout: 'consumers' }, async (bed) => {
    await bed.run('registerClient', 'photos');
    strike(bed, 'authentik', '/.well-known/', 'fail');
    return bed.run('deregisterClient', 'photos', { client: 'photos', doneByHand: true, force: true });
  }),
  story('deregistered-by-others', notified({ layout: 'external' }), async (bed) => {
    await bed.run('registerClient', 'zot');
    bed.world.faults.add(SUSPENDED);
    const zot = await bed.start('deregisterClient', 'zot');
    await bed.untilRepeated(zot, 'awaitDeployed');
    bed.world.faults.clear();
    await zot.signal('recheck');
    return ended(zot);
  }),
  story('deregistration-rebased', MANUAL, async (bed) => {
    await bed.run('registerClient', 'zot');
    strike(bed, 'authentik', '/.well-known/', 'hold');
    const handle = await bed.start('deregisterClient', 'zot');
    await bed.untilRunning(handle, 'verifyRemoval');
    const { file } = bed.world.installation.authentik.blueprints;
    const text = await bed.world.repository.read(file);
    await bed.world.repository.commitAs('ada', { [file]: `# Ada's\n${text}` }, 'A note');
    return ended(handle);
  }),
  mergedBeforeCancel(MANUAL, 'deregistration-merged-before-cancel'),
  mergedBeforeCancel(AUTO, 'deregistration-merged-before-cancel-land-first'),
  // Past the point of no return one step fails, and the others are done all the same.
  story('deregistration-incomplete', notified(MANUAL), async (bed) => {
    await bed.run('registerClient', 'zot');
    bed.world.faults.add({
      system: 'connect',
      method: 'PUT',
      times: 1,
      effect: { kind: 'error', status: 403, body: { status: 403, message: 'no' } },
    });
    return bed.run('deregisterClient', 'zot');
  }),
  story('deregistered-again', MANUAL, async (bed) => {
    await ended(await removal(bed, 'zot'));
    return bed.run('deregisterClient', 'zot', clientNamed('zot'));
  }),
  story('deregistration-of-nothing-cancelled', MANUAL, async (bed) => {
    const handle = await bed.start('deregisterClient', 'zot', clientNamed('zot'));
    await bed.untilRunning(handle, 'planRemoval');
    // Its only write is that of the turn, which it has by now.
    strike(bed, 'kubernetes/hub', '/leases/', 'hold', 'PUT');
    await bed.untilRunning(handle, 'cleanUp');
    await handle.cancel();
    return ended(handle);
  }),
  story('deregistration-taken-back', MANUAL, async (bed) => {
    await diesIn(bed, 'verifyRemoval', 'authentik', '/.well-known/');
    return bed.run('deregisterClient', 'zot', { client: 'zot', takeBack: true });
  }),
  story('deregistration-went-forward', MANUAL, async (bed) => {
    await diesIn(bed, 'retireSecret', 'connect', '/items/', 'PUT');
    return bed.run('deregisterClient', 'zot');
  }),
];
