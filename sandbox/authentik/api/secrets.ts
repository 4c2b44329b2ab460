import type { StandInAnswer } from '../../kit/http.ts';
import { logSecret } from '../events.ts';
import { mayDo, visible, type TokenGrant } from '../permissions.ts';
import { SECRET, usersOfSecret } from '../secrets.ts';
import type { Rows, SecretRow } from '../state.ts';
import { filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { usedBy } from './usedBy.ts';

/** Secrets without their value, unless the token may see it; each time that it does is an event. */
export function secrets(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const [pk, sub] = rest;
  const seen = visible(grant, 'view_secret', rows.secrets);
  if (seen === undefined) return FORBIDDEN;
  const out = (row: SecretRow): unknown => secretOut(rows, row, grant);
  if (pk === undefined) return page(call, filtered(call, seen, ['name', 'type']).map(out));
  const secret = seen.find((row) => row.pk === pk);
  if (secret === undefined) return notFound('Secret');
  if (sub === 'used_by') return usedBy(call, usersOfSecret(rows, secret).map(providerUser));
  if (request.method === 'GET') return { status: 200, body: out(secret) };
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_secret', pk)) return FORBIDDEN;
  if (usersOfSecret(rows, secret).length > 0)
    return { status: 400, body: { non_field_errors: ['Secret is in use and cannot be deleted.'] } };
  SECRET.remove(rows, secret);
  return GONE;
}

function providerUser({ pk, name }: { readonly pk: number; readonly name: string }) {
  return {
    app: 'authentik_providers_oauth2',
    model_name: 'oauth2provider',
    pk: String(pk),
    name: `OAuth2 Provider ${name}`,
    action: 'left_dangling',
  };
}

function secretOut(rows: Rows, { value, ...row }: SecretRow, grant: TokenGrant): unknown {
  if (!mayDo(grant, 'view_secret_value', row.pk)) return row;
  logSecret(rows, 'secret_view', row);
  return { ...row, value };
}
