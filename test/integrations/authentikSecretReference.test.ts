import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { createAuthentik } from '../../integrations/authentik/goauthentik.ts';
import { Lab, LIMITED_TOKEN, SECRET } from '../sandbox/authentik/lab.ts';
import { clientText } from '../sandbox/authentik/texts.ts';

let lab: Lab;
let authentik: Authentik;
beforeEach(async () => {
  lab = await Lab.start('2026.8.3');
  authentik = await createAuthentik({ url: lab.url, token: new Secret(LIMITED_TOKEN), timeoutMs: 10_000 });
  lab.grant.permissions = new Set(['view_oauth2provider']);
});
afterEach(() => lab.close());

function dialect(name: string): void {
  lab.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'secretDialect', argument: name } });
}

async function client(): Promise<void> {
  lab.group('admins');
  await lab.pod({ 'zot.yaml': clientText({ slug: 'zot' }) }, { OIDC_DEMO_SECRET: SECRET });
}

describe.each([
  ['a provider', client],
  ['the schema, without a provider', async () => undefined],
  [
    'the schema, where providers are not shown',
    async () => {
      await client();
      lab.grant.permissions = new Set();
    },
  ],
])('told by %s', (_who, arrange) => {
  test.each([
    ['newest', '2026.8.3', 'client_secret_ref'],
    ['august', '2026.5.0', 'secret'],
    ['none', '2026.11.0', undefined],
  ])('the %s draft on a server that says %s', async (name, version, field) => {
    lab.standIn.setVersion(version);
    dialect(name);
    await arrange();
    expect(await authentik.secretReference()).toBe(field);
    expect(lab.rows.events, 'no value was looked at').toEqual([]);
  });
});

test('is none where no provider is shown and no schema is served', async () => {
  lab.grant.permissions = new Set();
  dialect('newest');
  lab.faults.add({
    system: 'authentik',
    path: '/schema/',
    effect: { kind: 'error', status: 404, body: { detail: 'Not found.' } },
  });
  expect(await authentik.secretReference()).toBeUndefined();
});
