import { RegistrarError } from '../core/base/errors.ts';
import { writtenConsumers } from '../core/consumers/consumersOf.ts';
import { isUnread } from '../core/names/clientId.ts';
import type { Names } from '../core/names/names.ts';
import type { Registration } from '../core/registration/registration.ts';

/**
 * What a plan without Authentik cannot tell of a client whose id comes from a variable. Throws `Refused` where a file would hold the
 * id: nothing but Authentik knows it.
 */
export function unreadIdOffline({ spec }: Registration, names: Names): readonly string[] {
  if (!isUnread(names)) return [];
  const written = new Set(writtenConsumers({ spec }).map(({ index }) => index));
  const fields = [
    ...spec.consumers.flatMap((each, i) => (written.has(i) && usesClientId(each) ? [`spec.consumers.${i}`] : [])),
    ...(spec.files ?? []).flatMap((each, i) => (usesClientId(each) ? [`spec.files.${i}`] : [])),
  ];
  if (fields.length > 0)
    throw new RegistrarError({
      system: 'registration file',
      kind: 'Refused',
      message: `${fields.join(', ')} would write the client id, whose value is in variable ${names.clientIdVar} and known to Authentik alone`,
      remedy: 'Plan without --offline: the worker asks Authentik for it.',
    });
  return [
    `the client id is in variable ${names.clientIdVar}: whether another provider has it too only Authentik tells, whom this plan does not ask`,
  ];
}

function usesClientId(asked: object): boolean {
  const { keys } = asked as { readonly keys?: { readonly clientId?: unknown } };
  return keys?.clientId !== undefined || JSON.stringify(asked).includes('<<clientId>>');
}
