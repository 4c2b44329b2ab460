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
    expect((await authentik.secretDialect())?.reference).toBe(field);
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
  expect(await authentik.secretDialect()).toBeUndefined();
});

describe.each(['newest', 'august'])('objects of the %s draft', (draft) => {
  const app = draft === 'newest' ? 'authentik_crypto_secrets' : 'authentik_secrets';
  beforeEach(async () => {
    lab.grant.permissions = new Set(['view_oauth2provider', 'view_secret', 'delete_secret']);
    dialect(draft);
    await client();
  });

  test('are found by name and key, without a look at what they hold', async () => {
    const [{ pk, name } = { pk: '', name: '' }] = lab.rows.secrets;
    lab.rows.secrets.push({ pk: 'longer', name: `${name} of others`, type: 'text', value: 'x' });
    expect(await authentik.secretsNamed(name)).toEqual([{ pk, name }]);
    expect(await authentik.secretByPk(pk)).toEqual({ pk, name });
    expect(await authentik.secretByPk('none')).toBeUndefined();
    expect((await authentik.providerByName('zot'))?.secret).toBe(pk);
    expect(lab.rows.events).toEqual([]);
  });

  test('tell who uses them, and go once nobody does', async () => {
    const [{ pk } = { pk: '' }] = lab.rows.secrets;
    expect(await authentik.usedBy('secret', pk)).toMatchObject([{ model: 'oauth2provider' }]);
    await expect(authentik.remove('secret', pk)).rejects.toMatchObject({ status: 400 });
    lab.rows.providers = [];
    await authentik.remove('secret', pk);
    await authentik.remove('secret', pk);
    expect(lab.rows.secrets).toEqual([]);
    expect(await authentik.usedBy('secret', pk)).toEqual([]);
  });

  test('are asked for as permissions, and their values never', async () => {
    const { missingView, missingDelete } = await authentik.permissions(undefined);
    expect([...missingView, ...(missingDelete ?? [])].filter((name) => name.includes('secret'))).toEqual([]);
    lab.grant.permissions = new Set(['view_oauth2provider', 'view_secret_value']);
    const lacking = await authentik.permissions(undefined);
    expect(lacking.missingView).toContain(`${app}.view_secret`);
    expect(lacking.missingDelete).toContain(`${app}.delete_secret`);
    const [{ pk } = { pk: '' }] = lab.rows.secrets;
    lab.grant.permissions = new Set(['view_oauth2provider', 'view_secret']);
    lab.rows.providers = lab.rows.providers.map((row) => ({ ...row, secret_ref: null }));
    await expect(authentik.remove('secret', pk)).rejects.toMatchObject({ lacking: [`${app}.delete_secret`] });
  });
});

test('are none where Authentik has no such objects', async () => {
  await client();
  expect(await authentik.secretsNamed('zot client_secret')).toEqual([]);
  expect(await authentik.usedBy('secret', 'x')).toEqual([]);
  await authentik.remove('secret', 'x');
  const { missingView, missingDelete } = await authentik.permissions(undefined);
  expect([...missingView, ...(missingDelete ?? [])].join(' ')).not.toContain('secret');
});
