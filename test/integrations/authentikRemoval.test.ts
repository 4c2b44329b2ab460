import { newBinding } from '../../sandbox/authentik/newRows.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authentik, CannotTell, DeletableKind } from '../../integrations/authentik/authentik.ts';
import { DELETE_PERMISSIONS, USED_BY_PERMISSIONS, VIEW_PERMISSIONS } from '../../sandbox/authentik/permissions.ts';
import { clientText } from '../sandbox/authentik/texts.ts';
import { Lab, SECRET } from '../sandbox/authentik/lab.ts';
import { asAdministrator, asJob } from './authentik/adapter.ts';

let lab: Lab;
let authentik: Authentik;

beforeEach(async () => {
  lab = await Lab.start();
  lab.group('admins');
  authentik = await asAdministrator(lab);
  const text = clientText({ slug: 'demo', people: true });
  await lab.pod({ 'custom/demo.yaml': text }, { OIDC_DEMO_SECRET: SECRET });
});
afterEach(() => lab.close());

/** The key by which each kind of object is named. */
function keyOf(kind: DeletableKind): string | number {
  const { applications, providers, groups, users, instances } = lab.rows;
  const keys: Readonly<Record<DeletableKind, string | number | undefined>> = {
    application: applications[0]?.slug,
    provider: providers[0]?.pk,
    group: groups.find((row) => row.name === 'demo-ci')?.pk,
    user: users.find((row) => row.username === 'svc-demo')?.pk,
    blueprint: instances[0]?.pk,
    secret: lab.rows.secrets[0]?.pk,
  };
  return keys[kind] ?? 'none';
}

const KINDS: readonly DeletableKind[] = ['application', 'provider', 'group', 'user', 'blueprint'];

describe('asked who uses it', () => {
  test('an application names its bindings', async () => {
    expect(await authentik.usedBy('application', 'demo')).toEqual([
      {
        app: 'authentik_policies',
        model: 'policybinding',
        pk: lab.rows.bindings[0]?.pk,
        name: 'Binding from demo #0 to Group admins',
        action: 'cascade',
      },
    ]);
  });

  test('a provider names its scope mappings', async () => {
    const users = await authentik.usedBy('provider', keyOf('provider'));
    if ('lacking' in users) throw new Error('not told');
    expect(users.map((row) => [row.model, row.action])).toEqual([
      ['propertymapping', 'cascade_many'],
      ['propertymapping', 'cascade_many'],
      ['propertymapping', 'cascade_many'],
    ]);
  });

  test('a group names its members and every binding to it', async () => {
    const group = keyOf('group') as string;
    lab.rows.bindings.push(newBinding({ pk: 'b2', target: lab.rows.applications[0]?.pk ?? '', group, order: 3 }));
    expect(await authentik.usedBy('group', group)).toMatchObject([
      { model: 'policybinding', pk: 'b2', name: 'Binding from demo #3 to Group demo-ci', action: 'cascade' },
      { model: 'user', pk: String(keyOf('user')), name: 'svc-demo', action: 'cascade_many' },
    ]);
  });

  test('a user names its groups, each once', async () => {
    const group = { model: 'group', pk: keyOf('group'), name: 'Group demo-ci', action: 'cascade_many' };
    expect(await authentik.usedBy('user', keyOf('user'))).toMatchObject([group]);
  });

  test('a blueprint instance names nobody', async () => {
    expect(await authentik.usedBy('blueprint', keyOf('blueprint'))).toEqual([]);
  });

  test('an object that is gone names nobody', async () => {
    for (const kind of KINDS) expect(await authentik.usedBy(kind, '999999')).toEqual([]);
  });

  describe('by a token that lacks the views which Authentik trips over', () => {
    const trips = [
      'view_groupancestrynode',
      'view_authenticatedsession',
      'view_scimsourcegroup',
      'view_scimsourceuser',
    ];
    const asked = { group: trips.slice(0, 3), user: trips } as const;

    test.each(['group', 'user'] as const)('a %s is not told, and what is lacking is named', async (kind) => {
      const job = await asJob(lab);
      lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...DELETE_PERMISSIONS]);
      const { lacking } = (await job.usedBy(kind, keyOf(kind))) as CannotTell;
      expect(lacking.map((name) => name.replace(/^authentik_(core|sources_scim)\./, ''))).toEqual(asked[kind]);
      for (const one of asked[kind]) {
        lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...trips.filter((name) => name !== one)]);
        expect(await job.usedBy(kind, keyOf(kind))).toMatchObject({
          lacking: [expect.stringContaining(one) as string],
        });
      }
      lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...trips]);
      await expect(job.usedBy(kind, keyOf(kind))).resolves.toHaveLength(1);
    });

    test('is told so by a question about any group and user', async () => {
      const job = await asJob(lab);
      lab.grant.permissions = new Set([...VIEW_PERMISSIONS, 'view_groupancestrynode']);
      expect((await job.lackingForUsedBy()).toSorted()).toEqual([
        'authentik_core.view_authenticatedsession',
        'authentik_sources_scim.view_scimsourcegroup',
        'authentik_sources_scim.view_scimsourceuser',
      ]);
      lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...trips]);
      expect(await job.lackingForUsedBy()).toEqual([]);
    });
  });

  test('a release that needs fewer permissions is not asked for more', async () => {
    const job = await asJob(lab);
    lab.grant.permissions = new Set(VIEW_PERMISSIONS);
    lab.faults.add({ system: 'authentik', path: '/used_by/', effect: { kind: 'error', status: 200, body: [] } });
    expect(await job.lackingForUsedBy()).toEqual([]);
  });

  test.each([
    ['a superuser', () => authentik],
    ['a token with all of them', () => asJob(lab)],
  ])('a crash is tried again for %s: it has another cause', async (_who, adapter) => {
    lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...USED_BY_PERMISSIONS]);
    lab.faults.add({ system: 'authentik', path: '/used_by/', effect: { kind: 'error', status: 500, body: '<html/>' } });
    const api = await adapter();
    await expect(api.usedBy('group', keyOf('group'))).rejects.toMatchObject({ kind: 'Unavailable', status: 500 });
    await expect(api.lackingForUsedBy()).rejects.toMatchObject({ kind: 'Unavailable', status: 500 });
  });

  test('where Authentik does not tell permissions a crash is tried again, with a word on them', async () => {
    lab.standIn.setVersion('2025.10.3');
    const job = await asJob(lab);
    lab.grant.permissions = new Set(VIEW_PERMISSIONS);
    const asked = job.usedBy('user', keyOf('user'));
    await expect(asked).rejects.toMatchObject({
      kind: 'Unavailable',
      remedy: expect.stringContaining('view_scimsourceuser') as string,
    });
  });

  test('a token sees only users that it may view', async () => {
    const job = await asJob(lab);
    lab.grant.permissions = new Set([...VIEW_PERMISSIONS].filter((codename) => codename !== 'view_policybinding'));
    expect(await job.usedBy('application', 'demo')).toEqual([]);
  });
});

describe('deleting', () => {
  test.each(KINDS)('of one kind (%s) takes it away, and again is success', async (kind) => {
    const key = keyOf(kind);
    await authentik.remove(kind, key);
    expect(keyOf(kind)).toBe('none');
    await authentik.remove(kind, key);
  });

  test.each(KINDS)('of one kind (%s) without the permission is unauthorized', async (kind) => {
    const job = await asJob(lab);
    lab.grant.permissions = new Set(VIEW_PERMISSIONS);
    const key = keyOf(kind);
    const lacking = [expect.stringMatching(/^authentik_\w+\.delete_\w+$/)];
    await expect(job.remove(kind, key)).rejects.toMatchObject({ kind: 'Unauthorized', status: 403, lacking });
    expect(keyOf(kind)).toBe(key);
  });

  test.each(KINDS)('of one kind (%s) lacks nothing where a refusal passes', async (kind) => {
    const job = await asJob(lab);
    lab.grant.permissions = new Set([...VIEW_PERMISSIONS, ...DELETE_PERMISSIONS]);
    const key = keyOf(kind);
    // Of the deletion alone; and of all that is asked, as with an expired token or by a proxy.
    for (const fault of [{ method: 'DELETE', status: 403 }, { status: 403 }, { status: 401 }]) {
      const { status, ...where } = fault;
      const effect = { kind: 'error', status, body: { detail: 'Token invalid/expired' } } as const;
      lab.faults.add({ system: 'authentik', ...where, effect });
      await expect(job.remove(kind, key)).rejects.toMatchObject({ kind: 'Unauthorized', status, lacking: undefined });
      lab.faults.clear();
    }
    expect(keyOf(kind)).toBe(key);
  });

  test("is not taken for done where a proxy answers 404 in Authentik's place", async () => {
    lab.faults.add({ system: 'authentik', effect: { kind: 'error', status: 404, body: '404 page not found' } });
    await expect(authentik.remove('application', 'demo')).rejects.toMatchObject({ kind: 'Unavailable', status: 404 });
    await expect(authentik.application('demo')).rejects.toMatchObject({ kind: 'Unavailable', status: 404 });
  });
});
