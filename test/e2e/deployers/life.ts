import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Leftover } from '../../../core/run/reports.ts';
import { sleep } from '../../../sandbox/kit/loop.ts';
import { eventually } from '../../fixtures/polling.ts';
import { watching } from '../holds.ts';
import { expectSameState, startDeregistration } from '../deregistering.ts';
import { reachedBy } from '../reached.ts';
import { healUndo } from '../rotationFaults.ts';
import { useTestBed, type TestBed } from '../testBed.ts';
import { clientOf, type Client, hasService, SERVICE } from './client.ts';
import { JOBS as HOW } from './jobs.ts';
import { type Life, type Struck } from './lives.ts';
import { refusalOf } from './refusals.ts';
import type { JobName, Setting } from './settings.ts';
import { worldOf } from './worlds.ts';

function titleOf({ deployer, land, landBy, delivery, mode }: Setting): string {
  return `${deployer}, land: ${land}, landBy: ${landBy}, ${delivery}, ${mode}`;
}

/** A client's whole life: planned, registered, checked, changed, repaired, rotated and deregistered, each struck before it ends well. */
export async function describeLife({ setting, jobs, struck }: Life): Promise<void> {
  const options = await worldOf(setting);
  const client = clientOf(setting, jobs);

  describe(titleOf(setting), () => {
    let bed: TestBed;
    let people: People;
    let without: unknown;
    useTestBed(options, (started) => {
      bed = started;
      people = new People(bed, setting);
    });

    describe.each(jobs)('%s', (job) => {
      const how = HOW[job];
      const ours = struck.filter((each) => each.job === job);
      if (job === jobs[0])
        it('finds the world as it was', async () => {
          await bed.world.settled();
          without = await bed.world.snapshot();
        });
      if (job === 'repair') it('finds drift', () => drift(bed, client));
      const refusal = refusalOf({ ...setting, job, ending: 'done' });
      if (refusal !== undefined)
        return it('is refused by name, and nothing is changed', async () => {
          const before = await bed.world.snapshot();
          const failure = await bed.failure(await how.start(bed, client));
          expect(failure.message).toContain(refusal.says);
          await bed.expectAsBefore(before);
        });

      for (const { ending, step } of ours.filter((each) => each.ending !== 'killed'))
        it(`${ending} in ${step}, and everything is as it was`, async () => {
          await bed.world.settled();
          const before = await bed.world.snapshot();
          await people.at(async () => {
            // Who is at it and never done would hold the next one for ever: only what is struck is watched.
            const done = ending === 'cancelled' ? watching(bed.world) : undefined;
            await how.strike(bed.world, step, ending === 'fails' ? 'fail' : 'hold', setting, client);
            const handle = await how.start(bed, client);
            if (ending === 'cancelled') {
              await under(bed, handle, job, step);
              await handle.cancel();
              done?.();
            } else if (job === 'rotateSecret') await healUndo(bed, handle, step);
            await expectNothing(bed, handle, { job, ending, step });
          });
          await bed.expectAsBefore(before);
        });

      const killed = ours.find((each) => each.ending === 'killed');
      return it(killed === undefined ? 'ends well' : `ends well, its worker killed in ${killed.step}`, async () => {
        await people.at(async () => {
          const done = killed === undefined ? undefined : watching(bed.world);
          if (killed !== undefined) await how.strike(bed.world, killed.step, 'hold', setting, client);
          const handle = await how.start(bed, client);
          if (killed !== undefined) {
            await under(bed, handle, job, killed.step);
            await bed.killWorker();
            done?.();
            await bed.startWorkerProcess();
          }
          const result = await bed.resultOf<object>(handle);
          expect([how.isWell(result), result]).toEqual([true, result]);
        });
        await AFTER[job]?.(bed, client, without);
        if (hasService(setting)) await expectDelivered(bed, client);
      });
    });
  });
}

/** What a job must have done, beside what it says, and what people do before the next one. */
const AFTER: Partial<Record<JobName, (bed: TestBed, client: Client, without: unknown) => Promise<void>>> = {
  async plan(bed, _client, without) {
    await bed.expectAsBefore(without);
  },
  async registerClient(bed, { name, registration }) {
    expect((await bed.register(name, registration)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand(name);
    await writeFile(bed, name, stringify(registration));
  },
  async change(bed, { name, changed }) {
    await writeFile(bed, name, stringify(changed));
    expect((await bed.register(name, { client: name })).outcome).toBe('unchanged');
  },
  async repair(bed, client) {
    const handle = await HOW.checkClient.start(bed, client);
    expect(await bed.resultOf(handle)).toEqual({ client: client.name, ok: true, findings: [] });
  },
  async rotateSecret(bed, { name }) {
    expect(await bed.world.consumer.works(name)).toBe(true);
  },
  async deregisterClient(bed, _client, without) {
    await expectSameState(bed, without);
  },
};

/** The service's own Secret holds what the vault does, or is not there without a client. */
async function expectDelivered({ world }: TestBed, { name }: Client): Promise<void> {
  const { namespace } = world.installation.authentik;
  const secret = await world.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: SERVICE });
  const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const fields = world.connect.store.all().flatMap((item) => item.fields);
  const { value } = fields.find(({ label }) => label === `${name}-oidc`) ?? {};
  expect(Object.values(data).map((each) => Buffer.from(each, 'base64').toString())).toEqual(
    value === undefined ? [] : [value],
  );
}

/** A person writes the registration file. */
async function writeFile({ world }: TestBed, name: string, text: string): Promise<void> {
  const { registrations = 'oidc-clients' } = world.installation.gitops;
  await world.repository.commitAs('ada', { [`${registrations}/${name}.yaml`]: text }, 'As asked');
  await world.settled();
}

/** Somebody takes the client's entry out of the ExternalSecret, in Git, and it is deployed. */
async function drift({ world }: TestBed, { name }: Client): Promise<void> {
  const { file } = world.installation.authentik.externalSecret;
  const text = await world.repository.read(file);
  const entry = new RegExp(`^ *- +secretKey: ${name}\\S*\\n(?: +(?!- ).*\\n)*`, 'im');
  expect(text).toMatch(entry);
  await world.repository.commitAs('ada', { [file]: text.replace(entry, '') }, 'Tidy up');
  await world.fullSync();
  await world.settled();
}

/** Waits until a run is in a step. */
async function under(bed: TestBed, handle: WorkflowHandle, job: JobName, step: string): Promise<void> {
  const shown = HOW[job].shown?.(step);
  if (shown !== undefined) {
    await bed.until(
      handle,
      ({ steps }) => steps.some(({ name, state }) => name === shown && state === 'running'),
      step,
    );
    return;
  }
  const seen = watching(bed.world);
  const pending = async () => (await handle.describe()).raw.pendingActivities ?? [];
  await eventually(pending, (all) => all.some(({ activityType }) => activityType?.name === step)).finally(seen);
}

/** A run that was struck in this step, and did nothing in the end. What reads alone may come to its end before it hears of a cancel. */
async function expectNothing(bed: TestBed, handle: WorkflowHandle, { job, ending, step }: Struck): Promise<void> {
  const { failed, shown } = HOW[job];
  if (shown === undefined) {
    const ended = await handle.result().then(
      (result: unknown) => ({ result }),
      (error: unknown) => ({ error }),
    );
    if (ending === 'fails') expect(ended).toEqual(failed);
  } else {
    const failure = await bed.failure(handle);
    if (ending === 'fails') expect([failure.message, await reachedBy(handle)]).toEqual([failure.message, shown(step)]);
    await bed.heal();
    // Once people have merged a change, they merge its way back too, and the rest is taken back then.
    if (failure.type === 'UndoPending') return takeBack(bed, handle, job);
    const kept = failure.kept.filter((each) => !applied(bed, each));
    expect([failure.message, kept, failure.cancelled]).toEqual([failure.message, [], ending === 'cancelled']);
  }
  await bed.heal();
}

/** Where discovery alone applies, people are asked for an apply of the old text, and make it. */
function applied({ world }: TestBed, { what }: Leftover): boolean {
  const { rows } = world.authentik.database;
  const instance = rows.instances.find(
    ({ path, status }) => status === 'error' && what === `status "error" of blueprint ${path}`,
  );
  if (instance !== undefined) world.authentik.pool.enqueueApply(instance);
  return instance !== undefined;
}

async function takeBack(bed: TestBed, { workflowId }: WorkflowHandle, job: JobName): Promise<void> {
  const { landBy, land } = bed.world.installation.gitops;
  expect([landBy, land]).toEqual(['pullRequest', 'first']);
  await eventually(
    () => bed.world.repository.branches(),
    (branches) => !branches.some((branch) => branch.startsWith('oidc-registrar-undo/')),
  );
  const client = workflowId.replace('oidc-client/', '');
  const input = { client, takeBack: true };
  const again = job === 'deregisterClient' ? startDeregistration(bed, client, input) : bed.start(client, input);
  expect((await bed.resultOf<{ outcome: string }>(await again)).outcome).toBe('takenBack');
}

/** People who merge what is proposed, while a run is at it. */
class People {
  readonly #bed: TestBed;
  readonly #merge: boolean;

  constructor(bed: TestBed, { landBy }: Setting) {
    this.#bed = bed;
    this.#merge = landBy === 'pullRequest';
  }

  async at(run: () => Promise<void>): Promise<void> {
    const gone = new AbortController();
    const merging = this.#merge ? this.#mergeUntil(gone.signal) : undefined;
    try {
      await run();
    } finally {
      gone.abort();
      await merging;
    }
  }

  async #mergeUntil(gone: AbortSignal): Promise<void> {
    const { repository } = this.#bed.world;
    while (!gone.aborted) {
      const proposed = (await repository.branches()).find((branch) => /^oidc-registrar-(change|undo)\//.test(branch));
      if (proposed !== undefined) {
        await repository.merge(proposed, 'squash', { message: 'As reviewed' });
        await repository.deleteBranch(proposed);
      }
      await sleep(100);
    }
  }
}
