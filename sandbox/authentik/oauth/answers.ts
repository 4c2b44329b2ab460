import { randomUUID } from 'node:crypto';
import type { StandInAnswer } from '../../kit/http.ts';

export const HTML = { 'content-type': 'text/html; charset=utf-8' };
export const NO_STORE = { 'cache-control': 'no-store' };

const WORDS = {
  invalid_client:
    'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method)',
  invalid_grant:
    'The provided authorization grant or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client',
};

export function refusal(status: number, error: keyof typeof WORDS): StandInAnswer {
  return {
    status,
    body: { error, error_description: WORDS[error], request_id: randomUUID().replaceAll('-', '') },
    headers: NO_STORE,
  };
}

/** What is left of an answer when a comparison with characters beyond ASCII has thrown. */
export const CRASHED: StandInAnswer = { status: 405, body: '', headers: { ...HTML, allow: 'GET, HEAD, OPTIONS' } };
