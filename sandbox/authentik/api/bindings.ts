import type { StandInAnswer } from '../../kit/http.ts';
import { bindingOut } from '../out/binding.ts';
import { logCrash } from '../events.ts';
import { MODELS } from '../models.ts';
import { mayDo, visible } from '../permissions.ts';
import type { Binding } from '../state.ts';
import { body, filtered, FORBIDDEN, GONE, notAllowed, notFound, page, type Call } from './call.ts';
import { write } from './write.ts';

export function bindings(call: Call): StandInAnswer {
  const { rows, request, grant, rest } = call;
  const version = call.context.version();
  const seen = visible(grant, 'view_policybinding', rows.bindings);
  if (seen === undefined) return FORBIDDEN;
  const [pk] = rest;
  if (pk === undefined)
    return page(
      call,
      filtered(call, seen, ['target', 'order', 'policy', 'enabled', 'timeout']).map((row) =>
        bindingOut(row, rows, version),
      ),
    );
  const binding = seen.find((row) => row.pk === pk);
  if (binding === undefined) return notFound('PolicyBinding');
  if (request.method === 'GET') return { status: 200, body: bindingOut(binding, rows, version) };
  const model = MODELS['authentik_policies.policybinding'];
  if (request.method === 'PATCH') return patch(call, binding);
  if (request.method !== 'DELETE') return notAllowed(call);
  if (!mayDo(grant, 'delete_policybinding', pk)) return FORBIDDEN;
  model.remove(rows, binding);
  return GONE;
}

/**
 * The serializer looks at the values of the request alone: without `target` it crashes, which is answered as a method that is not
 * allowed; without one of group, policy and user they count as taken away.
 */
function patch(call: Call, binding: Binding): StandInAnswer {
  const { rows, grant, request } = call;
  const version = call.context.version();
  if (!mayDo(grant, 'change_policybinding', binding.pk)) return FORBIDDEN;
  const values = body(call);
  if (values['target'] === undefined) {
    logCrash(rows, request, "'NoneType' object has no attribute 'supported_policy_binding_targets'", 'AttributeError');
    return { status: 405, body: '', headers: { 'content-type': 'text/html; charset=utf-8' } };
  }
  return write<Binding>(call, {
    model: MODELS['authentik_policies.policybinding'],
    permission: 'change_policybinding',
    existing: binding,
    out: (row) => bindingOut(row, rows, version),
  });
}
