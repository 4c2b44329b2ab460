import { newApplication, newBinding } from '../../../../sandbox/authentik/newRows.ts';
import { expect } from 'vitest';
import {
  CHANGE_PERMISSIONS,
  DELETE_PERMISSIONS,
  USED_BY_PERMISSIONS,
  VIEW_PERMISSIONS,
} from '../../../../sandbox/authentik/permissions.ts';
import type { Lab } from '../lab.ts';
import { demo, group, provider, user, type Case } from './case.ts';

const POLICY = {
  pk: crypto.randomUUID(),
  model: 'authentik_policies_expression.expressionpolicy',
  fields: {
    name: 'default-source-authentication-if-sso',
    expression:
      '# This policy ensures that this flow can only be used when the user\n# is in a SSO Flow (meaning they come from an external IdP)\nreturn ak_is_sso_flow',
  },
};

/** A group with one service account. */
function people(lab: Lab): void {
  const pk = lab.group('r18-group');
  const base = lab.rows.users[0];
  if (base !== undefined) lab.rows.users.push({ ...base, pk: 77, username: 'r18-user', groups: [pk] });
}

/** Those of docs/reference/permissions.md at that time. */
const DOCUMENTED = [...VIEW_PERMISSIONS, ...DELETE_PERMISSIONS, ...CHANGE_PERMISSIONS, 'add_blueprintinstance'];

function asked(what: 'group' | 'user', permissions: readonly string[]): Case {
  return {
    arrange(lab) {
      people(lab);
      lab.grant.permissions = new Set(permissions);
      return what === 'group' ? group(lab, 'r18-group').pk : user(lab, 'r18-user').pk;
    },
  };
}

/** What was recorded later, of 2026.5.0-rc1 with workers of their own. */
export const LATER: Readonly<Record<string, Case>> = {
  '18-application-engine-mode-all': {
    arrange(lab) {
      lab.rows.applications.push(newApplication({ name: 'R18 App', slug: 'r18-app', policy_engine_mode: 'all' }));
    },
  },
  '18-bindings-of-application-fields': {
    arrange(lab) {
      lab.rows.fixtures.push(POLICY);
      const target = crypto.randomUUID();
      const bound = (index: number) => (index === 0 ? { policy: POLICY.pk } : { group: lab.rows.groups[0]?.pk ?? '' });
      lab.rows.bindings = Array.from({ length: 14 }, (_, order) => newBinding({ target, order, ...bound(order) }));
    },
  },
  '18-provider-redirect-type-unknown': { arrange: async (lab) => void (await demo(lab)), body: withFlows },
  '18-provider-with-logout-uri-create': {
    arrange: async (lab) => void (await demo(lab)),
    body: withFlows,
    changes: ['providers'],
    effect: (lab) =>
      expect(provider(lab, 'r18-provider').redirect_uris).toMatchObject([{}, { redirect_uri_type: 'logout' }]),
  },
  '18-used-by-group-documented-permissions': asked('group', DOCUMENTED),
  '18-used-by-group-four-more-permissions': asked('group', [...DOCUMENTED, ...USED_BY_PERMISSIONS]),
  '18-used-by-group-superuser': asked('group', []),
  '18-used-by-user-documented-permissions': asked('user', DOCUMENTED),
  '18-used-by-user-four-more-permissions': asked('user', [...DOCUMENTED, ...USED_BY_PERMISSIONS]),
  '18-used-by-user-superuser': asked('user', []),
};

function withFlows(lab: Lab, recorded: Readonly<Record<string, unknown>>): unknown {
  const { authorization_flow, invalidation_flow } = provider(lab, 'demo');
  return { ...recorded, authorization_flow, invalidation_flow };
}
