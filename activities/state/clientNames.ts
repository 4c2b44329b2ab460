import { type Names, resolveNames } from '../../core/names/names.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { CLIENT_ID } from '../../core/registration/schemaParts.ts';
import type { Deps } from '../deps.ts';

/**
 * The names of a client. Where its id comes from a variable of the worker, Authentik tells the value: a client id is no secret, the
 * variables of a pod are. Left unread where there is no provider of its name, or one with an id that no text may hold.
 */
export async function clientNames(
  { authentik, installation }: Pick<Deps, 'authentik' | 'installation'>,
  registration: Registration,
): Promise<Names> {
  const names = resolveNames(registration, installation);
  if (names.clientIdVar === undefined) return names;
  const provider = await authentik.providerByName(names.providerName);
  return provider !== undefined && CLIENT_ID.test(provider.clientId)
    ? { ...names, clientId: provider.clientId }
    : names;
}
