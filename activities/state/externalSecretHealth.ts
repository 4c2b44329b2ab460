import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';

/** A failure later than the last good refresh: the status stays as it was, only the event tells. */
export function failedSince(state: Pick<ExternalSecretState, 'lastFailure' | 'refreshTime'>): boolean {
  if (state.lastFailure === undefined || state.refreshTime === undefined) return false;
  return Date.parse(state.lastFailure.at) > Date.parse(state.refreshTime);
}
