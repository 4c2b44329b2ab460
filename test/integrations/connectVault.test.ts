import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { errorOf } from '../fixtures/errors.ts';
import { ITEM, testVault, VAULT } from '../fixtures/vault.ts';

// What Connect alone does; vault.test.ts holds what both libraries must.

const PENDING = 'zot-client-secret (pending change-1)';
const value = new Secret('Zx9-generated-value-that-nobody-may-see');

test('an item that Connect refuses while nobody wrote is a failure, after one write', async () => {
  const { vault, faults } = await testVault();
  let written = 0;
  const strike = faults.strike.bind(faults);
  faults.strike = (system, request) => {
    if (request.method === 'PUT') written += 1;
    return strike(system, request);
  };
  const body = { status: 400, message: `Unable to update item "${ITEM.title}" in Vault "${VAULT.id}"` };
  faults.add({ system: 'connect', method: 'PUT', effect: { kind: 'error', status: 400, body } });
  const error = await errorOf(vault.addField(PENDING, value));
  expect(error).toMatchObject({ kind: 'Failed', status: 400, retryable: false });
  expect(error.message).toContain('Unable to update item');
  expect(written).toBe(1);
});

test.each([
  ['7', 7_000, 7_000],
  [new Date(Date.now() + 3_600_000).toUTCString(), 3_000_000, 3_601_000],
  ['soon', undefined, undefined],
])('the rate limit with Retry-After "%s"', async (header, least, most) => {
  const { vault, faults } = await testVault();
  const body = { status: 429, message: 'Too Many Requests' };
  faults.add({ system: 'connect', effect: { kind: 'error', status: 429, body, headers: { 'retry-after': header } } });
  for (const work of [vault.read(), vault.removeField('x')]) {
    const error = await errorOf(work);
    expect(error).toMatchObject({ kind: 'RateLimited', status: 429, retryable: true });
    if (least === undefined) expect(error.retryAfterMs).toBe(300_000);
    else {
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(least);
      expect(error.retryAfterMs).toBeLessThanOrEqual(most);
    }
  }
});

test('an answer that is not Connect’s is unavailable', async () => {
  const { vault, faults } = await testVault();
  faults.add({ system: 'connect', times: 1, effect: { kind: 'error', status: 502, body: '<html>' } });
  expect(await errorOf(vault.read())).toMatchObject({ kind: 'Unavailable', status: 502 });
  const { url } = await serve((response) => response.end('<html>a page of somebody</html>'));
  const { as } = await testVault();
  const error = await errorOf(as({ host: url }).read());
  expect(error).toMatchObject({ kind: 'Unavailable' });
  expect(error.message).toContain('Connect answered with a web page, as a log-in proxy in front of it does');
});

test('a write does not follow a redirect with the secrets in its body', async () => {
  const reached: string[] = [];
  const elsewhere = await serve((response, body) => {
    reached.push(body);
    response.end('{}');
  });
  const { connect, as } = await testVault();
  const item = JSON.stringify(connect.item(ITEM.id));
  const door = await serve((response, _body, method) => {
    if (method === 'GET') response.end(item);
    else response.writeHead(307, { location: elsewhere.url }).end();
  });
  const error = await errorOf(as({ host: door.url }).addField(PENDING, value));
  expect(error).toMatchObject({ kind: 'Unavailable' });
  expect(error.message).toContain('answered 307');
  expect(reached).toEqual([]);
});

async function serve(
  answer: (response: ServerResponse, body: string, method: string) => void,
): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => void (body += chunk));
    request.on('end', () => answer(response, body, request.method ?? ''));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
