import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../core/secret.ts';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import type { FaultEffect } from '../../sandbox/faults.ts';
import { groupText } from '../sandbox/authentik/texts.ts';
import { ADMIN_TOKEN, Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator } from './authentik/adapter.ts';

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start();
  authentik = await asAdministrator(lab, 300);
  await lab.pod({ 'custom/a.yaml': groupText('a') });
});
afterEach(() => lab.close());

function strike(effect: FaultEffect): void {
  lab.faults.add({ system: 'authentik', effect });
}

function error(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): FaultEffect {
  return { kind: 'error', status, body, headers };
}

/** Every request of the interface. */
const CALLS: Readonly<Record<string, (authentik: Authentik) => Promise<unknown>>> = {
  version: (api) => api.version(),
  permissions: (api) => api.permissions(undefined),
  'find a flow': (api) => api.find('flow', 'x'),
  'find a certificate': (api) => api.find('certificate', 'x'),
  'find a scope mapping': (api) => api.find('scopeMapping', 'x'),
  'find a group': (api) => api.find('group', 'x'),
  application: (api) => api.application('x'),
  providerByName: (api) => api.providerByName('x'),
  providerByClientId: (api) => api.providerByClientId('x'),
  providerByPk: (api) => api.providerByPk(1),
  bindings: (api) => api.bindings('x'),
  group: (api) => api.group('x'),
  user: (api) => api.user('x'),
  instancesByPath: (api) => api.instancesByPath('x'),
  instancesByName: (api) => api.instancesByName('x'),
  available: (api) => api.available(),
  createInstance: (api) => api.createInstance('x', 'x.yaml'),
  apply: (api) => api.apply('x'),
  applyTasks: (api) => api.applyTasks('x'),
  discoveryWarnings: (api) => api.discoveryWarnings(),
  usedBy: (api) => api.usedBy('group', 'x'),
  remove: (api) => api.remove('group', 'x'),
  testSecret: (api) => api.testSecret('x', new Secret(SECRET)),
  testRedirectUri: (api) => api.testRedirectUri('x', 'https://x.invalid', ['openid']),
  discoveryDocument: (api) => api.discoveryDocument('x'),
};

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
  strike({ kind: 'hang' });
  const started = Date.now();
  await expect(authentik.version()).rejects.toThrow('Authentik does not answer (TimeoutError)');
  await expect(authentik.discoveryDocument('x')).rejects.toThrow('Authentik does not answer (TimeoutError)');
  expect(Date.now() - started).toBeLessThan(2_000);
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
