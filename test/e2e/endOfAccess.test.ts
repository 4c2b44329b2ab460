import { stringify } from 'yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import type { ChangePlan } from '../../core/plan/plan.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { failChange } from './changes.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

// Access that ends, on an Authentik that takes the end of a blueprint and on one that leaves it out: which it is nobody has tried.

let bed: TestBed;
useTestBed({}, (started) => {
  bed = started;
});
beforeEach(() => bed.world.authentik.setVersion('2026.8.7'));

const [END, LATER] = ['2099-06-30T18:00:00Z', '2099-12-31T18:00:00Z'];
const UNSURE = 'spec.access.until of gardeners: ';
const base = clientNamed('guest').spec;

function guest(until?: string): RegistrationInput {
  const access = {
    groups: ['gardeners', 'guest-bots'],
    ...(until === undefined ? {} : { until: { gardeners: until } }),
  };
  return { ...clientNamed('guest'), spec: { ...base, access, consumers: [] } };
}

const say = (registration: RegistrationInput): Promise<unknown> =>
  bed.world.repository.commitAs('ada', { 'oidc-clients/guest.yaml': stringify(registration) }, 'Say what is asked');
const taking = (): void =>
  bed.world.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'expiryByBlueprint' } });

/** Ends of the client's bindings, in their order; null of one that does not end. */
function ends(): readonly (string | null)[] {
  const { applications, bindings } = bed.world.authentik.database.rows;
  const application = applications.find(({ slug }) => slug === 'guest');
  return bindings
    .filter(({ target }) => target === application?.pk)
    .toSorted((a, b) => a.order - b.order)
    .map(({ expiring, expires }) => (expiring && expires !== null ? new Date(expires).toISOString() : null));
}
const at = (instant: string): string => new Date(instant).toISOString();

async function warnings(): Promise<string> {
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.plan('guest'), args: [{ client: 'guest' }] };
  return ((await bed.client.workflow.execute('planClient', options)) as ChangePlan).warnings.join('\n');
}

async function findings(): Promise<readonly string[]> {
  await bed.world.settled();
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('guest'), args: [{ client: 'guest' }] };
  const { findings: found } = (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  return found.map(({ severity, what }) => `${severity} ${what}`);
}

describe('an end of access that Authentik takes', () => {
  beforeEach(taking);

  it('is written, read back and told, and does not stand in the way of the next run', async () => {
    await say(guest(END));
    expect(await warnings()).toContain(UNSURE);

    expect((await bed.register('guest')).outcome).toBe('registered');

    expect(ends()).toEqual([at(END), null]);
    expect(await findings()).toEqual([`notice access of gardeners ends on ${END}`]);
    expect(await warnings()).not.toContain(UNSURE);
    expect((await bed.register('guest')).outcome).toBe('unchanged');
  });

  it('is given back by a repair', async () => {
    const { bindings } = bed.world.authentik.database.rows;
    Object.assign(bindings.find(({ expiring }) => expiring) ?? {}, { expiring: false, expires: null });
    expect((await findings()).join()).toContain('access of gardeners does not end');

    expect((await bed.register('guest', { client: 'guest', repair: true })).outcome).toBe('repaired');
    expect(ends()).toEqual([at(END), null]);
  });

  it.each([['later', LATER] as const, ['never', 'never'] as const])('is as before where %s fails', async (_, until) => {
    await say(guest(until));
    await bed.world.settled();
    const before = await bed.world.snapshot();
    await failChange(bed.world, 'verifyRegistration', { land: 'last', slug: 'guest' });

    expect((await bed.fail('guest')).kept).toEqual([]);

    expect(ends()).toEqual([at(END), null]);
    await bed.expectAsBefore(before);
    await bed.heal();
  });

  it('is put off, and taken away', async () => {
    await say(guest(LATER));
    expect((await bed.register('guest')).outcome).toBe('registered');
    expect(ends()).toEqual([at(LATER), null]);

    await say(guest('never'));
    expect((await bed.register('guest')).outcome).toBe('registered');
    expect(ends()).toEqual([null, null]);
    expect(await findings()).toEqual([]);
  });
});

describe('an end of access that Authentik leaves out', () => {
  beforeEach(async () => bed.heal());

  it('is told by the plan, and the run is taken back', async () => {
    await say(guest(END));
    await bed.world.settled();
    const before = await bed.world.snapshot();
    expect(await warnings()).toContain(UNSURE);

    const failure = await bed.fail('guest');

    expect(failure.message).toContain('This Authentik took over no end of access from the blueprint');
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('asks nothing of it where access is not to end anyway', async () => {
    await say(guest());
    expect(await warnings()).not.toContain(UNSURE);
    expect((await bed.register('guest')).outcome).toBe('unchanged');
  });
});
