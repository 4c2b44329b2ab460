import type { RegistrationInput } from '../registration/registration.ts';

/** The client id among the names of a client. */
export interface ClientIdNames {
  /** Where `clientIdVar` is there, its value as Authentik told it. */
  readonly clientId: string;
  /** Variable of the worker that the client id comes from: people's, where `keptId` is not there. */
  readonly clientIdVar?: string;
}

/**
 * What stands for a client id that comes from a variable of Authentik's worker while nobody has asked Authentik for its value. No
 * client can have it, for `<` is no sign of a client id.
 */
function unreadClientId(envVar: string): string {
  return `<value of ${envVar}>`;
}

/** The client id that `spec.clientId` asks for. Of one that the job keeps itself (`kept`) the registration says the value. */
export function askedClientId(
  asked: RegistrationInput['spec']['clientId'],
  client: string,
  kept = false,
): ClientIdNames {
  if (typeof asked !== 'object') return { clientId: asked ?? client };
  const { envVar, value = kept ? client : unreadClientId(envVar) } = asked;
  return { clientId: value, clientIdVar: envVar };
}

/** Whether the value of the client id is not known, so that no text may be made with it. */
export function isUnread({ clientId, clientIdVar }: ClientIdNames): boolean {
  return clientIdVar !== undefined && clientId === unreadClientId(clientIdVar);
}
