import { randomBytes, randomUUID } from 'node:crypto';
import type { StandInAnswer } from '../../kit/http.ts';
import { written } from '../clock.ts';
import { userOut } from '../out/people.ts';
import { mayDo } from '../permissions.ts';
import type { Rows, Token } from '../state.ts';
import { body, FORBIDDEN, notAllowed, notFound, page, type Call } from './call.ts';

const HALF_AN_HOUR_MS = 30 * 60_000;

/** Keys are never shown. Without `view_token` a token sees those of its own user. */
export function tokens(call: Call): StandInAnswer {
  const { rows, grant, request, rest } = call;
  const nameOf = (token: Token): string | undefined => rows.users.find((row) => row.pk === token.user)?.username;
  const seen = rows.tokens.filter((row) => mayDo(grant, 'view_token', row.pk) || nameOf(row) === grant.username);
  const [identifier] = rest;
  if (identifier !== undefined) {
    const token = seen.find((row) => row.identifier === identifier);
    if (token === undefined) return notFound('Token');
    return request.method === 'GET' ? { status: 200, body: tokenOut(token, rows) } : notAllowed(call);
  }
  if (request.method === 'POST') return create(call);
  const username = request.query.get('user__username');
  return page(
    call,
    seen.filter((row) => username === null || nameOf(row) === username).map((row) => tokenOut(row, rows)),
  );
}

function create(call: Call): StandInAnswer {
  const { rows, grant } = call;
  if (!mayDo(grant, 'add_token')) return FORBIDDEN;
  const { identifier, intent = 'api', user, expiring = true } = body(call) as Partial<Token>;
  const owner = rows.users.find((row) => (user === undefined ? row.username === grant.username : row.pk === user));
  if (identifier === undefined || owner === undefined)
    return { status: 400, body: { [owner === undefined ? 'user' : 'identifier']: ['This field is required.'] } };
  if (rows.tokens.some((row) => row.identifier === identifier))
    return { status: 400, body: { identifier: ['Token with this identifier already exists.'] } };
  const token = issueToken(rows, { identifier, intent, user: owner.pk, expiring });
  return { status: 201, body: tokenOut(token, rows) };
}

export function issueToken(rows: Rows, asked: Pick<Token, 'identifier' | 'intent' | 'user' | 'expiring'>): Token {
  const expires = written(Date.now() + HALF_AN_HOUR_MS);
  const token = { pk: randomUUID(), key: randomBytes(30).toString('hex'), expires, ...asked };
  rows.tokens.push(token);
  return token;
}

function tokenOut({ pk, identifier, intent, user, expires, expiring }: Token, rows: Rows): unknown {
  const owner = rows.users.find((row) => row.pk === user);
  return {
    pk,
    managed: null,
    identifier,
    intent,
    user,
    user_obj: owner === undefined ? null : userOut(owner, rows),
    description: '',
    expires,
    expiring,
  };
}
