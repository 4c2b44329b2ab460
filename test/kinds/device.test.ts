import { beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CheckResult } from '../../core/check/finding.ts';
import { checkRegistration } from '../../core/installation/readFiles.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import { deregister, failDeregistration, strikeStep } from '../e2e/deregistering.ts';
import { useTestBed, type TestBed } from '../e2e/testBed.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { devices } from './activities/consumers/device/kind.ts';
import { IDS } from '../../core/run/ids.ts';

// A kind of consumer that the product does not have is added by a folder and a line in each layer, beside this file. Its whole life, in order.

let bed: TestBed;
let before: unknown;
useTestBed({}, (started) => {
  bed = started;
});
beforeAll(async () => {
  before = await bed.world.snapshot();
});

const FILE = 'devices/kiosk.yaml';

function client(...consumers: readonly { readonly name: string; readonly greeting: string }[]): RegistrationInput {
  const tool = clientNamed('tool');
  const named = consumers.map(({ name, greeting }) => ({
    kind: 'device',
    name,
    greeting,
    file: `devices/${name}.yaml`,
  }));
  return { ...tool, spec: { ...tool.spec, consumers: named as unknown as RegistrationInput['spec']['consumers'] } };
}

const hello = client({ name: 'kiosk', greeting: 'Hello' });
const boo = client({ name: 'kiosk', greeting: 'Boo' });

function inVault(): string | undefined {
  const fields = bed.world.connect.store.all().flatMap((item) => item.fields);
  return fields.find(({ label }) => label === 'tool-client-secret')?.value;
}

/** That the device has what Git says, and the vault's value. */
async function expectDelivered(greeting: string): Promise<void> {
  const held = devices.get('kiosk');
  expect(held?.text).toBe(`client: tool\ngreeting: ${greeting}\n`);
  expect(await bed.world.repository.read(FILE)).toBe(held?.text);
  expect(inVault()).toBeDefined();
  expect(held?.secret.reveal()).toBe(inVault());
}

it('its schema, its rules and its policy are asked', async () => {
  expect(() => checkRegistration(client({ name: 'kiosk', greeting: 'Hello <<you>>' }), 'test')).toThrow('<<you>>');
  expect(() =>
    checkRegistration(client(...['Hello', 'Hi'].map((greeting) => ({ name: 'kiosk', greeting }))), 'test'),
  ).toThrow('consumer "device kiosk" is named twice');
  expect((await bed.fail('tool', client({ name: 'safe', greeting: 'Hello' }))).message).toContain(
    'spec.consumers.0.name: no policy allows that device',
  );
});

it('a registration that fails after the delivery takes it back', async () => {
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'tool', mayApply: true });

  const failure = await bed.fail('tool', hello);

  expect(failure.kept).toEqual([]);
  expect(failure.undone).toContain('device kiosk is as before');
  expect(devices.size).toBe(0);
  await bed.expectAsBefore(before);
  await bed.heal();
});

it('a registration delivers to it and proves it', async () => {
  const result = await bed.register('tool', hello);

  expect(result.outcome).toBe('registered');
  expect(result.checks).toContainEqual({
    name: 'device kiosk delivers the secret',
    ok: true,
    detail: 'memory of kiosk',
  });
  expect(result.remaining).toContain('switch device kiosk on');
  await expectDelivered('Hello');
  expect((await bed.register('tool', hello)).outcome).toBe('unchanged');
});

it('a change that fails leaves it as it was, and one that ends well changes it', async () => {
  await failStep(bed.world, 'landChange', { land: 'last', slug: 'tool', mayApply: true });
  expect((await bed.fail('tool', boo)).kept).toEqual([]);
  await expectDelivered('Hello');
  await bed.heal();

  const result = await bed.register('tool', boo);

  expect(result.warnings).toContain('such a greeting may frighten people');
  await expectDelivered('Boo');
});

it('a check finds that it lacks the secret, and a repair brings it', async () => {
  await bed.world.repository.commitAs('ada', { 'oidc-clients/tool.yaml': stringify(boo) }, 'The registration');
  devices.clear();
  const options = { taskQueue: IDS.taskQueue, workflowId: IDS.check('tool'), args: [{ client: 'tool' }] };
  const { findings } = (await bed.client.workflow.execute('checkClient', options)) as CheckResult;
  expect(findings.map(({ what }) => what)).toContain('device kiosk has nothing');

  expect((await bed.register('tool', { client: 'tool', repair: true })).outcome).toBe('repaired');

  await expectDelivered('Boo');
});

it('a rotation brings it the new secret', async () => {
  const old = inVault();

  const result = await bed.rotate('tool');

  expect(result.changed).toContain('device kiosk');
  expect(inVault()).not.toBe(old);
  await expectDelivered('Boo');
});

it('one that is no longer named is taken from, and named again it is delivered to', async () => {
  await bed.register('tool', client());
  expect(devices.size).toBe(0);
  await expect(bed.world.repository.read(FILE)).rejects.toThrow();

  await bed.register('tool', boo);
  await expectDelivered('Boo');
});

it('a deregistration that fails leaves it delivered to, and a purge leaves nothing', async () => {
  await strikeStep(bed.world, 'landChange', 'fail');
  expect((await failDeregistration(bed, 'tool')).kept).toEqual([]);
  await expectDelivered('Boo');
  await bed.heal();

  const result = await deregister(bed, 'tool', { client: 'tool', purge: true });

  expect(result.removed).toContain('device kiosk');
  expect(result.remaining).toContain('switch device kiosk off');
  expect(devices.size).toBe(0);
  await expect(bed.world.repository.read(FILE)).rejects.toThrow();
  expect(inVault()).toBeUndefined();
});
