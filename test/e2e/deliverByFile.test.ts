import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister, expectSameState, failDeregistration, strikeStep } from './deregistering.ts';
import { watchLogins } from './logins.ts';
import { FOLDER, mounted } from './mountedSecrets.ts';
import { failPlace, rotatable } from './rotationFaults.ts';
import { LONG } from './long.ts';
import { useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const LAYOUTS = {
  manual: await mounted('manual'),
  auto: await mounted('auto'),
  bySubPath: await mounted('manual', '              subPath: wiki-client-secret\n'),
};

/** So that an apply that came too early is soon asked for again. */
const SOON: NonNullable<TestBedOptions['adjust']> = (installation) => ({
  ...installation,
  timings: { ...installation.timings, applyAgainMs: 700, mountRefreshMs: 8_000 },
});

/** Both ways to land by test:long: where the secret is differs in nothing between them. */
const NAMES = LONG ? (['manual', 'auto'] as const) : (['manual'] as const);

describe.each(NAMES)('where secrets are files, on the %s layout,', (name) => {
  const registration = rotatable('filed', name);
  const land = name === 'manual' ? 'last' : 'first';
  let bed: TestBed;
  useTestBed({ layout: LAYOUTS[name], adjust: SOON }, (started) => {
    bed = started;
  });
  // Every apply that follows a change at once finds the files from before.
  beforeEach(() => lag(bed));
  let without: unknown;

  it('a registration that fails is taken back, one that ends well edits what it must', async () => {
    without = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land, slug: 'filed', mayApply: true });
    const failure = await bed.fail('filed', registration);
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(without);
    await bed.heal();
    lag(bed);
    const { file } = bed.world.installation.authentik.deployment;
    const before = await bed.world.repository.read(file);

    const result = await bed.register('filed', registration);

    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    const added = (await bed.world.repository.read(file)).replace(before.trimEnd(), '').trim();
    expect(added).toBe(name === 'manual' ? '' : '- key: filed-oidc\n            path: filed-oidc');
    expect((await bed.register('filed', registration)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand('filed');
  });

  it('a rotation starts no pod, and a login fails within its window alone; one that fails restores the secret', async () => {
    const before = await bed.world.snapshot();
    const pods = await podNames(bed);
    failPlace(bed.world, 'distribute');
    expect((await bed.failure(await bed.startRotation('filed', registration))).kept).toEqual([]);
    expect(await bed.world.consumer.works('filed')).toBe(true);
    await bed.expectAsBefore(before);
    const logins = watchLogins(bed.world, 'filed');

    const result = await bed.rotate('filed', registration);

    const failing = await logins.stop();
    expect(result.outcome).toBe('rotated');
    expect(failing).toHaveLength(1);
    expect(failing[0]).toBeLessThanOrEqual(result.window?.ms ?? 0);
    expect(await bed.world.consumer.works('filed')).toBe(true);
    expect(await podNames(bed)).toEqual(pods);
  });

  it('a change is taken back while the vault is down', async () => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land, slug: 'filed', mayApply: true });
    // Down from the verification's read on.
    const arm = { system: 'authentik', method: 'POST', path: '/apply/' };
    bed.world.faults.add({ system: 'connect', arm, after: 1, effect: { kind: 'error', status: 503, body: 'down' } });

    // What the old blueprint does not name is there after it was applied, so the undo has it applied itself.
    const spec = { ...registration.spec, launcher: { publisher: 'Gardeners' } };
    const failure = await bed.fail('filed', { ...registration, spec });

    expect(failure.kept).toEqual([]);
    expect(failure.undone.join()).toContain('is applied again as it was');
    await bed.expectAsBefore(before);
  });

  it('a deregistration is put back with the same secret, or leaves everything as it was', async () => {
    await strikeStep(bed.world, 'verifyRemoval', 'fail');
    const failure = await failDeregistration(bed, 'filed', registration);
    expect(failure.kept).toEqual([]);
    expect(await bed.world.consumer.works('filed')).toBe(true);
    await bed.heal();
    lag(bed);

    const result = await deregister(bed, 'filed', { registration, purge: true });

    expect(result.outcome).toBe('deregistered');
    expect(result.kept).toEqual([]);
    await expectSameState(bed, without);
  });

  it.runIf(name === 'manual')('files that do not follow are given up in time, with what to look at', async () => {
    bed.world.faults.clear();
    bed.world.faults.add(parseFault('kubelet:secretLags=3600000'));
    await bed.world.settled();
    const before = await bed.world.snapshot();

    const failure = await bed.fail('late', rotatable('late', name));

    expect(failure.kept).toEqual([]);
    expect(failure.message).toMatch(
      /custom\/late\.yaml was applied \d+ times and never ended well: Authentik says "error"/,
    );
    expect(failure.message).toContain(`See that ${FOLDER}/late-client-secret is there in every worker`);
    await bed.expectAsBefore(before);
  });

  it.runIf(name === 'manual')(
    'a secret that a person changed in the vault is found by a check, and rolled out by a repair without new pods',
    async () => {
      await bed.register('zot');
      const pods = await podNames(bed);
      expect((await check(bed)).findings).toEqual([]);
      changeSecret(bed, 'zot');

      const { findings } = await check(bed);
      expect(findings.map(({ what }) => what)).toEqual([
        expect.stringContaining("is not the vault's value"),
        expect.stringContaining('it is not rolled out'),
      ]);
      expect((await bed.register('zot', { client: 'zot', repair: true })).outcome).toBe('repaired');

      expect((await check(bed)).findings).toEqual([]);
      expect(await podNames(bed)).toEqual(pods);
    },
  );
});

describe('where the Secret is mounted with subPath', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUTS.bySubPath }, (started) => {
    bed = started;
  });

  it('a registration is refused with the lines to add, before anything is changed', async () => {
    const writes = bed.vaultWrites();
    const failure = await bed.fail('zot');
    expect(failure).toMatchObject({ type: 'Refused', kept: [] });
    expect(failure.message).toContain('with subPath, which the kubelet never refreshes');
    expect(failure.message).toContain('secretName: authentik-env');
    expect(bed.vaultWrites()).toBe(writes);
  });
});

async function check(bed: TestBed): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('zot'), args: [{ client: 'zot' }] };
  return (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
}

/** A person types another value. */
function changeSecret({ world }: TestBed, client: string): void {
  world.connect.edit(world.installation.vault.itemId, (item) => {
    const field = item.fields.find(({ label }) => label?.startsWith(client));
    if (field === undefined) throw new Error('no such field');
    field.value = 'typed-by-a-person-0123456789';
  });
}

describe('where secrets are files and the token may not apply', () => {
  let bed: TestBed;
  useTestBed({ layout: LAYOUTS.manual, mayApply: false }, (started) => {
    bed = started;
  });
  beforeEach(() => lag(bed));

  it('a registration is applied by discovery, at the start of a pod if the files came late', async () => {
    const result = await bed.register('zot');
    expect(result.outcome).toBe('registered');
    expect(result.checks.filter((check) => !check.ok)).toEqual([]);
    expect((await bed.register('zot')).outcome).toBe('unchanged');
  });
});

/** The files of every pod follow the Secret this late. */
function lag({ world }: TestBed): void {
  world.faults.add(parseFault('kubelet:secretLags=900'));
}

async function podNames({ world }: TestBed): Promise<readonly string[]> {
  const { namespace } = world.installation.authentik;
  const pods = await world.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
  return pods.map(({ metadata }) => metadata.name).toSorted();
}
