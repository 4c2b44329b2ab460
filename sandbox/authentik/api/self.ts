import { createHash } from 'node:crypto';
import type { StandInAnswer } from '../../kit/http.ts';
import { roleOf } from '../permissions.ts';
import type { Call } from './call.ts';

/** Any token may ask. */
export function version({ context }: Call): StandInAnswer {
  const { text } = context.version();
  return {
    status: 200,
    body: {
      version_current: text,
      version_latest: text,
      version_latest_valid: true,
      build_hash: '',
      outdated: false,
      outpost_outdated: false,
    },
  };
}

/** The token's own user, with the roles it has directly and by its groups. */
export function me({ context, grant, rows }: Call): StandInAnswer {
  const { username } = grant;
  const user = rows.users.find((row) => row.username === username);
  const groups = rows.groups.filter((group) => user?.groups.includes(group.pk));
  const given = [...context.tokens.values()].includes(grant) ? [roleOf(grant)] : [];
  const roles = rows.roles.filter((role) => user?.roles.includes(role.pk)).map(({ pk, name }) => ({ pk, name }));
  const { rolesOfMe, fieldsOf2026_8 } = context.version();
  return {
    status: 200,
    body: {
      ...(fieldsOf2026_8 ? { users: [] } : {}),
      user: {
        pk: user?.pk ?? 0,
        username,
        name: username,
        is_active: true,
        is_superuser: grant.superuser,
        groups: groups.map(({ pk, name }) => ({ name, pk })),
        ...(fieldsOf2026_8 ? { is_current: true } : {}),
        ...(rolesOfMe ? { roles: [...given, ...roles] } : {}),
        email: '',
        avatar: 'data:image/svg+xml;base64,',
        uid: createHash('sha256').update(username).digest('hex'),
        settings: {},
        type: 'service_account',
        system_permissions: [],
      },
    },
  };
}
