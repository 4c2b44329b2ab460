import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { clientText } from '../sandbox/authentik/texts.ts';
import { Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator } from './authentik/adapter.ts';

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start();
  lab.group('admins');
  authentik = await asAdministrator(lab);
  const texts = {
    'custom/demo.yaml': clientText({ slug: 'demo' }),
    'custom/bare.yaml': clientText({ slug: 'bare', grantTypes: '' }),
    'custom/open.yaml': clientText({ slug: 'open', clientType: 'public' }),
  };
  await lab.pod(texts, { OIDC_DEMO_SECRET: SECRET });
});
afterEach(() => lab.close());

describe('a secret is tested', () => {
  test('by presenting it, with a negative control', async () => {
    expect(await authentik.testSecret('demo', new Secret(SECRET))).toBe('right');
    expect(await authentik.testSecret('demo', new Secret('another one'))).toBe('wrong');
    expect(await authentik.testSecret('demo', new Secret(''))).toBe('wrong');
    expect(await authentik.testSecret('nosuch', new Secret(SECRET))).toBe('wrong');
  });

  test('also where the provider rejects every login', async () => {
    expect(await authentik.testSecret('bare', new Secret(SECRET))).toBe('right');
  });

  test('in vain of a public client, which accepts anything: the control tells', async () => {
    expect(await authentik.testSecret('open', new Secret('anything'))).toBe('right');
  });

  test('with every printable character as it is', async () => {
    const odd = 'a b%2B+&="\'<>ü'.replace('ü', '~');
    const [provider] = lab.rows.providers;
    if (provider !== undefined) provider.client_secret = odd;
    expect(await authentik.testSecret('demo', new Secret(odd))).toBe('right');
  });

  test('never with characters beyond ASCII, which Authentik answers with a crash', async () => {
    await expect(authentik.testSecret('demo', new Secret('wröng'))).rejects.toMatchObject({ kind: 'Refused' });
  });

  test("but not by a proxy's answer", async () => {
    lab.faults.add({ system: 'authentik', effect: { kind: 'error', status: 401, body: 'password, please' } });
    await expect(authentik.testSecret('demo', new Secret(SECRET))).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('a redirect URI is tested without a session', () => {
  test.each([
    ['demo', 'https://demo.example.invalid/callback', 'accepted'],
    ['demo', 'https://demo.example.invalid/other', 'rejected'],
    ['nosuch', 'https://demo.example.invalid/callback', 'rejected'],
    ['bare', 'https://bare.example.invalid/callback', 'grantMissing'],
  ])('%s with %s is %s', async (client, uri, verdict) => {
    expect(await authentik.testRedirectUri(client, uri, ['openid'])).toBe(verdict);
  });
});

describe('the discovery document', () => {
  test('names issuer and endpoints', async () => {
    expect(await authentik.discoveryDocument('demo')).toEqual({
      issuer: `${lab.url}/application/o/demo/`,
      authorizationEndpoint: `${lab.url}/application/o/authorize/`,
      tokenEndpoint: `${lab.url}/application/o/token/`,
    });
  });

  test('is absent without an application, and without its provider', async () => {
    expect(await authentik.discoveryDocument('nosuch')).toBeUndefined();
    await authentik.remove('provider', lab.rows.providers[0]?.pk ?? 0);
    expect(await authentik.discoveryDocument('demo')).toBeUndefined();
  });
});
