import { RegistrarError } from '../../core/base/errors.ts';
import type { CannotTell, DeletableKind } from './authentik.ts';
import type { Connection } from './connection.ts';
import { lackingOf } from './tokenPermissions.ts';

const BY_GROUP = [
  'authentik_core.view_groupancestrynode',
  'authentik_core.view_authenticatedsession',
  'authentik_sources_scim.view_scimsourcegroup',
];
const BY_USER = [...BY_GROUP, 'authentik_sources_scim.view_scimsourceuser'];

/**
 * What Authentik trips over where it is asked who uses such an object: it compares permissions on objects as numbers, and models
 * whose keys are texts crash it, for every token that lacks the global view of one and is no superuser's (`used_by` of 2025.12 to
 * 2026.5, run there; a later draft mends it).
 */
const TRIPS_OVER: Readonly<Partial<Record<DeletableKind, readonly string[]>>> = { group: BY_GROUP, user: BY_USER };

/** The answer, or which permissions it takes; only where they are proven to be missing, for a crash has other causes as well. */
export async function unlessCrashed<T>(
  connection: Connection,
  kind: DeletableKind,
  ask: () => Promise<T>,
): Promise<T | CannotTell> {
  try {
    return await ask();
  } catch (error) {
    const names = TRIPS_OVER[kind];
    if (!(error instanceof RegistrarError) || error.status !== 500 || names === undefined) throw error;
    const lacking = await lackingOf(connection, names);
    if (lacking !== undefined && lacking.length > 0) return { lacking };
    throw lacking === undefined ? untold(error, names) : error;
  }
}

function untold({ message, status = 500 }: RegistrarError, names: readonly string[]): RegistrarError {
  const remedy = `See the log of Authentik's server, and whether the role of the token has ${names.join(', ')}: Authentik does not tell.`;
  return new RegistrarError({ system: 'Authentik', kind: 'Unavailable', message, status, remedy });
}
