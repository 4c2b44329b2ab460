import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Authentik } from '../../integrations/authentik/authentik.ts';
import { DELETE_PERMISSIONS, roleOf, VIEW_PERMISSIONS } from '../../sandbox/authentik/permissions.ts';
import { groupText } from '../sandbox/authentik/texts.ts';
import { Lab } from '../sandbox/authentik/lab.ts';
import { asAdministrator, asJob, withToken } from './authentik/adapter.ts';

const EVERY_VIEW = [
  'authentik_blueprints.view_blueprintinstance',
  'authentik_providers_oauth2.view_oauth2provider',
  'authentik_core.view_application',
  'authentik_policies.view_policybinding',
  'authentik_core.view_group',
  'authentik_core.view_user',
  'authentik_core.view_token',
  'authentik_tasks.view_task',
  'authentik_flows.view_flow',
  'authentik_crypto.view_certificatekeypair',
  'authentik_providers_oauth2.view_scopemapping',
];
const EVERY_DELETE = [
  'authentik_core.delete_application',
  'authentik_providers_oauth2.delete_oauth2provider',
  'authentik_core.delete_group',
  'authentik_core.delete_user',
  'authentik_blueprints.delete_blueprintinstance',
];

let lab: Lab;
let authentik: Authentik;
let before: string;

async function prepare(version: string): Promise<void> {
  lab = await Lab.start(version);
  await lab.pod({ 'custom/a.yaml': groupText('a'), 'custom/b.yaml': groupText('b') });
  authentik = await asJob(lab);
  before = rowsAndTasks();
}

function rowsAndTasks(): string {
  return JSON.stringify([lab.rows, lab.standIn.pool.tasks]);
}

afterEach(async () => {
  expect(rowsAndTasks(), 'finding out has changed nothing').toBe(before);
  await lab.close();
});

describe.each(['2026.2.2', '2026.5.0'])('Authentik %s tells a token', (version) => {
  beforeEach(() => prepare(version));

  test('of a superuser that it may do everything', async () => {
    const administrator = await asAdministrator(lab);
    expect(await administrator.permissions(undefined)).toEqual({
      missingView: [],
      apply: 'global',
      missingDelete: [],
      missingChange: [],
    });
  });

  test('without permissions that all are missing', async () => {
    expect(await authentik.permissions(undefined)).toEqual({
      missingView: EVERY_VIEW,
      apply: 'none',
      missingDelete: EVERY_DELETE,
      missingChange: ['authentik_policies.delete_policybinding', 'authentik_blueprints.change_blueprintinstance'],
    });
  });

  test('with all it needs that nothing is missing', async () => {
    lab.grant.permissions = new Set([
      ...VIEW_PERMISSIONS,
      ...DELETE_PERMISSIONS,
      'add_blueprintinstance',
      'delete_policybinding',
      'change_blueprintinstance',
    ]);
    expect(await authentik.permissions(undefined)).toEqual({
      missingView: [],
      apply: 'global',
      missingDelete: [],
      missingChange: [],
    });
  });

  test('each single permission that is missing', async () => {
    const all = [...VIEW_PERMISSIONS, ...DELETE_PERMISSIONS];
    for (const one of all) {
      lab.grant.permissions = new Set(all.filter((codename) => codename !== one));
      const { missingView, missingDelete } = await authentik.permissions(undefined);
      expect([...missingView, ...(missingDelete ?? [])].map((name) => name.split('.')[1])).toEqual([one]);
    }
  });

  test('that may see one object that it lacks the view of all', async () => {
    lab.grant.permissions = new Set([...VIEW_PERMISSIONS].filter((codename) => codename !== 'view_group'));
    lab.grant.objects.set(lab.rows.groups[0]?.pk ?? '', new Set(['view_group']));
    expect((await authentik.permissions(undefined)).missingView).toEqual(['authentik_core.view_group']);
  });

  describe('that may apply one instance', () => {
    beforeEach(() => {
      lab.grant.permissions = new Set(VIEW_PERMISSIONS);
      lab.grant.objects.set(
        lab.instance('custom/a.yaml').pk,
        new Set(['view_blueprintinstance', 'add_blueprintinstance']),
      );
    });

    test('so, where it may view its own role', async () => {
      lab.grant.objects.set(roleOf(lab.grant).pk, new Set(['view_role']));
      expect((await authentik.permissions(lab.instance('custom/a.yaml').pk)).apply).toBe('instance');
      expect((await authentik.permissions(lab.instance('custom/b.yaml').pk)).apply, 'not the other one').toBe('none');
      expect((await authentik.permissions(undefined)).apply, 'nor a new one').toBe('none');
    });

    test('nothing of it where it may not view its role: discovery is the safe way', async () => {
      expect((await authentik.permissions(lab.instance('custom/a.yaml').pk)).apply).toBe('none');
    });
  });

  test('with more permissions than a page holds all of them', async () => {
    lab.grant.permissions = new Set([
      ...Array.from({ length: 150 }, (_, i) => `a${i}_application`),
      ...VIEW_PERMISSIONS,
    ]);
    expect((await authentik.permissions(undefined)).missingView).toEqual([]);
  });
});

describe('an Authentik that does not tell roles is tried', () => {
  beforeEach(() => prepare('2025.10.3'));

  test('for what may be seen and applied; what may be deleted stays unknown', async () => {
    expect(await authentik.permissions(undefined)).toEqual({
      // A list of tokens shows at least one's own: nothing can be learnt from it.
      missingView: EVERY_VIEW.filter((name) => name !== 'authentik_core.view_token'),
      apply: 'none',
      missingDelete: undefined,
      missingChange: undefined,
    });
    lab.grant.permissions = new Set([...VIEW_PERMISSIONS, 'add_blueprintinstance']);
    expect(await authentik.permissions(undefined)).toEqual({
      missingView: [],
      apply: 'global',
      missingDelete: undefined,
      missingChange: undefined,
    });
  });

  test('and so is one that hides the permissions of a role', async () => {
    lab.standIn.setVersion('2026.5.0');
    lab.faults.add({
      system: 'authentik',
      path: '/rbac/',
      effect: { kind: 'error', status: 403, body: { detail: 'You do not have permission to perform this action.' } },
    });
    lab.grant.permissions = new Set(VIEW_PERMISSIONS);
    expect(await authentik.permissions(undefined)).toEqual({
      missingView: [],
      apply: 'none',
      missingDelete: undefined,
      missingChange: undefined,
    });
  });
});

test('a wrong token is unauthorized', async () => {
  await prepare('2026.5.0');
  const stranger = await withToken(lab, 'wrong');
  await expect(stranger.permissions(undefined)).rejects.toMatchObject({ kind: 'Unauthorized', status: 403 });
  await expect(stranger.version()).rejects.toMatchObject({ kind: 'Unauthorized', status: 403 });
});

test('a token that may see no application gets 403 for one that exists and for one that does not', async () => {
  await prepare('2026.5.0');
  await expect(authentik.application('nosuch')).rejects.toMatchObject({ kind: 'Unauthorized', status: 403 });
});
