import { stringify } from 'yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState, failDeregistration } from './deregistering.ts';
import { holdStep } from './holds.ts';
import { LONG } from './long.ts';
import { rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// The whole life of a client on each release, with the least privileged role, and upgrades between and within runs. Most other
// tests run on 2026.5; what differs on 2026.8 is tried always, the rest with TEST_LONG.

const sample = await sampleLayout('manual');
/** A check and a repair go by the clients' files. */
const files = ['whole', 'kept', 'midway', 'early'].map((name) => [
  `oidc-clients/${name}.yaml`,
  stringify(rotatable(name)),
]);
const layout = { ...sample, files: { ...sample.files, ...(Object.fromEntries(files) as Record<string, string>) } };

let bed: TestBed;
useTestBed({ layout }, (started) => {
  bed = started;
});
beforeEach(() => bed.world.authentik.setVersion('2026.8.7'));

async function findings(client: string): Promise<readonly string[]> {
  await bed.world.settled();
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check(client), args: [{ client }] };
  const { findings: found } = (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  return found.map(({ system, what }) => `${system}: ${what}`);
}

function withOneUriMore(registration: RegistrationInput): RegistrationInput {
  const more = { url: 'https://more.example/callback', matchingMode: 'strict' as const };
  return { ...registration, spec: { ...registration.spec, redirectUris: [...registration.spec.redirectUris, more] } };
}

const rows = () => bed.world.authentik.database.rows;

function applicationOf(slug: string) {
  const found = rows().applications.find((row) => row.slug === slug);
  if (found === undefined) throw new Error(`no application ${slug}`);
  return found;
}

describe.each(LONG ? ['2026.2.2', '2026.5.0', '2026.8.7'] : ['2026.8.7'])('on Authentik %s', (version) => {
  beforeEach(() => bed.world.authentik.setVersion(version));

  it('a client is registered, changed, rotated, checked, repaired and deregistered', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const result = await bed.register('whole');
    expect([result.outcome, result.checks.every(({ ok }) => ok)]).toEqual(['registered', true]);
    expect(result.warnings.join('\n')).not.toContain('Authentik 20');
    expect(await findings('whole')).toEqual([]);

    applicationOf('whole').name = 'Renamed';
    expect((await findings('whole')).join('\n')).toContain("Authentik: the application's name");
    expect((await bed.register('whole', { client: 'whole', repair: true })).outcome).toBe('repaired');
    expect(await findings('whole')).toEqual([]);

    const wanted = withOneUriMore(rotatable('whole'));
    expect((await bed.register('whole', wanted)).outcome).toBe('registered');
    expect((await bed.register('whole', wanted)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand('whole');
    expect((await bed.rotate('whole', wanted)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works('whole')).toBe(true);

    const gone = await deregister(bed, 'whole', { registration: wanted, purge: true });
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    await expectSameState(bed, before);
  });

  const steps = stepsInOrder('last').filter((step) => step !== 'cleanUp');
  it.each(LONG ? steps : (['verifyRegistration'] as const))('a run that fails in %s is undone', async (step) => {
    const before = await bed.world.snapshot();
    await failStep(bed.world, step, { land: 'last', slug: 'failing', mayApply: true });
    const failure = await bed.fail('failing', clientNamed('failing'));
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });
});

describe('an upgrade of Authentik', () => {
  it('between two runs leaves a client as asked, and its secret can be rotated', async () => {
    bed.world.authentik.setVersion('2026.5.0');
    await bed.register('kept');
    await bed.world.consumer.byHand('kept');
    bed.world.authentik.setVersion('2026.8.7');
    expect(await findings('kept')).toEqual([]);
    expect((await bed.register('kept')).outcome).toBe('unchanged');
    expect((await bed.rotate('kept')).outcome).toBe('rotated');
  });

  it('in the middle of a run does not keep that from its end', async () => {
    bed.world.authentik.setVersion('2026.5.0');
    await holdStep(bed.world, 'syncBlueprint', { land: 'last' });
    const handle = await bed.start('midway');
    await bed.untilRunning(handle, 'syncBlueprint');
    bed.world.authentik.setVersion('2026.8.7');
    expect((await bed.result(handle)).outcome).toBe('registered');
    expect(await findings('midway')).toEqual([]);
  });

  it('to one that keeps secrets as objects is told by a check, and refused before anything is changed', async () => {
    await bed.register('early');
    bed.world.faults.add({
      system: 'authentik',
      effect: { kind: 'behaviour', name: 'secretDialect', argument: 'newest' },
    });
    const words = 'Authentik keeps client secrets as objects of their own (field client_secret_ref of a provider)';
    expect((await findings('early')).join('\n')).toContain(words);
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const failures = [
      await bed.fail('early', withOneUriMore(rotatable('early'))),
      await bed.failure(await bed.startRotation('early', rotatable('early'))),
      await failDeregistration(bed, 'early', rotatable('early')),
    ];
    for (const { message } of failures) expect(message).toContain(words);
    await bed.expectAsBefore(before);
  });
});
