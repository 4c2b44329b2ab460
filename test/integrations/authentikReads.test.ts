import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { toGroupHead } from '../../integrations/authentik/rows.ts';
import { clientText, groupText } from '../sandbox/authentik/texts.ts';
import { Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator } from './authentik/adapter.ts';

const ENV = { OIDC_DEMO_SECRET: SECRET };

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start('2026.5.0-rc1');
  lab.group('admins');
  authentik = await asAdministrator(lab);
});
afterEach(() => lab.close());

async function demo(): Promise<void> {
  await lab.pod({ 'custom/demo.yaml': clientText({ slug: 'demo', appName: 'Demo', people: true }) }, ENV);
}

test('the version is told as Authentik words it', async () => {
  expect(await authentik.version()).toBe('2026.5.0-rc1');
});

describe('a client that was registered', () => {
  beforeEach(demo);

  test('has an application, found by its slug', async () => {
    const found = await authentik.application('demo');
    const provider = await authentik.providerByName('demo');
    expect(found).toEqual({
      pk: lab.rows.applications[0]?.pk,
      name: 'Demo',
      slug: 'demo',
      provider: provider?.pk,
      metaLaunchUrl: '',
      policyEngineMode: 'any',
      further: { group: null, icon: null, description: null, publisher: null, openInNewTab: false },
    });
    expect(await authentik.application('nosuch')).toBeUndefined();
  });

  test('has a provider, found by name, client id and key', async () => {
    const found = await authentik.providerByName('demo');
    const scopes = await Promise.all(
      ['openid', 'email', 'profile'].map((name) => authentik.find('scopeMapping', name)),
    );
    expect(found).toMatchObject({
      name: 'demo',
      clientId: 'demo',
      clientType: 'confidential',
      authorizationFlow: (await authentik.find('flow', 'default-provider-authorization-implicit-consent'))[0],
      invalidationFlow: (await authentik.find('flow', 'default-provider-invalidation-flow'))[0],
      signingKey: (await authentik.find('certificate', 'authentik Self-signed Certificate'))[0],
      propertyMappings: scopes.flat(),
      redirectUris: [{ matchingMode: 'strict', url: 'https://demo.example.invalid/callback' }],
      grantTypes: ['authorization_code', 'refresh_token'],
      subMode: 'hashed_user_id',
      includeClaimsInIdToken: true,
      applicationSlug: 'demo',
    });
    expect(await authentik.providerByClientId('demo')).toEqual(found);
    expect(await authentik.providerByPk(found?.pk ?? 0)).toEqual(found);
    expect(await authentik.providerByName('nosuch')).toBeUndefined();
    expect(await authentik.providerByClientId('nosuch')).toBeUndefined();
    expect(await authentik.providerByPk(999_999)).toBeUndefined();
  });

  test('is read without its secret', async () => {
    const found = await authentik.providerByName('demo');
    expect(inspect(found, { depth: null, showHidden: true })).not.toContain(SECRET);
  });

  test('has no grant types where this version of Authentik knows none', async () => {
    lab.standIn.setVersion('2026.2.2');
    expect((await authentik.providerByName('demo'))?.grantTypes).toBeUndefined();
  });

  test('has a binding to its group', async () => {
    const application = await authentik.application('demo');
    const admins = await authentik.group('admins');
    expect(await authentik.bindings(application?.pk ?? '')).toEqual([
      {
        pk: lab.rows.bindings[0]?.pk,
        target: application?.pk,
        order: 0,
        enabled: true,
        negate: false,
        timeout: 30,
        failureResult: false,
        group: { pk: admins?.pk, name: 'admins' },
        user: null,
        policy: null,
      },
    ]);
  });

  test('has its group and service account', async () => {
    const account = await authentik.user('svc-demo');
    const group = await authentik.group('demo-ci');
    expect(group).toMatchObject({
      name: 'demo-ci',
      isSuperuser: false,
      users: [{ pk: account?.pk, username: 'svc-demo' }],
    });
    expect(account).toMatchObject({
      username: 'svc-demo',
      name: 'demo service account',
      type: 'service_account',
      isActive: true,
      groups: [group?.pk],
    });
    expect(await authentik.group('nosuch')).toBeUndefined();
    expect(await authentik.user('nosuch')).toBeUndefined();
  });
});

test('groups tell what is above them, as releases of one parent and of several do', async () => {
  const above = lab.group('above');
  const below = lab.group('below');
  const row = lab.rows.groups.find((group) => group.pk === below);
  if (row !== undefined) row.parents = [above];
  expect((await authentik.group('below'))?.parents).toEqual([above]);
  expect(await authentik.groupByPk(above)).toMatchObject({ name: 'above', parents: [] });
  expect(await authentik.groupByPk(crypto.randomUUID())).toBeUndefined();
  const one = { pk: below, name: 'below', is_superuser: false };
  expect(toGroupHead({ ...one, parent: above }).parents).toEqual([above]);
  expect(toGroupHead({ ...one, parent: null }).parents).toEqual([]);
});

test('groups tell the roles that they give, by name where Authentik says it, and none that is not told', async () => {
  const pk = lab.group('staff');
  const role = { pk: crypto.randomUUID(), name: 'operator', permissions: [] };
  lab.rows.roles.push(role);
  const row = lab.rows.groups.find((group) => group.pk === pk);
  if (row !== undefined) row.roles = [role.pk];
  expect((await authentik.group('staff'))?.roles).toEqual(['operator']);
  expect((await authentik.groupByPk(lab.group('plain')))?.roles).toEqual([]);
  const one = { pk, name: 'staff', is_superuser: false, parents: [] };
  expect(toGroupHead({ ...one, roles: [role.pk], roles_obj: null }).roles).toEqual([role.pk]);
  expect(toGroupHead(one).roles).toBeUndefined();
});

test('bindings come by their order', async () => {
  await demo();
  const [first] = lab.rows.bindings;
  if (first !== undefined) lab.rows.bindings.unshift({ ...first, pk: crypto.randomUUID(), order: 5 });
  const application = await authentik.application('demo');
  expect((await authentik.bindings(application?.pk ?? '')).map((row) => row.order)).toEqual([0, 5]);
});

test('a !Find that matches none or several objects is told by their number', async () => {
  lab.group('twice');
  lab.group('twice');
  expect(await authentik.find('flow', 'nosuch')).toEqual([]);
  expect(await authentik.find('group', 'admins')).toHaveLength(1);
  expect(await authentik.find('group', 'twice')).toHaveLength(2);
});

test('lists of more than a page are read to their end', async () => {
  for (let i = 0; i < 250; i += 1) lab.group('many');
  expect(await authentik.find('group', 'many')).toHaveLength(250);
});

describe('a blueprint instance', () => {
  test('is found by path and by name, with the microseconds of its times', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a'), 'custom/b.yaml': groupText('b') });
    const row = lab.instance('custom/a.yaml');
    const expected = {
      pk: row.pk,
      name: 'a',
      path: 'custom/a.yaml',
      enabled: true,
      status: 'successful',
      lastApplied: row.last_applied,
      lastAppliedHash: row.last_applied_hash,
    };
    expect(await authentik.instancesByPath('custom/a.yaml')).toEqual([expected]);
    expect(await authentik.instancesByName('a')).toEqual([expected]);
    expect(row.last_applied).toMatch(/\.\d{6}Z$/);
    expect(await authentik.instancesByPath('custom/nosuch.yaml')).toEqual([]);
  });

  test('may be one of two with the same path', async () => {
    await lab.pod({ 'custom/a.yaml': groupText('a') });
    await authentik.createInstance('by hand', 'custom/a.yaml');
    expect((await authentik.instancesByPath('custom/a.yaml')).map((row) => row.name)).toEqual(['a', 'by hand']);
  });
});

test('the files that a worker has are listed with hash and name', async () => {
  await lab.pod({ 'custom/a.yaml': groupText('a'), 'custom/plain.yaml': 'version: 1\nentries: []\n' });
  const files = await authentik.available();
  expect(files).toEqual([
    { path: 'custom/a.yaml', hash: lab.instance('custom/a.yaml').last_applied_hash, name: 'a' },
    { path: 'custom/plain.yaml', hash: lab.instance('custom/plain.yaml').last_applied_hash, name: undefined },
  ]);
});
