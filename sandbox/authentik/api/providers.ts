import type { StandInAnswer } from '../../kit/http.ts';
import { deleteProvider } from '../deletions.ts';
import { logSecret } from '../events.ts';
import { MODELS } from '../models.ts';
import { providerOut } from '../out/provider.ts';
import { mayDo, visible } from '../permissions.ts';
import type { Provider } from '../state.ts';
import { filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { mappingUser, usedBy } from './usedBy.ts';
import { write } from './write.ts';

export function providers(call: Call): StandInAnswer {
  const { context, rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  if (sub === 'used_by') {
    const used = rows.providers.find((row) => String(row.pk) === pk);
    if (used === undefined) return notFound('OAuth2Provider');
    return usedBy(
      call,
      used.property_mappings.map((mapping) => mappingUser(mapping, rows)),
    );
  }
  const model = MODELS['authentik_providers_oauth2.oauth2provider'];
  const out = (row: Provider): unknown => providerOut(row, rows, context.version(), showsSecret(call, row));
  if (pk === undefined && request.method === 'POST')
    return write<Provider>(call, { model, permission: 'add_oauth2provider', out });
  const seen = visible(grant, 'view_oauth2provider', rows.providers);
  if (seen === undefined) return FORBIDDEN;
  if (pk === undefined) return page(call, filtered(call, seen, ['name', 'client_id']).map(out));
  const provider = seen.find((row) => String(row.pk) === pk);
  if (provider === undefined) return notFound('OAuth2Provider');
  if (sub === 'setup_urls') return setupUrls(call, provider);
  if (request.method === 'GET') return { status: 200, body: out(provider) };
  if (request.method === 'PATCH')
    return write<Provider>(call, { model, permission: 'change_oauth2provider', existing: provider, out });
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_oauth2provider', pk)) return FORBIDDEN;
  deleteProvider(rows, provider);
  return GONE;
}

/** Where secrets are objects, only to who may see the value of this one; each time is an event. */
function showsSecret({ context, grant, rows }: Call, provider: Provider): boolean {
  if (context.faults.behaviour('authentik', 'hidesSecret') !== undefined) return false;
  if (context.version().secrets === undefined) return true;
  const secret = rows.secrets.find((row) => row.pk === provider.secret_ref);
  if (secret === undefined || !mayDo(grant, 'view_secret_value', secret.pk)) return false;
  logSecret(rows, 'secret_view', secret);
  return true;
}

/** What a client must be told; null without an application, for the addresses hold its slug. */
function setupUrls({ rows, request }: Call, provider: Provider): StandInAnswer {
  const slug = rows.applications.find((row) => row.provider === provider.pk)?.slug;
  const at = (path: string): string => `http://${request.headers.host}/application/o/${path}`;
  const ofSlug = (path: string): string | null => (slug === undefined ? null : at(`${slug}/${path}`));
  return {
    status: 200,
    body: {
      issuer: ofSlug(''),
      authorize: at('authorize/'),
      token: at('token/'),
      user_info: at('userinfo/'),
      provider_info: ofSlug('.well-known/openid-configuration'),
      logout: ofSlug('end-session/'),
      jwks: ofSlug('jwks/'),
    },
  };
}
