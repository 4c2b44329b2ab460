import type { ServerResponse } from 'node:http';
import type { StandInRequest } from '../kit/http.ts';
import { selectorOf } from './list.ts';
import { statusBody, targetOf } from './request.ts';
import { ApiError } from './apiError.ts';
import type { Change, Store } from './store.ts';

export function isWatch(request: StandInRequest): boolean {
  const asked = request.query.get('watch');
  return request.method === 'GET' && (asked === '1' || asked === 'true');
}

/**
 * A watch: what is there first, unless a version is given; then each change since. A version whose changes are no longer
 * kept is answered `410 Gone`, inside the stream as the real server does.
 */
export function watch(store: Store, request: StandInRequest, response: ServerResponse): void {
  const { kind, namespace, name } = targetOf(request.path);
  const selected = selectorOf(request.query);
  const since = Number(request.query.get('resourceVersion') ?? '0');
  const send = (type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`);
  const tell = ({ type, object }: Change): void => {
    const meant =
      object.kind === kind.kind &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name);
    if (meant && selected(object)) send(type, object);
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  const missed = since > 0 ? store.changesSince(since) : [];
  if (missed === undefined) {
    send('ERROR', statusBody(new ApiError(410, 'Expired', `too old resource version: ${since} (${store.version})`)));
    response.end();
    return;
  }
  if (since === 0) for (const object of store.list(kind, namespace)) tell({ type: 'ADDED', version: 0, object });
  for (const change of missed) tell(change);
  response.on('close', store.onChange(tell));
  // The client must see the answer before the first change.
  response.flushHeaders();
}
