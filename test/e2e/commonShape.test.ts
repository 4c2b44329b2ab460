import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { importHandMade } from '../../client/commands/import.ts';
import type { CheckResult } from '../../core/check/finding.ts';
import { deregisterStepsInOrder } from '../../core/run/deregistration.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { CHANGES, CHANGE_STEPS, changed, failChange } from './changes.ts';
import { deregister, expectSameState, startDeregistration, strikeStep } from './deregistering.ts';
import { LONG } from './long.ts';
import { failPlace, healUndo, PLACES, rotatable, stepOf } from './rotationFaults.ts';
import { reachedBy } from './reached.ts';
import { type Failed, useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Flux, Helm values with envFrom, an ExternalSecret with dataFrom and a template, several clients in one section: each run in
// the repository that most people have.

const FIRST = { land: 'first', slug: 'radio', mayApply: true } as const;

/** One whose id is a field of the vault, too, and a key beside the secret's. */
const radio = rotatable('radio', 'helm');
const client = { ...radio, spec: { ...radio.spec, clientId: { envVar: 'RADIO_CLIENT_ID' } } };

describe('in the commonest public shape,', () => {
  let bed: TestBed;
  useTestBed(
    {
      layout: 'helm',
      adjust: (all) => ({
        ...all,
        naming: { ...all.naming, clientIdEnvVar: '{NAME}_CLIENT_ID', clientIdField: '{NAME}_CLIENT_ID' },
        timings: { ...all.timings, waitMs: 16_000, waitRetryMs: 18_000 },
      }),
    },
    (started) => {
      bed = started;
    },
  );
  beforeAll(() => bed.world.settled());

  /** The run has failed in this very step, and nothing is left of it. */
  async function failedIn(step: string, handle: WorkflowHandle): Promise<Failed> {
    const failure = await bed.failure(handle);
    expect([failure.message, await reachedBy(handle)]).toEqual([failure.message, step]);
    expect(failure.kept).toEqual([]);
    return failure;
  }

  it('what people made is imported whole, and registering it changes nothing', async () => {
    const { world } = bed;
    const repo = path.join(world.dir, 'working-copy');
    await execa('git', ['clone', '--quiet', world.repository.dir, repo]);
    const installation = path.join(world.dir, 'registrar.yaml');
    const { text, code } = await importHandMade({ client: undefined, all: true, repo, installation, write: true });
    expect([code, text]).toEqual([0, expect.stringContaining('grafana')]);
    await execa('git', ['add', '--all'], { cwd: repo });
    await execa('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@hillside.example', 'commit', '-qm', 'Import'], {
      cwd: repo,
    });
    await execa('git', ['push', '--quiet'], { cwd: repo });
    await world.settled();
    const before = await world.snapshot();
    const writes = bed.vaultWrites();

    for (const client of ['grafana', 'paperless']) {
      const result = await bed.register(client);
      expect(result.outcome).toBe('unchanged');
      expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    }

    expect(bed.vaultWrites()).toBe(writes);
    await bed.expectAsBefore(before);
  });

  // What the shape of the repository has no say in is tried in failAtEachStep.
  const shaped = ['patchExternalSecret', 'syncBlueprint', 'verifyRegistration'] as const;
  it.each(LONG ? stepsInOrder('first').filter((step) => step !== 'cleanUp') : shaped)(
    'a registration that fails in %s leaves everything as it was',
    async (step) => {
      const before = await bed.world.snapshot();
      await (step === 'pollBlueprintStatus' ? failChange(bed.world, step, FIRST) : failStep(bed.world, step, FIRST));

      const failure = await failedIn(step, await bed.start('radio', client));

      expect(failure.message).toContain('Everything is as it was');
      await bed.expectAsBefore(before);
    },
  );

  it('a client is registered by a section of entries and one line of the template, and no other client is touched', async () => {
    const { repository, authentik, installation } = bed.world;
    const others = authentik.database.rows.providers.map((row) => ({ ...row }));
    const base = await repository.head();

    const result = await bed.register('zot');

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    const touched = await repository.numstat(base, await repository.head());
    expect(touched.filter(({ removed }) => removed > 0)).toEqual([]);
    const files = touched.map(({ file }) => file);
    expect(files).toContain(installation.authentik.blueprints.file);
    expect(files).not.toContain(installation.authentik.deployment.file);
    const added = await repository.diff(base, await repository.head());
    expect(added).toContain('\n+        ZOT_CLIENT_SECRET: "{{ .ZOT_CLIENT_SECRET }}"\n');
    const { rows } = authentik.database;
    const provider = rows.providers.find((row) => row.client_id === 'zot');
    expect(provider?.name).toBe('Zot');
    expect(rows.applications.find((row) => row.provider === provider?.pk)?.name).toBe('Zot Registry');
    expect(rows.providers.filter((row) => row !== provider)).toEqual(others);
    expect((await bed.register('zot')).outcome).toBe('unchanged');
  });

  /** What is wrong: that a client nobody has changed yet has no record is but a notice. */
  async function check(client: string): Promise<readonly string[]> {
    const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
    const { findings }: CheckResult = await bed.client.workflow.execute('checkClient', options);
    return findings.filter(({ severity }) => severity !== 'notice').map(({ what }) => what);
  }

  it('a check finds nothing, and then what somebody has changed by hand', async () => {
    for (const client of ['grafana', 'zot']) expect(await check(client)).toEqual([]);
    const application = bed.world.authentik.database.rows.applications.find((row) => row.slug === 'zot');
    if (application === undefined) throw new Error('not registered');
    application.name = 'Zot';
    expect((await check('zot')).join()).toContain('Zot Registry');
    expect(await check('grafana')).toEqual([]);
    application.name = 'Zot Registry';
  });

  describe('the life of a client beside them', () => {
    const [change] = CHANGES;
    if (change === undefined) throw new Error('no change');
    const wanted = changed(client, change);
    let without: unknown;
    beforeAll(async () => {
      await bed.world.settled();
      without = await bed.world.snapshot();
      expect((await bed.register('radio', client)).outcome).toBe('registered');
      await bed.world.consumer.byHand('radio');
      await bed.world.settled();
    });

    const keysOf = async (): Promise<readonly string[]> => {
      const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'identity', name: 'authentik-env' };
      const held = Object.keys((await bed.world.cluster.get(secret))?.['data'] ?? {});
      return held.filter((key) => key.includes('RADIO')).toSorted();
    };

    it('its id is read from a field of the vault, beside the secret', async () => {
      const { repository, authentik, installation } = bed.world;
      expect(await repository.read(installation.authentik.blueprints.file)).toContain(
        'client_id: !Env RADIO_CLIENT_ID',
      );
      expect(authentik.database.rows.providers.find(({ name }) => name === 'Client radio')?.client_id).toBe('radio');
      const { fields } = bed.world.connect.item(bed.world.installation.vault.itemId);
      const id = fields.find(({ label }) => label === 'RADIO_CLIENT_ID');
      expect(id).toMatchObject({ type: 'STRING', value: 'radio' });
      expect(await keysOf()).toEqual(['RADIO_CLIENT_ID', 'RADIO_CLIENT_SECRET']);
      expect((await bed.register('radio', client)).outcome).toBe('unchanged');
    });

    it.each(LONG ? CHANGE_STEPS : (['syncBlueprint', 'landChange'] as const))(
      'a change that fails in %s leaves everything as it was',
      async (step) => {
        const before = await bed.world.snapshot();
        await failChange(bed.world, step, { land: 'first', slug: 'radio' });
        await failedIn(step, await bed.start('radio', wanted));
        await bed.expectAsBefore(before);
      },
    );

    it('it is changed inside its entries alone', async () => {
      const base = await bed.world.repository.head();
      const result = await bed.register('radio', wanted);
      expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['registered', []]);
      const touched = await bed.world.repository.numstat(base, await bed.world.repository.head());
      expect(touched.map(({ file }) => file)).toContain(bed.world.installation.authentik.blueprints.file);
    });

    // Under land: first nothing is deployed ahead, and no turn is taken.
    const places = PLACES.filter((place) => place !== 'acquireTurn');
    it.each(LONG ? places : (['set at Authentik'] as const))(
      'a rotation that fails in %s leaves the old secret at work',
      async (place) => {
        const before = await bed.world.snapshot();
        failPlace(bed.world, place);
        const handle = await bed.startRotation('radio', wanted);
        await healUndo(bed, handle, place);
        await failedIn(stepOf(place), handle);
        expect(await bed.world.consumer.works('radio')).toBe(true);
        await bed.expectAsBefore(before);
      },
    );

    it('it is rotated, and what is pending or past arrives nowhere', async () => {
      expect((await bed.rotate('radio', wanted)).outcome).toBe('rotated');
      expect(await bed.world.consumer.works('radio')).toBe(true);
      expect(await keysOf()).toEqual(['RADIO_CLIENT_ID', 'RADIO_CLIENT_SECRET']);
    });

    const undone = deregisterStepsInOrder('first').filter(
      (step) => !['removeAccounts', 'retireSecret', 'cleanUp'].includes(step),
    );
    it.each(LONG ? undone : (['takeOutExternalSecret'] as const))(
      'a deregistration that fails in %s leaves it registered and working',
      async (step) => {
        const before = await bed.world.snapshot();
        await strikeStep(bed.world, step, 'fail');
        await failedIn(step, await startDeregistration(bed, 'radio', wanted));
        await bed.expectAsBefore(before);
        await bed.heal();
        expect((await bed.register('radio', wanted)).outcome).toBe('unchanged');
      },
    );

    it('it is deregistered, and all is as it was before it was there', async () => {
      const result = await deregister(bed, 'radio', { registration: wanted, purge: true });
      expect([result.outcome, result.kept]).toEqual(['deregistered', []]);
      expect(result.checks.map(({ ok }) => ok)).not.toContain(false);
      await expectSameState(bed, without);
    });
  });
});
