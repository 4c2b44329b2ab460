import { RegistrarError } from '../../core/base/errors.ts';
import type { VaultConnection } from '../vault/vault.ts';

/** Sends one request, counts it, and gives a rate limit that names no time the installation's own pause. */
export async function counted<R>(
  { count, rateLimitPauseMs }: Pick<VaultConnection, 'count' | 'rateLimitPauseMs'>,
  operation: 'read' | 'write',
  request: () => Promise<R>,
): Promise<R> {
  try {
    const answer = await request();
    count?.({ operation, outcome: 'ok' });
    return answer;
  } catch (error) {
    count?.({ operation, outcome: error instanceof RegistrarError ? error.kind : 'Failed' });
    if (!(error instanceof RegistrarError) || error.kind !== 'RateLimited') throw error;
    if (error.retryAfterMs !== undefined) throw error;
    // A service that names no time limits by the hour: to ask again within seconds only uses up what comes free.
    const { system, kind, message, remedy, status } = error;
    throw new RegistrarError({
      system,
      kind,
      message,
      remedy,
      retryAfterMs: rateLimitPauseMs,
      ...(status === undefined ? {} : { status }),
    });
  }
}
