import { stringify } from 'yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { stepsInOrder } from '../../core/run/steps.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { deregister, expectSameState } from './deregistering.ts';
import { holdStep, watching } from './holds.ts';
import { LONG } from './long.ts';
import { failPlace, holdPlace, rotatable } from './rotationFaults.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Where Authentik keeps client secrets as objects of their own (drafts of 2026.11, which registrar.yaml allows here): the life of a
// client, and the upgrade that makes such objects of what is there.

const sample = await sampleLayout('manual');
const CLIENTS = ['newest', 'august', 'upgraded', 'midway', 'left'];
/** A check and a repair go by the clients' files. */
const files = Object.fromEntries(CLIENTS.map((name) => [`oidc-clients/${name}.yaml`, stringify(rotatable(name))]));
const layout = { ...sample, files: { ...sample.files, ...files } };

let bed: TestBed;
useTestBed(
  {
    layout,
    adjust: (installation) => ({
      ...installation,
      authentik: { ...installation.authentik, allowVersions: ['2026.11'] },
    }),
  },
  (started) => {
    bed = started;
  },
);
beforeEach(() => bed.world.authentik.setVersion('2026.11.0'));

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
const secretsOf = (name: string) => rows().secrets.filter((row) => row.name.startsWith(name));
const providerOf = (clientId: string) => rows().providers.find((row) => row.client_id === clientId);
const shown = () => rows().events.filter(({ action }) => action === 'secret_view');

function speak(draft: string): void {
  const effect = { kind: 'behaviour' as const, name: 'secretDialect' as const, argument: draft };
  bed.world.faults.add({ system: 'authentik', effect });
}

describe.each(['newest', 'august'])('by the %s draft', (draft) => {
  it('a client is registered, changed, rotated, checked, repaired and deregistered', async () => {
    speak(draft);
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const result = await bed.register(draft);
    expect([result.outcome, result.checks.every(({ ok }) => ok)]).toEqual(['registered', true]);
    expect(result.warnings.join('\n')).toContain('was run against a stand-in alone');
    const [secret] = secretsOf(draft);
    expect(secret?.name).toBe(`${draft} client secret`);
    expect(providerOf(draft)).toMatchObject({ secret_ref: secret?.pk });
    expect(await findings(draft)).toEqual([]);

    const wanted = withOneUriMore(rotatable(draft));
    expect((await bed.register(draft, wanted)).outcome).toBe('registered');
    expect((await bed.register(draft, wanted)).outcome).toBe('unchanged');
    await bed.world.consumer.byHand(draft);
    const { value } = secretsOf(draft)[0] as { value: string };
    expect((await bed.rotate(draft, wanted)).outcome).toBe('rotated');
    expect(await bed.world.consumer.works(draft)).toBe(true);
    expect(secretsOf(draft)).toMatchObject([{ pk: secret?.pk }]);
    expect(secretsOf(draft)[0]?.value).not.toBe(value);

    const gone = await deregister(bed, draft, { registration: wanted, purge: true });
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    await expectSameState(bed, before);
    expect(shown(), 'no value was looked at').toEqual([]);
  });

  const steps = stepsInOrder('last').filter((step) => step !== 'cleanUp');
  it.each(LONG ? steps : (['verifyRegistration'] as const))('a run that fails in %s is undone', async (step) => {
    speak(draft);
    const before = await bed.world.snapshot();
    await failStep(bed.world, step, { land: 'last', slug: 'failing', mayApply: true });
    const failure = await bed.fail('failing', clientNamed('failing'));
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });
});

it('a reference to another object is told by a check, and mended by a repair', async () => {
  await bed.register('left');
  const provider = providerOf('left');
  const other = { pk: '2b1c7a38-5a0f-4d0e-9d3e-0d3a5b1c9f11', name: 'by hand', type: 'text', value: 'another' };
  rows().secrets.push(other);
  if (provider !== undefined) provider.secret_ref = other.pk;
  expect((await findings('left')).join('\n')).toContain(
    'the provider\'s client secret object is "by hand", not "left client secret"',
  );
  expect((await bed.register('left', { client: 'left', repair: true })).outcome).toBe('repaired');
  expect(await findings('left')).toEqual([]);
  expect(secretsOf('by hand')).toHaveLength(1);
});

it('an object of that name which is somebody else’s is refused before anything is changed', async () => {
  rows().secrets.push({ pk: 'e2f1', name: 'failing client secret', type: 'text', value: 'of others' });
  const before = await bed.world.snapshot();
  expect((await bed.fail('failing', clientNamed('failing'))).message).toContain(
    'secret "failing client secret" exists; the blueprint would give it another value',
  );
  await bed.expectAsBefore(before);
  rows().secrets = rows().secrets.filter(({ pk }) => pk !== 'e2f1');
});

it.each(['newest', 'august'])('what a token lacks by the %s draft is refused by name', async (draft) => {
  speak(draft);
  await bed.world.settled();
  const before = await bed.world.snapshot();
  for (const code of ['view_secret', 'delete_secret']) {
    bed.world.permissions.delete(code);
    const { message } = await bed.fail('failing', clientNamed('failing'));
    bed.world.permissions.add(code);
    expect(message).toContain(`lacks authentik_${draft === 'newest' ? 'crypto_' : ''}secrets.${code}`);
  }
  await bed.expectAsBefore(before);
});

it('an object that Authentik does not delete is listed', async () => {
  const body = { non_field_errors: ['Secret is in use and cannot be deleted.'] };
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'failing', mayApply: true });
  bed.world.faults.add({
    system: 'authentik',
    method: 'DELETE',
    path: '/crypto/secrets/',
    effect: { kind: 'error', status: 400, body },
  });
  const { kept } = await bed.fail('failing', clientNamed('failing'));
  expect(kept).toMatchObject([
    {
      what: expect.stringContaining('Authentik secret failing client secret') as string,
      why: expect.stringContaining('Secret is in use') as string,
    },
  ]);
  rows().secrets = rows().secrets.filter(({ name }) => name !== 'failing client secret');
});

describe('the upgrade from 2026.8', () => {
  beforeEach(() => bed.world.authentik.setVersion('2026.8.7'));
  const upgrade = () => bed.world.authentik.setVersion('2026.11.0');

  /** What is there, as it is after the upgrade. */
  async function asUpgraded(): Promise<unknown> {
    upgrade();
    await bed.world.settled();
    const all = await bed.world.snapshot();
    bed.world.authentik.setVersion('2026.8.7');
    return all;
  }

  it('leaves a client to be changed: told by a check, migrated by a repair, then as any other', async () => {
    await bed.register('upgraded');
    upgrade();
    expect((await findings('upgraded')).join('\n')).toContain('Git:');
    const [made, ...others] = secretsOf('Client upgraded');
    expect([made?.name, others]).toEqual(['Client upgraded client_secret', []]);
    expect((await bed.register('upgraded', { client: 'upgraded', repair: true })).outcome).toBe('repaired');
    expect(secretsOf('Client upgraded'), 'what the upgrade made is kept').toEqual([made]);
    expect(providerOf('upgraded')).toMatchObject({ secret_ref: made?.pk });
    expect(await findings('upgraded')).toEqual([]);
    expect((await bed.register('upgraded')).outcome).toBe('unchanged');
    await bed.world.consumer.byHand('upgraded');
    expect((await bed.rotate('upgraded')).outcome).toBe('rotated');
    expect(secretsOf('Client upgraded')).toMatchObject([{ pk: made?.pk }]);
    const gone = await deregister(bed, 'upgraded', { registration: rotatable('upgraded'), purge: true });
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    expect([...secretsOf('Client upgraded'), ...secretsOf('upgraded')]).toEqual([]);
  });

  it('is taken back by an undo, and a client may go as it stands', async () => {
    const empty = await asUpgraded();
    await bed.register('undone', rotatable('undone'));
    upgrade();
    await bed.world.settled();
    await bed.world.snapshot();
    const { pk } = secretsOf('Client undone')[0] as { pk: string };
    // As after a new value that was written as text.
    rows().secrets.push({ pk: 'left-behind', name: 'Client undone client_secret', type: 'text', value: 'former' });
    const before = await bed.world.snapshot();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'undone', mayApply: true });
    expect((await bed.fail('undone', rotatable('undone'))).kept).toEqual([]);
    await bed.expectAsBefore(before);
    expect(providerOf('undone')).toMatchObject({ secret_ref: pk });
    const gone = await deregister(bed, 'undone', { registration: rotatable('undone'), purge: true });
    expect([gone.outcome, gone.kept]).toEqual(['deregistered', []]);
    await expectSameState(bed, empty);
  });

  it('clears away what each new value left behind while the secret was text', async () => {
    await bed.register('cleared', rotatable('cleared'));
    upgrade();
    await bed.world.snapshot();
    rows().secrets.push({ pk: 'of-former', name: 'Client cleared client_secret', type: 'text', value: 'former' });
    expect((await bed.register('cleared', rotatable('cleared'))).outcome).toBe('registered');
    expect(secretsOf('Client cleared')).toEqual([]);
    expect(secretsOf('cleared client secret')).toMatchObject([{ pk: providerOf('cleared')?.secret_ref }]);
  });

  async function upgradedMidway(client: string) {
    await holdStep(bed.world, 'syncBlueprint', { land: 'last' });
    const handle = await bed.start(client, rotatable(client));
    await bed.untilRunning(handle, 'syncBlueprint');
    upgrade();
    return handle;
  }

  it('in the middle of a run does not keep that from its end, and the next one migrates', async () => {
    expect((await bed.result(await upgradedMidway('midway'))).outcome).toBe('registered');
    expect((await bed.register('midway')).outcome).toBe('registered');
    expect(await findings('midway')).toEqual([]);
    expect(secretsOf('Client midway')).toMatchObject([{ pk: providerOf('midway')?.secret_ref }]);
  });

  it.each(['ends', 'is undone'])('in the middle of a rotation that %s leaves nothing of another value', async (how) => {
    const name = `turned-${how.length}`;
    await bed.register(name, rotatable(name));
    await bed.world.consumer.byHand(name);
    const done = watching(bed.world);
    holdPlace(bed.world, 'create');
    if (how !== 'ends') failPlace(bed.world, 'distribute');
    const handle = await bed.startRotation(name, rotatable(name));
    const creates = ({ steps }: ProgressView): boolean =>
      steps.some((step) => step.name === 'create' && step.state === 'running');
    await bed.until(handle, creates, 'the new value');
    upgrade();
    done();

    if (how === 'ends')
      expect((await bed.resultOf<RotateResult>(handle)).warnings.join()).not.toContain('of the previous value');
    else expect((await bed.failure(handle)).kept).toEqual([]);
    expect(secretsOf(`Client ${name}`)).toMatchObject([{ pk: providerOf(name)?.secret_ref }]);
  });

  it('in the middle of a run leaves nothing behind where that is undone', async () => {
    const before = await asUpgraded();
    await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'halfway', mayApply: true });
    expect((await bed.failure(await upgradedMidway('halfway'))).kept).toEqual([]);
    await bed.expectAsBefore(before);
  });
});
