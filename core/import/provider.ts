import type { RegistrationInput } from '../registration/registration.ts';
import type { StandingClient } from './clients.ts';
import { type ClientEntries, listOf, type Values } from './entries.ts';

type Spec = RegistrationInput['spec'];

/** What the registration says of provider and application, and only where it is not what it would be anyway. */
export function askedOf(
  client: string,
  { slug, providerName }: StandingClient,
  { provider, application, description }: ClientEntries,
  notes: string[],
): Omit<Spec, 'access'> {
  const displayName = String(application['name'] ?? slug);
  const scopes = scopesOf(provider['property_mappings'], notes);
  const launchUrl = application['meta_launch_url'];
  const clientId = provider['client_id'];
  return {
    displayName,
    ...(providerName === displayName ? {} : { providerName }),
    ...(description === undefined || description === `${displayName} OIDC provider and application`
      ? {}
      : { description }),
    ...(slug === client ? {} : { slug }),
    ...(clientId === client ? {} : { clientId: String(clientId) }),
    redirectUris: listOf(provider['redirect_uris']).map((item) => redirectUri(item as Values)),
    ...(typeof launchUrl === 'string' && launchUrl !== '' ? { launchUrl } : {}),
    ...(sameSet(scopes, ['openid', 'email', 'profile']) ? {} : { scopes }),
  };
}

function redirectUri({ matching_mode: mode, url }: Values) {
  return mode === 'regex' ? { matchingMode: 'regex' as const, url: String(url) } : String(url);
}

function scopesOf(mappings: unknown, notes: string[]): string[] {
  return listOf(mappings).flatMap((item) => {
    const scope = foundBy(item, 'scope_name');
    if (scope === undefined)
      notes.push(`a property mapping is of no scope that a registration can say: ${JSON.stringify(item)}`);
    return scope === undefined ? [] : [scope];
  });
}

/** The one value that a `!Find` looks a field up by. */
function foundBy(item: unknown, field: string): string | undefined {
  const { where } = (item ?? {}) as { where?: readonly unknown[] };
  const [only] = listOf(where);
  const [name, value] = listOf(only);
  return name === field && typeof value === 'string' && where?.length === 1 ? value : undefined;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}
