import { z } from 'zod';
import { listOf } from '../base/own.ts';
import { APPLICATION, isForCodes, PROVIDER, SECRET_FIELDS } from '../edits/blueprint/models.ts';
import { fileIn, inWords, mappingNamed, scopeOf, textOf, variableIn } from '../edits/blueprint/sectionValues.ts';
import { unclearField } from '../edits/blueprint/unclearFields.ts';
import { GRANT_TYPES, USUAL_GRANTS } from '../registration/furtherFields.ts';
import { keptAs } from '../names/names.ts';
import type { RegistrationInput } from '../registration/registration.ts';
import type { ImportedFiles } from '../consumers/kind.ts';
import { furtherBlocks } from './furtherFields.ts';
import type { StandingClient } from './clients.ts';
import type { ClientEntries, Values } from './entries.ts';

type Spec = RegistrationInput['spec'];

/** What the registration says of provider and application, and only where it is not what it would be anyway. */
export function askedOf(
  client: string,
  { slug, providerName }: StandingClient,
  { provider, application, description }: ClientEntries,
  { installation }: Pick<ImportedFiles, 'installation'>,
  notes: string[],
): Omit<Spec, 'access'> {
  notes.push(
    ...[
      unclearField({ model: APPLICATION, values: application }, 'name', ''),
      unclearField({ model: APPLICATION, values: application }, 'meta_launch_url', ''),
      unclearField({ model: PROVIDER, values: provider }, 'redirect_uris', []),
    ].flatMap((note) => note ?? []),
  );
  const further = furtherBlocks({ provider, application }, installation, notes);
  const displayName = textOf(application['name']) ?? slug ?? client;
  const mappings = listOf(provider['property_mappings']).flatMap((item) => mappingNamed(item) ?? []);
  const listed = {
    ...grantsIn(provider['grant_types'], notes),
    ...(mappings.length === 0 ? {} : { scopeMappings: mappings }),
  };
  const scopes = scopesOf(provider['property_mappings'], notes);
  if (provider['property_mappings'] === undefined)
    notes.push(
      'its provider names no property_mappings, and so no scope: name under spec.scopes what the service needs, openid among it; a run writes that',
    );
  const launchUrl = application['meta_launch_url'];
  const clientId = provider['client_id'];
  const file = fileIn(clientId);
  const clientIdVar = file === undefined ? variableIn(clientId) : keptAs(installation, client, displayName)?.envVar;
  return {
    displayName,
    ...(providerName === displayName ? {} : { providerName }),
    ...(description === undefined || description === `${displayName} OIDC provider and application`
      ? {}
      : { description }),
    ...(slug === client ? {} : { slug }),
    ...(clientId === client
      ? {}
      : { clientId: clientIdVar === undefined ? (textOf(clientId) ?? client) : { envVar: clientIdVar } }),
    ...publicOf(provider, notes),
    redirectUris: listOf(provider['redirect_uris']).flatMap((item) => redirectUri(item as Values, notes)),
    ...(typeof launchUrl === 'string' && launchUrl !== '' ? { launchUrl } : {}),
    ...(sameSet(scopes, ['openid', 'email', 'profile']) ? {} : { scopes }),
    ...further,
    ...(Object.keys(listed).length === 0 ? {} : { provider: { ...further.provider, ...listed } }),
  };
}

/** A public client, and what stands of a secret that nobody asks it for. */
function publicOf(provider: Values, notes: string[]): Pick<Spec, 'clientType'> {
  const type = provider['client_type'] ?? 'confidential';
  if (type !== 'public') {
    if (type !== 'confidential')
      notes.push(
        `client_type of its provider is ${inWords(type)}, which a registration cannot say: it is taken for confidential, so write spec.clientType: public where the client has no secret`,
      );
    return {};
  }
  const secret = SECRET_FIELDS.find((field) => provider[field] !== undefined);
  if (secret !== undefined)
    notes.push(
      `its blueprint names a ${secret}, and Authentik asks a public client for none: the job leaves the line alone, and you may take it out`,
    );
  return { clientType: 'public' };
}

/** Grant types of a section, where a registration that is silent asks for others. */
function grantsIn(found: unknown, notes: string[]): Pick<NonNullable<Spec['provider']>, 'grantTypes'> {
  if (found === undefined) return {};
  const { data, success } = z.array(z.enum(GRANT_TYPES)).safeParse(found);
  if (success && data.includes('authorization_code')) return sameSet(data, USUAL_GRANTS) ? {} : { grantTypes: data };
  notes.push(
    `grant_types of its provider are ${inWords(found)}, which a registration cannot say: a run makes them ${USUAL_GRANTS.join(' and ')}`,
  );
  return {};
}

function redirectUri(
  { matching_mode: mode, url, redirect_uri_type: type }: Values,
  notes: string[],
): Spec['redirectUris'] {
  const text = textOf(url);
  if (text === undefined) {
    notes.push(
      `a redirect URI of its provider is ${inWords(url)}, which the file does not tell: name it under spec.redirectUris`,
    );
    return [];
  }
  if (type !== 'logout' && !isForCodes(type)) {
    notes.push(
      `${text} is a redirect URI of type ${inWords(type)}, which a registration cannot say: a run takes it out`,
    );
    return [];
  }
  const uri = { ...(mode === 'regex' ? { matchingMode: 'regex' as const } : {}), url: text };
  if (type === 'logout') return [{ ...uri, type }];
  return ['matchingMode' in uri ? uri : text];
}

function scopesOf(mappings: unknown, notes: string[]): string[] {
  return listOf(mappings).flatMap((item) => {
    if (mappingNamed(item) !== undefined) return [];
    const scope = scopeOf(item);
    if (scope === undefined) notes.push(`the file does not tell the scope of the property mapping ${inWords(item)}`);
    return scope === undefined ? [] : [scope];
  });
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}
