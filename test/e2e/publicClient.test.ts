import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { SECRET_STEPS, type StepName } from '../../core/run/steps.ts';
import type { LayoutName } from '../../sandbox/world/layout.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { CHANGE_STEPS } from './changes.ts';
import { deregister, expectSameState, failDeregistration, strikeStep } from './deregistering.ts';
import { LONG } from './long.ts';
import { activitiesOf, useTestBed, type TestBed, type TestBedOptions } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// A client without a secret, through its whole life.

const open: NonNullable<TestBedOptions['adjust']> = (all) => ({
  ...all,
  policy: {
    ...all.policy,
    publicClients: 'any',
    redirectUris: { ...all.policy?.redirectUris, loopback: true, schemes: ['app.orchard'] },
  },
});
let bed: TestBed;
useTestBed({ adjust: open }, (started) => {
  bed = started;
});

const base = clientNamed('phone').spec;
const asked = (spec: Partial<RegistrationInput['spec']> = {}): RegistrationInput => ({
  ...clientNamed('phone'),
  spec: {
    ...base,
    clientType: 'public',
    redirectUris: ['app.orchard:///oauth-callback', 'http://127.0.0.1:8250/callback'],
    consumers: [{ kind: 'manual', name: 'the app', steps: ['enter <<clientId>> and <<issuer>>'] }],
    ...spec,
  },
});
const confidential = asked({ clientType: undefined, consumers: [] });

const NO_SECRET = 'a public client has no secret';
const FILE = 'oidc-clients/phone.yaml';
const say = (registration: RegistrationInput): Promise<unknown> =>
  bed.world.repository.commitAs('ada', { [FILE]: stringify(registration) }, 'Say what is asked');

const provider = () => bed.world.authentik.database.rows.providers.find(({ name }) => name === base.displayName);

async function check(): Promise<CheckResult> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('phone'), args: [{ client: 'phone' }] };
  return bed.client.workflow.execute('checkClient', options);
}

/** Requests of the worker to the vault; External Secrets has a token of its own. */
async function asksOfVault(): Promise<number> {
  const token = (await readFile(bed.world.workerEnv['OP_CONNECT_TOKEN_FILE'] ?? '', 'utf8')).trim();
  return bed.world.connect.log.filter((request) => request.token === token).length;
}

/** Paths that differ between the target branch as it was and as it is. */
async function changedSince(before: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const now = await bed.world.repository.tree();
  const paths = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...paths].filter((file) => before[file] !== now[file]).toSorted();
}

const RECORD = 'oidc-clients/phone.oidc-record';
const blueprints = (): string => bed.world.installation.authentik.blueprints.file;

describe('a public client', () => {
  let empty: unknown;
  beforeAll(async () => {
    await say(asked());
    await bed.world.settled();
    empty = await bed.world.snapshot();
  });

  const failing: readonly StepName[] = LONG ? CHANGE_STEPS : ['verifyRegistration', 'landChange'];
  it.each(failing)('is taken back whole where %s fails', async (step) => {
    await failStep(bed.world, step, { land: 'last', slug: 'phone', mayApply: true });

    const failure = await bed.fail('phone');

    expect(failure.kept).toEqual([]);
    expect(failure.undone.join()).not.toMatch(/vault|ExternalSecret/);
    await bed.expectAsBefore(empty);
  });

  it('is registered without a question to the vault, and says which steps had nothing to do', async () => {
    const asks = await asksOfVault();
    const files = await bed.world.repository.tree();

    const handle = await bed.start('phone');
    const result = await bed.result(handle);

    expect(await asksOfVault()).toBe(asks);
    expect(result.outcome).toBe('registered');
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks.map(({ name }) => name)).toContain('Authentik asks the client for no secret');
    expect(result.remaining.join()).toContain('by hand, the app: enter phone and');
    expect(await changedSince(files)).toEqual([RECORD, blueprints()].toSorted());
    const activities = await activitiesOf(handle);
    expect(SECRET_STEPS.filter((step) => activities.includes(step))).toEqual([]);
    const { steps } = await handle.query<ProgressView>('progress');
    for (const name of SECRET_STEPS)
      expect(steps).toContainEqual(expect.objectContaining({ name, state: 'skipped', note: NO_SECRET }));
    expect(provider()).toMatchObject({ client_type: 'public', client_id: 'phone' });
    expect((await bed.register('phone')).outcome).toBe('unchanged');
    expect((await check()).findings).toEqual([]);
    expect(await asksOfVault()).toBe(asks);
  });

  it('is changed and repaired; another type in Authentik is an alarm', async () => {
    const asks = await asksOfVault();
    await say(asked({ redirectUris: ['app.orchard:///oauth-callback'] }));
    expect((await bed.register('phone')).outcome).toBe('registered');
    expect(provider()?.redirect_uris).toHaveLength(1);

    Object.assign(provider() ?? {}, { client_type: 'confidential' });
    const [finding] = (await check()).findings;
    expect(finding).toMatchObject({ severity: 'alarm', what: expect.stringContaining('clientType') as string });
    expect((await bed.register('phone', { client: 'phone', repair: true })).outcome).toBe('repaired');
    expect(provider()?.client_type).toBe('public');
    expect(await asksOfVault()).toBe(asks);
  });

  it('has no secret that could be rotated', async () => {
    const handle = await bed.startRotation('phone');
    expect((await bed.failure(handle)).message).toContain('client phone is public (spec.clientType)');
  });

  it('gets a secret where it becomes confidential, and is taken back to none', async () => {
    await bed.world.settled();
    const before = await bed.world.snapshot();
    const { client_secret: unasked } = provider() ?? {};
    await failStep(bed.world, 'landChange', { land: 'last', slug: 'phone', mayApply: true });
    expect((await bed.fail('phone', confidential)).kept).toEqual([]);
    // The job never reads a secret, and nobody asks a public client for one: what the change gave it stays there for nothing.
    Object.assign(provider() ?? {}, { client_secret: unasked });
    await bed.expectAsBefore(before);
    await bed.heal();

    await say(confidential);
    const result = await bed.register('phone');
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.checks.map(({ name }) => name)).toContain('Authentik accepts the secret of the vault and no other');
    expect(provider()?.client_type).toBe('confidential');
  });

  it('loses it again in its section alone, and what is left is listed', async () => {
    const { deployment, externalSecret } = bed.world.installation.authentik;
    const left = [
      `${deployment.file}: variable AUTHENTIK_PHONE_CLIENT_SECRET is left of a secret that the client no longer has`,
      `${externalSecret.file}: the entry phone-client-secret is left of a secret that the client no longer has`,
    ];
    await say(asked());
    const files = await bed.world.repository.tree();

    const result = await bed.register('phone');

    expect(await changedSince(files)).toEqual([blueprints()]);
    expect(result.warnings).toEqual(expect.arrayContaining(left));
    expect(result.remaining).toEqual(expect.arrayContaining(left.map((each) => `take out by hand: ${each}`)));
    const { findings } = await check();
    expect(findings.map(({ severity, what }) => [severity, what])).toEqual(left.map((what) => ['notice', what]));
    // Its field is the job's own, so the way back needs nobody.
    await say(confidential);
    const again = await bed.register('phone');
    expect(again.checks.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('is deregistered, or stays registered where that fails', async () => {
    await deregister(bed, 'phone', { client: 'phone', purge: true });
    await say(asked());
    await bed.register('phone');
    await bed.world.settled();
    const before = await bed.world.snapshot();
    await strikeStep(bed.world, 'verifyRemoval', 'fail');
    const { client_secret: unasked } = provider() ?? {};
    expect((await failDeregistration(bed, 'phone', { client: 'phone', doneByHand: true })).kept).toEqual([]);
    // Authentik has made one up for the provider that it made again.
    Object.assign(provider() ?? {}, { client_secret: unasked });
    await bed.expectAsBefore(before);
    await bed.heal();
    const asks = await asksOfVault();

    const result = await deregister(bed, 'phone', { client: 'phone', doneByHand: true });

    expect(result.outcome).toBe('deregistered');
    expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await asksOfVault()).toBe(asks);
    expect(provider()).toBeUndefined();
    expect(await bed.world.repository.tree()).not.toHaveProperty([FILE]);
  });
});

// Whoever else deploys meets no step that the layout above does not: test:long.
describe.each<LayoutName>(LONG ? ['auto', 'external', 'helm', 'flux'] : [])(
  'a public client on the %s layout',
  (layout) => {
    let other: TestBed;
    const client = clientNamed('tablet', layout);
    const inline: RegistrationInput = { ...client, spec: { ...client.spec, clientType: 'public', consumers: [] } };
    useTestBed({ layout, adjust: open }, (started) => {
      other = started;
    });

    it('is registered, unchanged and deregistered, and nothing of it is left', async () => {
      await other.world.settled();
      const before = await other.world.snapshot();
      const handle = await other.start('tablet', inline);
      const result = await other.result(handle);
      expect(result.checks.filter(({ ok }) => !ok)).toEqual([]);
      const activities = await activitiesOf(handle);
      expect(SECRET_STEPS.filter((step) => activities.includes(step))).toEqual([]);
      expect((await other.register('tablet', inline)).outcome).toBe('unchanged');
      expect((await deregister(other, 'tablet', inline)).outcome).toBe('deregistered');
      await expectSameState(other, before);
    });
  },
);
