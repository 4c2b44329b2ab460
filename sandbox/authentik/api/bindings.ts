import type { StandInAnswer } from '../../http.ts';
import { bindingOut } from '../out/binding.ts';
import { visible } from '../permissions.ts';
import { filtered, FORBIDDEN, notAllowed, notFound, page, type Call } from './call.ts';

export function bindings(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const seen = visible(grant, 'view_policybinding', rows.bindings);
  if (seen === undefined) return FORBIDDEN;
  const [pk] = rest;
  if (pk === undefined)
    return page(
      call,
      filtered(call, seen, ['target', 'order']).map((row) => bindingOut(row, rows)),
    );
  const binding = seen.find((row) => row.pk === pk);
  if (binding === undefined) return notFound('PolicyBinding');
  return request.method === 'GET' ? { status: 200, body: bindingOut(binding, rows) } : notAllowed(call);
}
