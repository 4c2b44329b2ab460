import { isUnread } from '../../core/names/clientId.ts';
import type { Names } from '../../core/names/names.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { CLIENT_ID } from '../../core/registration/schemaParts.ts';
import type { Deps } from '../deps.ts';
import { type FilesOf, namesAt } from './manifest.ts';

/**
 * The names of a client, its section looked up in the files of a commit. Where its id comes from a variable of people's, and the
 * registration does not say it, Authentik tells the value: a client id is no secret, the variables of a pod are. Left unread where
 * there is no provider of its name, or one with an id that no text may hold.
 */
export async function clientNames(
  deps: FilesOf & Pick<Deps, 'authentik'>,
  registration: Registration,
  commit: string,
): Promise<Names> {
  const names = await namesAt(deps, commit, registration);
  if (!isUnread(names)) return names;
  const provider = await deps.authentik.providerByName(names.providerName);
  return provider !== undefined && CLIENT_ID.test(provider.clientId)
    ? { ...names, clientId: provider.clientId }
    : names;
}
