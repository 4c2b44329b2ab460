import type { RegistrationInput } from '../registration/registration.ts';
import type { Names } from './names.ts';

/**
 * What stands for a client id that comes from a variable of Authentik's worker while nobody has asked Authentik for its value. No
 * client can have it, for `<` is no sign of a client id.
 */
function unreadClientId(envVar: string): string {
  return `<value of ${envVar}>`;
}

/** The client id that `spec.clientId` asks for. */
export function askedClientId(
  asked: RegistrationInput['spec']['clientId'],
  client: string,
): Pick<Names, 'clientId' | 'clientIdVar'> {
  if (typeof asked !== 'object') return { clientId: asked ?? client };
  return { clientId: unreadClientId(asked.envVar), clientIdVar: asked.envVar };
}

/** Whether the value of the client id is not known, so that no text may be made with it. */
export function isUnread({ clientId, clientIdVar }: Pick<Names, 'clientId' | 'clientIdVar'>): boolean {
  return clientIdVar !== undefined && clientId === unreadClientId(clientIdVar);
}
