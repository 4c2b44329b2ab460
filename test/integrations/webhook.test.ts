import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import type { Message } from '../../integrations/notify/notifier.ts';
import { createWebhook } from '../../integrations/notify/webhook.ts';
import { Faults, type FaultEffect } from '../../sandbox/faults/faults.ts';
import { startWebhook, type WebhookShape, type WebhookStandIn } from '../../sandbox/consumers/webhook.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';

const TOKEN = 'tk_7d2f5b8c1e9a4603ab57';
const message: Message = {
  kind: 'failed',
  client: 'zot',
  workflowId: 'oidc-client/zot',
  title: 'OIDC client zot was not registered',
  text: 'Git: refused <main> & more. Übrig: nichts.',
};

const faults = new Faults();
let receiver: WebhookStandIn | undefined;
afterEach(async () => {
  faults.clear();
  await receiver?.close();
});

async function webhook(shape: WebhookShape, over: { url?: string; token?: string; timeoutMs?: number } = {}) {
  receiver = await startWebhook(shape, TOKEN, faults);
  const url = new Secret(over.url ?? receiver.address);
  return {
    receiver,
    notifier: createWebhook({ shape, url, token: new Secret(over.token ?? TOKEN), timeoutMs: over.timeoutMs ?? 2_000 }),
  };
}

describe('the shape', () => {
  test('ntfy goes as JSON to the root, with the topic as a field', async () => {
    const { notifier, receiver: server } = await webhook('ntfy');
    await notifier.send({ ...message, kind: 'undoPending', link: 'https://git.example/pr/7' });
    expect(server.received).toEqual([
      {
        topic: server.address.split('/').at(-1),
        title: message.title,
        message: message.text,
        priority: 4,
        tags: ['warning'],
        click: 'https://git.example/pr/7',
      },
    ]);
    expect(server.requests).toEqual([{ path: '/', authorization: `Bearer ${TOKEN}` }]);
  });

  test('slack escapes its control characters, and shows the title as header', async () => {
    const { notifier, receiver: server } = await webhook('slack');
    await notifier.send({ ...message, link: 'https://git.example/pr/7?a=1&b=2' });
    const text = 'Git: refused &lt;main&gt; &amp; more. Übrig: nichts.\n<https://git.example/pr/7?a=1&amp;b=2>';
    expect(server.received).toEqual([
      {
        text: message.title,
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: message.title } },
          { type: 'section', text: { type: 'mrkdwn', verbatim: true, text } },
        ],
      },
    ]);
  });

  test('json sends all fields as they are', async () => {
    const { notifier, receiver: server } = await webhook('json');
    await notifier.send(message);
    expect(server.received).toEqual([{ source: 'oidc-registrar', ...message }]);
  });

  test.each(['ntfy', 'slack'] as const)('%s cuts a text that the receiver would refuse', async (shape) => {
    const { notifier, receiver: server } = await webhook(shape);
    await notifier.send({ ...message, title: 'T'.repeat(200), text: 'ü&'.repeat(3_000) });
    const [sent] = server.received;
    const cut = JSON.stringify(sent);
    expect(cut).toContain('ü');
    expect(cut).not.toContain('\uFFFD');
    expect(cut).toContain('…"');
    expect(cut).not.toMatch(/&[a-z]{0,3}…/);
  });
});

describe('a receiver that does not take it', () => {
  const error = (status: number, body: unknown, headers = {}): FaultEffect => ({
    kind: 'error',
    status,
    body,
    headers,
  });
  test.each<[string, FaultEffect, object]>([
    ['400', error(400, 'invalid_payload'), { kind: 'Failed', message: 'the webhook answered 400 invalid_payload' }],
    [
      '401',
      error(401, { error: 'unauthorized' }),
      { kind: 'Unauthorized', message: 'the webhook answered 401 unauthorized' },
    ],
    ['403', error(403, 'action_prohibited'), { kind: 'Unauthorized' }],
    ['404', error(404, 'no_service'), { kind: 'NotFound', message: 'the webhook answered 404 no_service' }],
    [
      '404 of a proxy',
      error(404, '404 page not found\n'),
      { kind: 'Unavailable', message: expect.stringContaining('answered 404, and not in the words') as string },
    ],
    ['410', error(410, 'channel_is_archived'), { kind: 'NotFound' }],
    ['429', error(429, '', { 'retry-after': '30' }), { kind: 'RateLimited', retryAfterMs: 30_000 }],
    ['500', error(500, '<html>oh</html>'), { kind: 'Unavailable', message: 'the webhook answered 500' }],
    ['a redirect', error(302, '', { location: 'http://127.0.0.1:1/' }), { kind: 'Failed', status: 302 }],
    ['a lost answer', { kind: 'loseAnswer' }, { kind: 'Unavailable' }],
    [
      'a web page',
      error(200, '<!doctype html><title>Sign in</title>'),
      {
        kind: 'Unavailable',
        message: expect.stringContaining('answered with a web page, as a log-in proxy') as string,
      },
    ],
    [
      'an endless answer',
      error(200, 'x'.repeat(2_000_000)),
      { kind: 'Unavailable', message: expect.stringContaining('more than 1048576 bytes') as string },
    ],
    ['silence', { kind: 'hang' }, { kind: 'Unavailable', message: 'the webhook does not answer within 200 ms' }],
  ])('%s is an error of its kind, without address or token', async (_name, effect, wanted) => {
    const { notifier, receiver: server } = await webhook('slack', effect.kind === 'hang' ? { timeoutMs: 200 } : {});
    faults.add({ system: 'webhook', effect });
    const thrown = await errorOf(notifier.send(message));
    expect(thrown).toMatchObject({ system: 'Webhook', ...wanted });
    expectNothingSecret(thrown, server.address);
  });

  test.each(['ok', '{}', '[]', 'null', '', '<html></html>'])('is no ntfy server where it answers %j', async (text) => {
    const { notifier } = await webhook('ntfy');
    faults.add({ system: 'webhook', effect: error(200, text) });
    expect(await errorOf(notifier.send(message))).toMatchObject({ kind: 'Unavailable', retryable: true });
  });

  test('may be one of many that take JSON, and answer as they like', async () => {
    for (const [shape, text] of [
      ['json', ''],
      ['json', '{}'],
      ['slack', '{"success":true}'],
    ] as const) {
      const { notifier } = await webhook(shape);
      faults.add({ system: 'webhook', times: 1, effect: error(200, text) });
      await notifier.send(message);
    }
  });

  test('may echo the address or the token: neither is shown', async () => {
    const { notifier, receiver: server } = await webhook('slack');
    faults.add({ system: 'webhook', effect: error(400, { error: `bad ${server.address} ${TOKEN}` }) });
    expectNothingSecret(await errorOf(notifier.send(message)), server.address);
  });

  test('may not be there at all', async () => {
    const { notifier, receiver: server } = await webhook('slack');
    await server.close();
    const thrown = await errorOf(notifier.send(message));
    expect(thrown).toMatchObject({ kind: 'Unavailable', message: 'the webhook does not answer (ECONNREFUSED)' });
    expectNothingSecret(thrown, server.address);
  });

  test('a wrong token is refused by ntfy', async () => {
    const { notifier } = await webhook('ntfy', { token: 'tk_another' });
    expect(await errorOf(notifier.send(message))).toMatchObject({ kind: 'Unauthorized', status: 401 });
  });
});

function expectNothingSecret(error: Error, address: string): void {
  const shown = everythingOf(error);
  expect(shown).not.toContain(TOKEN);
  expect(shown).not.toContain(new URL(address).pathname.slice(1));
  expect(shown).not.toContain(new URL(address).host);
}
