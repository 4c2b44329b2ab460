import { randomUUID } from 'node:crypto';
import type { StandInRequest } from '../kit/http.ts';
import { written } from './clock.ts';
import type { AuditEvent, Provider, Rows, SecretRow } from './state.ts';
import { exceptionsOf } from './tasks.ts';

const NON_ASCII = 'comparing strings with non-ASCII characters is not supported';

/** A comparison of secrets has thrown. */
export function logNonAscii(rows: Rows, request: StandInRequest): void {
  logCrash(rows, request, NON_ASCII, 'TypeError');
}

/** A request has thrown. */
export function logCrash(rows: Rows, request: StandInRequest, message: string, type: string): void {
  log(rows, 'system_exception', 'authentik.events.middleware', {
    message,
    ...(exceptionsOf(message, type) as object),
    http_request: about(request),
  });
}

/** A Secret was shown, or got another value. */
export function logSecret(
  rows: Rows,
  action: 'secret_view' | 'secret_rotate',
  { pk, name }: Pick<SecretRow, 'pk' | 'name'>,
): void {
  const model = { pk: pk.replaceAll('-', ''), app: 'authentik_crypto_secrets', name, model_name: 'secret' };
  log(rows, action, 'authentik.crypto.secrets', { secret: model });
}

/** A code was presented with a redirect URI that the provider does not have. */
export function logRedirectUri(rows: Rows, request: StandInRequest, provider: Provider, uri: string): void {
  log(rows, 'configuration_error', 'authentik.providers.oauth2.views.token', {
    message: 'Invalid redirect URI used by provider',
    provider: { pk: provider.pk, app: 'authentik_providers_oauth2', name: provider.name, model_name: 'oauth2provider' },
    redirect_uri: uri,
    expected: provider.redirect_uris,
    http_request: about(request),
  });
}

function about({ path, method, headers }: StandInRequest): unknown {
  const request_id = randomUUID().replaceAll('-', '');
  return { args: {}, path, method, request_id, user_agent: headers['user-agent'] ?? '' };
}

function log(rows: Rows, action: string, app: string, context: AuditEvent['context']): void {
  const created = written(Date.now());
  rows.events.push({ pk: randomUUID(), action, app, context, created });
}
