import { expect } from 'vitest';
import type { Rows, Token } from '../../../../sandbox/authentik/state.ts';
import { ADMIN_TOKEN, type Lab } from '../lab.ts';
import { demo, group, type Case } from './case.ts';

const NAME = 'oidc-registrar';

async function post(lab: Lab, path: string, body: unknown): Promise<unknown> {
  const answer = await lab.ask('POST', `/api/v3/${path}`, { token: ADMIN_TOKEN, body: JSON.stringify(body) });
  return answer.body;
}

async function serviceAccount(lab: Lab): Promise<number> {
  const made = await post(lab, 'core/users/service_account/', { name: NAME, create_group: false, expiring: false });
  return (made as { user_pk: number }).user_pk;
}

async function role(lab: Lab): Promise<string> {
  return ((await post(lab, 'rbac/roles/', { name: NAME })) as { pk: string }).pk;
}

function one<T extends keyof Rows>(lab: Lab, table: T): Rows[T] extends (infer Row)[] ? Row : never {
  const rows = lab.rows[table] as readonly unknown[];
  expect(rows).toHaveLength(1);
  return rows[0] as never;
}

/** A service account with a role, and a token of it. */
async function withRole(lab: Lab): Promise<{ readonly user: number; readonly role: string }> {
  const user = await serviceAccount(lab);
  const pk = await role(lab);
  await post(lab, `rbac/roles/${pk}/add_user/`, { pk: user });
  return { user, role: pk };
}

async function mayListGroups(lab: Lab, token: Pick<Token, 'key'>): Promise<number> {
  return (await lab.ask('GET', '/api/v3/core/groups/', { token: token.key })).status;
}

const account = (lab: Lab) => lab.rows.users.find((row) => row.username === NAME);

/** What an administrator sets up for the job: a service account, its role, its token. */
export const PEOPLE: Readonly<Record<string, Case>> = {
  '01-group-create-admins': {
    changes: ['groups'],
    effect: (lab) => expect(group(lab, 'admins')).toMatchObject({ is_superuser: false }),
  },
  '01-tokens-of-service-account': {
    async arrange(lab) {
      await demo(lab);
      await post(lab, 'core/tokens/', { identifier: 'of-somebody-else', user: 5 });
    },
  },
  '03-group-add-user': {
    arrange: (lab) => lab.group('admins'),
    body: (_lab, recorded) => ({ ...recorded, pk: 5 }),
    changes: ['users'],
    effect(lab) {
      const [first] = lab.rows.users;
      expect(first?.groups).toHaveLength(2);
      expect(first?.groups).toContain(group(lab, 'admins').pk);
    },
  },
  '10-service-account-create': {
    changes: ['users', 'tokens'],
    async effect(lab, { body }) {
      expect(account(lab)).toMatchObject({ type: 'service_account', groups: [], roles: [] });
      const token = one(lab, 'tokens');
      expect(body).toMatchObject({ token: token.key, user_pk: account(lab)?.pk });
      expect(await mayListGroups(lab, token), 'it logs in with this, and may not ask the API').toBe(403);
    },
  },
  '10-role-create': {
    changes: ['roles'],
    effect: (lab) => expect(one(lab, 'roles')).toMatchObject({ name: NAME, permissions: [] }),
  },
  '10-role-add-user': {
    async arrange(lab) {
      await serviceAccount(lab);
      return role(lab);
    },
    body: (lab, recorded) => ({ ...recorded, pk: account(lab)?.pk }),
    changes: ['users'],
    effect: (lab) => expect(account(lab)?.roles).toEqual([one(lab, 'roles').pk]),
  },
  '10-role-assign-permissions': {
    async arrange(lab) {
      const made = await withRole(lab);
      await post(lab, 'core/tokens/', { identifier: 'api', intent: 'api', user: made.user });
      expect(await mayListGroups(lab, lab.rows.tokens.at(-1) as Token)).toBe(403);
      return made.role;
    },
    changes: ['roles'],
    effect: async (lab) => expect(await mayListGroups(lab, lab.rows.tokens.at(-1) as Token)).toBe(200),
  },
  '10-token-create': {
    arrange: async (lab) => void (await withRole(lab)),
    body: (lab, recorded) => ({ ...recorded, user: account(lab)?.pk }),
    changes: ['tokens'],
    async effect(lab) {
      const token = lab.rows.tokens.at(-1) as Token;
      expect(token).toMatchObject({ identifier: 'oidc-registrar-api', intent: 'api', user: account(lab)?.pk });
      const me = await lab.ask('GET', '/api/v3/core/users/me/', { token: token.key });
      expect(me.body).toMatchObject({ user: { username: NAME, roles: [{ name: NAME }] } });
    },
  },
};
