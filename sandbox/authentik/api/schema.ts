import type { StandInAnswer } from '../../kit/http.ts';
import type { ApiContext } from './call.ts';

/** The schema of the API, which everybody may read: of it, which fields a provider has. */
export function schema({ version }: ApiContext): StandInAnswer {
  const { text, secrets, grantTypes } = version();
  const names = [
    'pk',
    'name',
    'client_id',
    'client_secret',
    ...(grantTypes ? ['grant_types'] : []),
    ...(secrets === undefined ? [] : [secrets.providerField]),
  ];
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  return {
    status: 200,
    body: {
      openapi: '3.0.3',
      info: { title: 'authentik', version: text },
      components: { schemas: { OAuth2Provider: { type: 'object', properties } } },
    },
    headers: { 'content-type': 'application/vnd.oai.openapi+json' },
  };
}
