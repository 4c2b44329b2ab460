import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../../sandbox/authentik/dialects.ts';
import { demo, DEMO, provider } from './cases/case.ts';
import { ADMIN_TOKEN, Lab, LIMITED_TOKEN, SECRET } from './lab.ts';
import { clientText } from './texts.ts';

let lab: Lab;
afterEach(() => lab?.close());

type Draft = keyof typeof DIALECTS;
const DRAFTS = Object.keys(DIALECTS) as Draft[];

async function as(draft: Draft, version = '2026.11.0'): Promise<void> {
  lab = await Lab.start(version);
  lab.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'secretDialect', argument: draft } });
}

/** A client's blueprint with an entry for its Secret, by the names of a draft. */
function byReference(draft: Draft, field: string = DIALECTS[draft].providerField): string {
  const secret = [
    'entries:',
    `  - model: ${DIALECTS[draft].app}.secret`,
    '    id: zot-secret',
    '    identifiers:',
    '      name: zot client',
    '    attrs:',
    '      type: text',
    '      value: !Env OIDC_DEMO_SECRET',
  ].join('\n');
  return clientText({ slug: 'zot' })
    .replace('entries:', secret)
    .replace(/client_secret: .*/, `${field}: !KeyOf zot-secret`);
}

const ENV = { OIDC_DEMO_SECRET: SECRET };

async function isRight(clientId: string, secret: string): Promise<boolean> {
  const body = new URLSearchParams({ client_id: clientId, client_secret: secret, token: 'none' });
  return (await lab.ask('POST', '/application/o/revoke/', { body })).status === 200;
}

const actions = () => lab.rows.events.map(({ action }) => action);
const api = (method: string, path: string, token = ADMIN_TOKEN) => lab.ask(method, `/api/v3/${path}`, { token });

describe.each(DRAFTS)('secrets as objects, by the %s draft', (draft) => {
  const { providerField, collection } = DIALECTS[draft];

  test('a reference counts; another value keeps the row and is an event', async () => {
    await as(draft);
    lab.group('admins');
    const pod = await lab.pod({ 'zot.yaml': byReference(draft) }, ENV);
    expect(lab.instance('zot.yaml').status).toBe('successful');
    expect(lab.rows.secrets).toMatchObject([{ name: 'zot client', type: 'text', value: SECRET }]);
    expect(await isRight('zot', SECRET)).toBe(true);
    const [{ pk } = { pk: '' }] = lab.rows.secrets;
    pod.write('zot.yaml', byReference(draft).replace('!Env OIDC_DEMO_SECRET', 'another'));
    await lab.settled();
    expect(lab.rows.secrets).toMatchObject([{ pk, value: 'another' }]);
    expect([await isRight('zot', SECRET), await isRight('zot', 'another')]).toEqual([false, true]);
    expect(actions()).toEqual(['secret_rotate']);
  });

  test('a literal makes a Secret whenever it differs, and leaves the former one', async () => {
    await as(draft);
    const pod = await demo(lab);
    expect(lab.rows.secrets).toMatchObject([{ name: 'demo client_secret', value: SECRET }]);
    await lab.apply(DEMO);
    expect(lab.rows.secrets).toHaveLength(1);
    pod.write(DEMO, clientText({ slug: 'demo', people: true, secret: 'another' }));
    await lab.settled();
    expect(lab.rows.secrets).toMatchObject([{ value: SECRET }, { name: 'demo client_secret', value: 'another' }]);
    pod.write(DEMO, clientText({ slug: 'demo', people: true, secret: '""' }));
    await lab.settled();
    expect(lab.instance(DEMO).status).toBe('successful');
    expect(await isRight('demo', 'another'), 'an empty one is passed over').toBe(true);
  });

  test('both are refused', async () => {
    await as(draft);
    lab.group('admins');
    const both = byReference(draft).replace('client_type:', 'client_secret: literal\n      client_type:');
    await lab.pod({ 'zot.yaml': both }, ENV);
    expect(lab.instance('zot.yaml').status).toBe('error');
    expect(lab.rows.secrets).toEqual([]);
  });

  test('the other draft’s name is ignored in silence: Authentik makes a secret of its own', async () => {
    await as(draft);
    lab.group('admins');
    const other = DRAFTS.find((each) => each !== draft) ?? draft;
    await lab.pod({ 'zot.yaml': byReference(draft, DIALECTS[other].providerField) }, ENV);
    expect(lab.instance('zot.yaml').status).toBe('successful');
    expect(await isRight('zot', SECRET)).toBe(false);
  });

  test('the value is shown to its viewers alone, with an event each time', async () => {
    await as(draft);
    await demo(lab);
    lab.grant.permissions = new Set(['view_oauth2provider', 'view_secret']);
    const path = `providers/oauth2/${provider(lab, 'demo').pk}/`;
    const shown = (await api('GET', path, LIMITED_TOKEN)).body as Record<string, unknown>;
    expect(shown).toMatchObject({ [providerField]: lab.rows.secrets[0]?.pk });
    expect(shown).not.toHaveProperty('client_secret');
    expect(actions()).toEqual([]);
    expect((await api('GET', path)).body).toMatchObject({ client_secret: SECRET });
    expect(actions()).toEqual(['secret_view']);
    expect((await api('GET', `${collection}${lab.rows.secrets[0]?.pk}/`, LIMITED_TOKEN)).body).toEqual({
      pk: lab.rows.secrets[0]?.pk,
      name: 'demo client_secret',
      type: 'text',
    });
  });

  test('one in use is not deleted; it outlives its provider', async () => {
    await as(draft);
    await demo(lab);
    const at = `${collection}${lab.rows.secrets[0]?.pk}/`;
    expect((await api('DELETE', at)).status).toBe(400);
    expect((await api('GET', `${at}used_by/`)).body).toMatchObject([{ model_name: 'oauth2provider' }]);
    await api('DELETE', `providers/oauth2/${provider(lab, 'demo').pk}/`);
    expect(lab.rows.secrets).toHaveLength(1);
    lab.grant.permissions = new Set(['view_secret']);
    expect((await api('DELETE', at, LIMITED_TOKEN)).status).toBe(403);
    expect((await api('DELETE', at)).status).toBe(204);
  });

  test('the schema names the provider’s field', async () => {
    await as(draft, '2026.8.3');
    const { body } = await lab.ask('GET', '/api/v3/schema/?format=json');
    expect(JSON.stringify(body)).toContain(`"${providerField}"`);
  });
});

test('a number that is ahead of its schema', async () => {
  lab = await Lab.start('2026.11.0');
  lab.faults.add({ system: 'authentik', effect: { kind: 'behaviour', name: 'secretDialect', argument: 'none' } });
  await demo(lab);
  expect((await api('GET', 'providers/oauth2/')).body).not.toHaveProperty('results.0.client_secret_ref');
  expect(lab.rows.secrets).toEqual([]);
});

test('the upgrade makes an object of each secret, and keeps the column', async () => {
  lab = await Lab.start('2026.8.3');
  await demo(lab);
  lab.standIn.setVersion('2026.11.0');
  expect(await isRight('demo', SECRET)).toBe(true);
  expect(lab.rows.secrets).toMatchObject([{ name: 'demo client_secret', value: SECRET }]);
  expect(provider(lab, 'demo')).toMatchObject({ client_secret: SECRET, secret_ref: lab.rows.secrets[0]?.pk });
});

describe('the hash of a blueprint that reads files', () => {
  const FILE = '/blueprints/custom/secret.txt';
  const text = clientText({ slug: 'zot', secret: `!File ${FILE}` });
  const hash = (...parts: readonly (string | Buffer)[]): string => {
    const whole = createHash('sha512');
    for (const part of parts) whole.update(part);
    return whole.digest('hex');
  };
  const digest = (content: string): Buffer => createHash('sha512').update(content).digest();

  test.each([
    ['2026.8.3', hash(text)],
    ['2026.11.0', hash(text, digest('first'))],
  ])('by %s', async (version, wanted) => {
    lab = await Lab.start(version);
    lab.group('admins');
    await lab.pod({ 'zot.yaml': text, 'custom/secret.txt': 'first' });
    expect(lab.instance('zot.yaml')).toMatchObject({ status: 'successful', last_applied_hash: wanted });
  });

  test('takes one zero byte for a file that is not there', async () => {
    lab = await Lab.start('2026.11.0');
    lab.group('admins');
    const both = text.replace(`!File ${FILE}`, '!File [/nowhere, default]');
    await lab.pod({ 'zot.yaml': both });
    expect(lab.instance('zot.yaml').last_applied_hash).toBe(hash(both, Buffer.of(0)));
  });

  test('lets discovery apply a file that changed by itself', async () => {
    lab = await Lab.start('2026.11.0');
    lab.group('admins');
    const pod = await lab.pod({ 'zot.yaml': text, 'custom/secret.txt': 'first' });
    pod.write('custom/secret.txt', 'second');
    await lab.settled();
    expect(await isRight('zot', 'second')).toBe(true);
  });
});
