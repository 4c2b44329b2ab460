import type { StandInAnswer, StandInRequest } from '../../kit/http.ts';
import { logNonAscii } from '../events.ts';
import type { Rows } from '../state.ts';
import { CRASHED, NO_STORE, refusal } from './answers.ts';
import { clientOf, credentialsOf, isAscii, isRight } from './credentials.ts';

/** 200 for the right secret whatever the token, 401 for anything else, also where no grant type is allowed. */
export function revoke(rows: Rows, request: StandInRequest): StandInAnswer {
  const credentials = credentialsOf(request);
  if (!isAscii(credentials)) {
    logNonAscii(rows, request);
    return CRASHED;
  }
  const provider = clientOf(rows, credentials);
  if (provider === undefined || !isRight(rows, provider, credentials)) return refusal(401, 'invalid_client');
  return { status: 200, body: {}, headers: NO_STORE };
}
