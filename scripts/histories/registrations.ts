import type { StepName } from '../../core/run/steps.ts';
import { failStep, turnCluster } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../../test/fixtures/clients.ts';
import { ended, until, type Recorder } from './recorder.ts';
import {
  AUTO,
  byPullRequest,
  MANUAL,
  notified,
  PUBLIC,
  publicNamed,
  story,
  SUSPENDED,
  withTimings,
  type Story,
} from './story.ts';

const register = (bed: Recorder, client = 'zot') => bed.run('registerClient', client);

/** A run is held by somebody's slow Authentik. */
function hold(bed: Recorder, path: string, ms = 2_500): void {
  bed.world.faults.add({ system: 'authentik', path, times: 1, effect: { kind: 'delay', ms } });
}

const failing =
  (step: StepName, land: 'first' | 'last', slug = 'zot') =>
  async (bed: Recorder) => {
    await failStep(bed.world, step, { land, slug, mayApply: true });
    return register(bed, slug);
  };

/** Another client has the turn. */
async function takenTurn(bed: Recorder) {
  // What is asked with the turn alone.
  hold(bed, '/tasks/tasks/');
  const holder = await bed.start('registerClient', 'holder', clientNamed('holder'));
  await bed.until(holder, 'the turn', ({ steps }) =>
    steps.some(({ name, state }) => name === 'acquireTurn' && state === 'done'),
  );
  return holder;
}

/** Zot waits for it. */
async function waitsForItsTurn(bed: Recorder) {
  const holder = await takenTurn(bed);
  const zot = await bed.start('registerClient', 'zot');
  await bed.untilRepeated(zot, 'acquireTurn');
  return { holder, zot };
}

/** Zot cannot ask for its turn. */
async function meetsNoHub(bed: Recorder) {
  const unavailable = { kind: 'error', status: 503 } as const;
  // The first ask is for whom the turn's last holder was.
  bed.world.faults.add({ system: turnCluster(bed.world.installation), path: '/leases', after: 1, effect: unavailable });
  const zot = await bed.start('registerClient', 'zot');
  await bed.until(zot, 'an outage', ({ waitsFor }) => waitsFor !== undefined);
  return zot;
}

/** Zot waits for its merge. */
async function waitsForItsMerge(bed: Recorder) {
  const zot = await bed.start('registerClient', 'zot');
  await bed.untilRepeated(zot, 'awaitMerge');
  return { zot, branch: await bed.proposal() };
}

/** A line of somebody's own in the file that the run edits. */
async function moveTarget({ world }: Recorder): Promise<void> {
  const { file } = world.installation.authentik.blueprints;
  await world.repository.commitAs('ada', { [file]: `# Ada's\n${await world.repository.read(file)}` }, 'A note');
}

/** Ends a run while it does this step, with no time for an undo. */
async function diesIn(bed: Recorder, path: string, step: StepName): Promise<void> {
  hold(bed, path);
  const dead = await bed.start('registerClient', 'zot');
  await bed.untilRunning(dead, step);
  await dead.terminate();
}

/** What a registration says of a consumer whose playbook a person runs before the run ends. */
function confirmed(name: string) {
  const registration = clientNamed(name);
  const consumers = (registration.spec.consumers ?? []).map((each) =>
    each.kind === 'ansible' ? { ...each, apply: 'confirm' as const } : each,
  );
  return { ...registration, spec: { ...registration.spec, consumers } };
}

/** The same of two roles, each with a playbook that a person runs. */
async function confirmedTwice({ world: { repository } }: Recorder, name: string) {
  const text = async (path: string): Promise<string> => (await repository.read(path)) ?? '';
  await repository.commitAs(
    'ada',
    {
      'roles/too/tasks/main.yml': await text('roles/zot/tasks/main.yml'),
      'roles/too/handlers/main.yml': await text('roles/zot/handlers/main.yml'),
      'hosts/too.yml': (await text('hosts/attic.yml')).replaceAll('zot', 'too'),
    },
    'A second role',
  );
  const { consumers, ...spec } = confirmed(name).spec;
  const others = confirmed(`${name}-too`).spec.consumers.map((each) => ({
    ...each,
    role: 'too',
    playbook: 'hosts/too.yml',
    tags: ['too'],
  }));
  return { ...confirmed(name), spec: { ...spec, consumers: [...consumers, ...others] } };
}

/** A run of a client without a secret. */
const registerPublic = (bed: Recorder) => bed.run('registerClient', 'open', publicNamed('open'));

/** Authentik deletes nothing: only an undo asks for that. */
const DELETES_NOTHING = { system: 'authentik', method: 'DELETE', effect: { kind: 'error', status: 500 } } as const;

/** Zot is being taken back, and Authentik does not let it. */
async function undoesInVain(bed: Recorder) {
  bed.world.faults.add(DELETES_NOTHING);
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'zot', mayApply: true });
  const zot = await bed.start('registerClient', 'zot');
  await bed.untilRepeated(zot, 'undoSyncBlueprint');
  return zot;
}

const plainly: readonly Story[] = [
  story('registered', MANUAL, register),
  story('unchanged', MANUAL, async (bed) => {
    await register(bed);
    return register(bed);
  }),
  story('registered-land-first', AUTO, register),
  story('registered-after-new-pods', { layout: 'helm', mayApply: false }, register),
  story('undone', MANUAL, failing('landChange', 'last')),
  story('undone-land-first', AUTO, failing('verifyRegistration', 'first')),
  story('public', PUBLIC, registerPublic),
  story('public-undone', PUBLIC, async (bed) => {
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'open', mayApply: true });
    return registerPublic(bed);
  }),
  story('delivered', { layout: 'consumers' }, (bed) => register(bed, 'photos')),
  story('delivery-undone', { layout: 'consumers' }, failing('landChange', 'last', 'photos')),
];

const waiting: readonly Story[] = [
  story('waited-out-a-refusal', notified(MANUAL), async (bed) => {
    const refused = { kind: 'error', status: 401, body: { status: 401, message: 'Invalid token signature' } } as const;
    bed.world.faults.add({ system: 'connect', method: 'PUT', times: 3, effect: refused });
    return register(bed);
  }),
  story('waited-out-an-outage-of-the-hub', MANUAL, async (bed) => {
    const zot = await meetsNoHub(bed);
    bed.world.faults.clear();
    return ended(zot);
  }),
  story('cancelled-while-the-hub-was-away', MANUAL, async (bed) => {
    const zot = await meetsNoHub(bed);
    await zot.cancel();
    return ended(zot);
  }),
  story('waited-for-its-turn', notified(MANUAL), async (bed) => {
    const { holder, zot } = await waitsForItsTurn(bed);
    await bed.untilTold();
    await zot.signal('recheck');
    await ended(holder);
    return ended(zot);
  }),
  story('cancelled-waiting-for-its-turn', MANUAL, async (bed) => {
    const { zot } = await waitsForItsTurn(bed);
    await zot.cancel();
    return ended(zot);
  }),
  // The target moves while people review, so the change is proposed anew.
  story('merged', byPullRequest(MANUAL, {}, { notified: true }), async (bed) => {
    const { zot, branch } = await waitsForItsMerge(bed);
    await bed.untilTold();
    const proposed = await bed.world.repository.head(branch);
    await moveTarget(bed);
    await zot.signal('recheck');
    await bed.untilProposedAnew(branch, proposed);
    await bed.world.repository.merge(branch, 'rebase');
    await zot.signal('recheck');
    return ended(zot);
  }),
  ...[MANUAL, AUTO].map((setting) =>
    story(`merged-before-cancel${setting === AUTO ? '-land-first' : ''}`, byPullRequest(setting), async (bed) => {
      const { zot, branch } = await waitsForItsMerge(bed);
      await bed.world.repository.merge(branch, 'squash', { message: 'Squashed' });
      await zot.cancel();
      return ended(zot);
    }),
  ),
  story('cancelled-waiting-for-its-merge', byPullRequest(AUTO), async (bed) => {
    const { zot } = await waitsForItsMerge(bed);
    await zot.cancel();
    return ended(zot);
  }),
  story('merge-came-too-late', byPullRequest(MANUAL, { mergeMs: 3_000, mergePollMs: 200 }, { notified: true }), (bed) =>
    register(bed),
  ),
  story('rebased', MANUAL, async (bed) => {
    hold(bed, '/.well-known/');
    const zot = await bed.start('registerClient', 'zot');
    await bed.untilRunning(zot, 'verifyRegistration');
    await moveTarget(bed);
    return ended(zot);
  }),
  story('confirmed', notified(MANUAL), async (bed) => {
    const run = await bed.start('registerClient', 'asks', confirmed('asks'));
    await bed.untilAsked(run, 'confirmConsumers');
    await bed.untilTold();
    await run.executeUpdate('confirm');
    return ended(run);
  }),
  story('confirmed-twice', MANUAL, async (bed) => {
    const run = await bed.start('registerClient', 'asks', await confirmedTwice(bed, 'asks'));
    for (const role of ['zot', 'too']) {
      await bed.untilAsked(run, 'confirmConsumers', `--tags ${role}`);
      await run.executeUpdate('confirm');
    }
    return ended(run);
  }),
  story('cancelled-waiting-for-confirm', MANUAL, async (bed) => {
    const run = await bed.start('registerClient', 'asks', confirmed('asks'));
    await bed.untilAsked(run, 'confirmConsumers');
    await run.cancel();
    return ended(run);
  }),
  story('deployed-by-others', notified({ layout: 'external' }), async (bed) => {
    bed.world.faults.add(SUSPENDED);
    const zot = await bed.start('registerClient', 'zot');
    await bed.untilRepeated(zot, 'awaitDeployed');
    await bed.untilTold();
    bed.world.faults.clear();
    await zot.signal('recheck');
    return ended(zot);
  }),
];

const early: readonly Story[] = [
  story('told-of-bad-input', notified(MANUAL), (bed) =>
    bed.run('registerClient', 'zot', { client: 'zot', repair: 'perhaps' }),
  ),
  story('told-that-another-runs', notified(MANUAL), async (bed) => {
    hold(bed, '/admin/version/');
    const holder = await bed.start('registerClient', 'zot');
    await bed.untilRunning(holder, 'preflight');
    const second = await bed.run('registerClient', 'zot', { client: 'zot' }, 'started-by-somebody');
    await ended(holder);
    return second;
  }),
];

const undone: readonly Story[] = [
  story('refused-before-its-turn', notified(MANUAL), async (bed) => {
    const holder = await takenTurn(bed);
    bed.world.permissions.delete('delete_group');
    const zot = await register(bed);
    await ended(holder);
    return zot;
  }),
  // The step never answers: its undo waits for what it may have sent.
  story('cancelled-in-a-silent-step', withTimings(MANUAL, { requestMs: 2_000 }), async (bed) => {
    const write = { method: 'PUT' };
    bed.world.faults.add({ system: 'connect', method: 'GET', arm: write, times: 1, effect: { kind: 'hang' } });
    const zot = await bed.start('registerClient', 'zot');
    await until('a write to the vault', async () =>
      bed.world.connect.log.some(({ method }) => method === write.method),
    );
    await zot.cancel();
    return ended(zot);
  }),
  story('cancelled', MANUAL, async (bed) => {
    hold(bed, '/.well-known/');
    const zot = await bed.start('registerClient', 'zot');
    await bed.untilRunning(zot, 'verifyRegistration');
    await zot.cancel();
    return ended(zot);
  }),
  // The undo repeats itself until Authentik answers; a cancel does not end it.
  story('undo-retried', MANUAL, async (bed) => {
    const zot = await undoesInVain(bed);
    await zot.cancel();
    bed.world.faults.clear();
    return ended(zot);
  }),
  story('undo-stopped', notified(MANUAL), async (bed) => {
    const zot = await undoesInVain(bed);
    await zot.executeUpdate('stopUndo');
    return ended(zot);
  }),
  // What it would have taken back is listed object by object.
  story('undo-given-up', withTimings(MANUAL, { undoRetryMs: 3_000 }), async (bed) => {
    return ended(await undoesInVain(bed));
  }),
  story('continued', MANUAL, async (bed) => {
    await diesIn(bed, '/.well-known/', 'verifyRegistration');
    return register(bed);
  }),
  story('taken-back', MANUAL, async (bed) => {
    await diesIn(bed, '/.well-known/', 'verifyRegistration');
    return bed.run('registerClient', 'zot', { client: 'zot', takeBack: true });
  }),
];

export const REGISTRATIONS: readonly Story[] = [...plainly, ...waiting, ...early, ...undone];
