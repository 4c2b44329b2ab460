import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import type { FaultEffect } from '../../sandbox/faults/faults.ts';
import { groupText } from '../sandbox/authentik/texts.ts';
import { ADMIN_TOKEN, Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator } from './authentik/adapter.ts';
import { CALLS } from './authentik/calls.ts';

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start();
  authentik = await asAdministrator(lab);
  await lab.pod({ 'custom/a.yaml': groupText('a') });
});
afterEach(() => lab.close());

function strike(effect: FaultEffect): void {
  lab.faults.add({ system: 'authentik', effect });
}

function error(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FaultEffect {
  return { kind: 'error', status, body, headers };
}

describe.each(Object.entries(CALLS))('%s', (_name, call) => {
  test('is unavailable when Authentik answers 503, and may be tried again', async () => {
    strike(error(503, '<html>starting</html>'));
    await expect(call(authentik)).rejects.toMatchObject({
      system: 'Authentik',
      kind: 'Unavailable',
      status: 503,
      retryable: true,
    });
  });

  test('is unavailable when the answer is lost', async () => {
    strike({ kind: 'loseAnswer' });
    await expect(call(authentik)).rejects.toMatchObject({ system: 'Authentik', kind: 'Unavailable' });
  });

  test('is unauthorized when Authentik answers 403', async () => {
    strike(error(403, { detail: 'Token invalid/expired' }));
    await expect(call(authentik)).rejects.toMatchObject({ kind: 'Unauthorized', status: 403, retryable: false });
  });
});

test('Authentik that hangs is unavailable within the time limit, API and OAuth2 endpoints alike', async () => {
  const authentik = await asAdministrator(lab, 300);
  strike({ kind: 'hang' });
  await expect(authentik.version()).rejects.toThrow('Authentik does not answer (TimeoutError)');
  await expect(authentik.discoveryDocument('x')).rejects.toThrow('Authentik does not answer (TimeoutError)');
});

test('Authentik that is not there is unavailable, by the code of the network', async () => {
  await lab.close();
  await expect(authentik.version()).rejects.toThrow('Authentik does not answer (ECONNREFUSED)');
});

test.each([
  [400, 'BadInput'],
  [401, 'Unauthorized'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [429, 'RateLimited'],
  [500, 'Unavailable'],
])('a refusal with status %i is %s', async (status, kind) => {
  strike(error(status, { detail: 'No.' }));
  await expect(authentik.version()).rejects.toMatchObject({
    kind,
    status,
    message: `could not read the version: Authentik answered ${status} No.`,
  });
});

test('a limit of requests says when to come back', async () => {
  strike(error(429, { detail: 'Request was throttled.' }, { 'retry-after': '7' }));
  await expect(authentik.version()).rejects.toMatchObject({ kind: 'RateLimited', retryAfterMs: 7_000 });
});

test('what Authentik says about fields is said on', async () => {
  strike(error(400, { name: ['This field may not be blank.'], path: ['No.', 'Never.'] }));
  await expect(authentik.version()).rejects.toThrow(
    'answered 400 name: This field may not be blank.; path: No. Never.',
  );
});

test('neither token nor secret is in an error, even where Authentik repeats it', async () => {
  strike(error(400, { detail: `bad value ${SECRET} in ${ADMIN_TOKEN}` }));
  for (const call of Object.values(CALLS)) {
    const failure = await call(authentik).catch((thrown: unknown) => thrown);
    const everything = JSON.stringify([failure, String(failure), Object.entries(failure as object)]);
    expect(everything).not.toContain(SECRET);
    expect(failure).not.toHaveProperty('cause');
  }
});

test('a lost answer may have done its work: the caller looks', async () => {
  const { pk } = lab.instance('custom/a.yaml');
  const before = await authentik.applyTasks(pk);
  lab.faults.add({ system: 'authentik', path: '/apply/$', times: 1, effect: { kind: 'loseAnswer' } });
  await expect(authentik.apply(pk)).rejects.toMatchObject({ kind: 'Unavailable' });
  await lab.settled();
  expect(await authentik.applyTasks(pk)).toHaveLength(before.length + 1);
});
