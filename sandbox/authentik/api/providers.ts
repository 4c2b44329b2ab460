import type { StandInAnswer } from '../../http.ts';
import { deleteProvider } from '../deletions.ts';
import { providerOut } from '../out/provider.ts';
import { mayDo, visible } from '../permissions.ts';
import { filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { mappingUser, usedBy } from './usedBy.ts';

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
  const seen = visible(grant, 'view_oauth2provider', rows.providers);
  if (seen === undefined) return FORBIDDEN;
  const out = (row: (typeof seen)[number]): unknown => providerOut(row, rows, context.version());
  if (pk === undefined) return page(call, filtered(call, seen, ['name', 'client_id']).map(out));
  const provider = seen.find((row) => String(row.pk) === pk);
  if (provider === undefined) return notFound('OAuth2Provider');
  if (request.method === 'GET') return { status: 200, body: out(provider) };
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_oauth2provider', pk)) return FORBIDDEN;
  deleteProvider(rows, provider);
  return GONE;
}
