import { RegistrarError } from '../../core/base/errors.ts';
import type { VaultConnection } from '../vault/vault.ts';

/** Sends one request, counts it, and gives a rate limit that names no time the installation's own pause. */
export async function counted<R>(
  { count, rateLimitPauseMs }: Pick<VaultConnection, 'count' | 'rateLimitPauseMs'>,
  kind: 'read' | 'write',
  request: () => Promise<R>,
): Promise<R> {
  count?.(kind);
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof RegistrarError) || error.kind !== 'RateLimited') throw error;
    count?.('rateLimited');
    if (error.retryAfterMs !== undefined) throw error;
    // A service that names no time limits by the hour: to ask again within seconds only uses up what comes free.
    const { system, kind: same, message, remedy, status } = error;
    throw new RegistrarError({
      system,
      kind: same,
      message,
      remedy,
      retryAfterMs: rateLimitPauseMs,
      ...(status === undefined ? {} : { status }),
    });
  }
}
