import { expect, it } from 'vitest';
import { failStep } from '../../sandbox/world/stepFaults.ts';
import type { WebhookStandIn } from '../../sandbox/consumers/webhook.ts';
import { eventually } from '../fixtures/polling.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { holdStep, watching } from './holds.ts';
import { useTestBed, type TestBed } from './testBed.ts';

let bed: TestBed;
useTestBed(
  {
    notify: 'ntfy',
    adjust: (installation) => ({ ...installation, notify: { shape: 'ntfy', afterMs: 300 } }),
  },
  (started) => {
    bed = started;
  },
);

function webhook(): WebhookStandIn {
  if (bed.world.webhook === undefined) throw new Error('the world has no webhook');
  return bed.world.webhook;
}

it('tells people that a run has failed, once, and that nothing is left', async () => {
  await failStep(bed.world, 'verifyRegistration', { land: 'last', slug: 'zot', mayApply: true });

  const failure = await bed.fail('zot');

  expect(failure.kept).toEqual([]);
  expect(webhook().received).toEqual([
    {
      topic: webhook().address.split('/').at(-1),
      title: 'OIDC client zot was not registered',
      message: failure.message,
      priority: 4,
      tags: ['rotating_light'],
    },
  ]);
  expect(failure.message).toContain('Everything is as it was.');
});

it('fails as it would have, and not much later, where the webhook hangs', async () => {
  await bed.world.settled();
  const before = await bed.world.snapshot();
  const told = webhook().received.length;
  await failStep(bed.world, 'generateSecret', { land: 'last', slug: 'zot', mayApply: true });
  await bed.world.addFaults({ system: 'webhook', effect: { kind: 'hang' } });

  const failure = await bed.fail('zot');

  expect(failure.message).toContain('1Password');
  expect(failure.kept).toEqual([]);
  expect(webhook().received).toHaveLength(told);
  await bed.expectAsBefore(before);
});

it('tells people that a run waits for its turn, and who has it', async () => {
  const told = webhook().received.length;
  const done = watching(bed.world);
  await holdStep(bed.world, 'preflight', { land: 'last', ms: 0 });
  const holder = await bed.start('holder', clientNamed('holder'));
  await bed.untilItsTurn(holder);
  const waiting = await bed.start('waiter', clientNamed('waiter'));

  const [, message] = await eventually(
    () => webhook().received.slice(told - 1),
    (received) => received.length > 1,
  );
  done();
  expect(message).toMatchObject({
    title: 'OIDC client waiter waits for its turn',
    message: 'The run waits for the turn at Application authentik. It is held by oidc-client/holder.',
    priority: 3,
  });
  expect((await bed.result(holder)).outcome).toBe('registered');
  expect((await bed.result(waiting)).outcome).toBe('registered');
  expect(webhook().received).toHaveLength(told + 1);
});
