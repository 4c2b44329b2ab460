import type { StandInAnswer } from '../../kit/http.ts';
import { autocompleteEvent } from './autocomplete.ts';
import { eventOut } from '../out/event.ts';
import { mayDo } from '../permissions.ts';
import { FORBIDDEN, page, type Call } from './call.ts';

/** The audit log; newest first where `ordering=-created` asks for it. */
export function events(call: Call): StandInAnswer {
  const { rows, grant, request } = call;
  if (!mayDo(grant, 'view_event')) return FORBIDDEN;
  const found = request.query.get('ordering') === '-created' ? rows.events.toReversed() : rows.events;
  return page(call, found.map(eventOut), autocompleteEvent(rows.events));
}
