import { afterEach, describe, expect, test } from 'vitest';
import { newBinding } from '../../../sandbox/authentik/newRows.ts';
import { application, demo, provider } from './cases/case.ts';
import { ADMIN_TOKEN, Lab } from './lab.ts';
import { clientText, groupText } from './texts.ts';

let lab: Lab;
afterEach(() => lab?.close());

async function as(version: string): Promise<void> {
  lab = await Lab.start(version);
  await demo(lab);
}

function behave(name: string, argument?: string): void {
  const effect = { kind: 'behaviour', name, ...(argument === undefined ? {} : { argument }) } as const;
  lab.faults.add({ system: 'authentik', effect });
}

async function listed(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await lab.ask('GET', `/api/v3/${path}`, { token: ADMIN_TOKEN });
  return (body as { results: readonly Readonly<Record<string, unknown>>[] }).results;
}

const patch = (path: string, values: unknown) =>
  lab.ask('PATCH', `/api/v3/${path}`, { token: ADMIN_TOKEN, body: JSON.stringify(values) });

/** `/demo/` as anybody who is bound to nothing. */
async function isOpen(): Promise<unknown> {
  const path = '/api/v3/core/applications/demo/check_access/?for_user=9999';
  return (await lab.ask('GET', path, { token: ADMIN_TOKEN })).body;
}

const EXPIRED = { expiring: true, expires: '2020-01-01T00:00:00.000001Z' };

describe('a policy binding that has expired', () => {
  test('is deleted, which opens an application whose only binding it was', async () => {
    await as('2026.8.3');
    Object.assign(lab.rows.bindings[0] ?? {}, EXPIRED);
    expect(await listed('policies/bindings/')).toEqual([]);
    expect(await isOpen()).toMatchObject({ passing: true });
  });

  test('stays by expiredBindings=inert, and counts no more', async () => {
    await as('2026.8.3');
    Object.assign(lab.rows.bindings[0] ?? {}, EXPIRED);
    behave('expiredBindings', 'inert');
    expect(await listed('policies/bindings/')).toMatchObject([EXPIRED]);
    expect(await isOpen()).toMatchObject({ passing: true });
  });

  test('is not known before 2026.8', async () => {
    await as('2026.5.0');
    Object.assign(lab.rows.bindings[0] ?? {}, EXPIRED);
    const [binding] = await listed('policies/bindings/');
    expect(binding).not.toHaveProperty('expires');
    expect(await isOpen()).toMatchObject({ passing: false });
  });
});

describe('expires and expiring in a blueprint', () => {
  const text = clientText({ slug: 'zot' }).replace(
    /enabled: true/,
    'enabled: true\n      expires: null\n      expiring: false',
  );

  test.each([
    [[], true],
    [['expiryByBlueprint'], false],
  ])('with %s', async (behaviours, stays) => {
    await as('2026.8.3');
    for (const name of behaviours) behave(name);
    const pod = lab.pods[0];
    pod?.write('zot.yaml', clientText({ slug: 'zot' }));
    await lab.settled();
    const binding = lab.rows.bindings.find((row) => row.target === application(lab, 'zot').pk);
    Object.assign(binding ?? {}, { expiring: true, expires: '2999-01-01T00:00:00.000001Z' });
    pod?.write('zot.yaml', text);
    await lab.settled();
    expect(lab.instance('zot.yaml').status).toBe('successful');
    expect(lab.rows.bindings.find((row) => row.target === application(lab, 'zot').pk)?.expiring).toBe(stays);
  });
});

test.each([
  ['2026.5.0', 'done', 'done'],
  ['2026.8.3', 'error', 'warning'],
])('%s tells of tasks that logged an error and a warning: %s, %s', async (version, ofError, ofWarning) => {
  await as(version);
  const statusOf = async (path: string) =>
    (await listed(`tasks/tasks/?rel_obj_id=${lab.instance(path).pk}`)).map((task) => task['aggregated_status']);
  lab.pods[0]?.write('bad.yaml', clientText({ slug: 'bad' }).replace('!KeyOf bad-provider', '!KeyOf none'));
  await lab.settled();
  expect(await statusOf('bad.yaml')).toEqual([ofError]);
  behave('neverSuccessful', 'odd.yaml');
  lab.pods[0]?.write('odd.yaml', groupText('odd'));
  await lab.settled();
  expect(await statusOf('odd.yaml')).toEqual([ofWarning]);
});

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

test.each([
  ['2026.5.0', 400],
  ['2026.8.3', 200],
])('%s answers the grant type of token exchange with %i', async (version, status) => {
  await as(version);
  const answer = await patch(`providers/oauth2/${provider(lab, 'demo').pk}/`, { grant_types: [EXCHANGE] });
  expect(answer.status).toBe(status);
});

describe('the further fields of a provider and an application', () => {
  const GOOD = {
    sub_mode: 'user_uuid',
    issuer_mode: 'global',
    access_code_validity: 'minutes=5',
    access_token_validity: 'hours=2;minutes=30',
    refresh_token_validity: 'days=1',
    refresh_token_threshold: 'hours=1',
    logout_uri: 'https://demo.example.invalid/logout',
    logout_method: 'frontchannel',
    encryption_key: null,
    client_type: 'public',
  };

  test('are kept and answered', async () => {
    await as('2026.8.3');
    const key = lab.rows.fixtures.find((row) => row.model === 'authentik_crypto.certificatekeypair')?.pk;
    const values = { ...GOOD, encryption_key: key };
    expect(await patch(`providers/oauth2/${provider(lab, 'demo').pk}/`, values)).toMatchObject({
      status: 200,
      body: values,
    });
    const shown = {
      meta_publisher: 'Us',
      meta_icon: 'fa://fa-box',
      group: 'Tools',
      meta_hide: true,
      open_in_new_tab: true,
    };
    expect(await patch('core/applications/demo/', shown)).toMatchObject({
      status: 200,
      body: { ...shown, meta_icon_url: 'fa://fa-box' },
    });
  });

  test.each([
    ['sub_mode', 'email', '"email" is not a valid choice.'],
    ['issuer_mode', '', '"" is not a valid choice.'],
    ['logout_method', 'both', '"both" is not a valid choice.'],
    ['client_type', 'secret', '"secret" is not a valid choice.'],
    ['access_token_validity', '1h', "1h is not in the correct format of 'hours=3;minutes=1'."],
    ['access_code_validity', '', 'This field may not be blank.'],
    ['refresh_token_validity', null, 'This field may not be null.'],
    ['logout_uri', 'demo', 'Enter a valid URL.'],
    ['encryption_key', 'k', 'Invalid pk "k" - object does not exist.'],
    ['property_mappings', ['m'], 'Invalid pk "m" - object does not exist.'],
    ['include_claims_in_id_token', 'maybe', 'Must be a valid boolean.'],
  ])('%s: %j is refused', async (field, value, words) => {
    await as('2026.8.3');
    const answer = await patch(`providers/oauth2/${provider(lab, 'demo').pk}/`, { [field]: value });
    expect(answer).toMatchObject({ status: 400, body: { [field]: [words] } });
  });
});

test('a binding names one of group, policy and user', async () => {
  await as('2026.8.3');
  const target = application(lab, 'demo').pk;
  const [first] = lab.rows.bindings;
  const both = await patch(`policies/bindings/${first?.pk}/`, { target, group: first?.group, user: 5 });
  expect(both.body).toEqual({ non_field_errors: ["Only one of 'group', 'policy', 'user' can be set."] });
  lab.rows.bindings.push(newBinding({ target, order: 1, user: 5 }));
  expect(await listed('policies/bindings/?order=1')).toMatchObject([{ user: 5, user_obj: { username: 'akadmin' } }]);
});

test('usedByMended answers who uses a group to every token', async () => {
  await as('2026.8.3');
  const path = `/api/v3/core/groups/${lab.rows.groups[0]?.pk}/used_by/`;
  const ask = () => lab.ask('GET', path, { token: 'token-of-the-job' });
  expect((await ask()).status).toBe(500);
  behave('usedByMended');
  expect((await ask()).status).toBe(200);
});

test('seenAs is the address that the discovery document names', async () => {
  await as('2026.8.3');
  behave('seenAs', 'http://authentik-server:9000');
  const { body } = await lab.ask('GET', '/application/o/demo/.well-known/openid-configuration');
  expect(body).toMatchObject({ issuer: 'http://authentik-server:9000/application/o/demo/' });
});
