import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { ConnectAnswer } from './connectHttp.ts';
import { vaultError } from './vaultErrors.ts';

/** One of our errors for what a request ended with; nothing of the request itself passes. */
export function translated(what: string, error: unknown): RegistrarError {
  if (error instanceof RegistrarError) return error;
  if (!(error instanceof ConnectAnswer) || error.status === undefined) {
    const why = error instanceof ConnectAnswer ? error.message : 'Connect does not answer';
    return vaultError(
      'Unavailable',
      `could not ${what}: ${why}`,
      'See that the Connect server at vault.connectHost runs.',
    );
  }
  const { kind, remedy } = meaningOf(error.status, error.message);
  return new RegistrarError({
    system: '1Password',
    kind,
    status: error.status,
    message: `could not ${what}: Connect answered ${error.status} ${error.message}`.trim(),
    remedy,
    ...(kind === 'RateLimited' && error.retryAfterMs !== undefined ? { retryAfterMs: error.retryAfterMs } : {}),
  });
}

function meaningOf(status: number, message: string): { readonly kind: ErrorKind; readonly remedy: string } {
  const address = 'Correct vault.vaultId and vault.itemId in registrar.yaml.';
  if (status === 401 || status === 403)
    return {
      kind: 'Unauthorized',
      remedy: 'Check OP_CONNECT_TOKEN and its access to the vault: reading and writing items.',
    };
  if (status === 404) return { kind: 'NotFound', remedy: address };
  if (status === 400 && /Invalid (Item|Vault) UUID/i.test(message)) return { kind: 'BadInput', remedy: address };
  if (status === 409)
    return { kind: 'Conflict', remedy: 'Somebody wrote the item at the same time; it is tried again.' };
  if (status === 429)
    return { kind: 'RateLimited', remedy: "The vault's hourly limit is used up; the job goes on when it allows." };
  if (status >= 500) return { kind: 'Unavailable', remedy: 'See the log of the Connect server.' };
  return { kind: 'Failed', remedy: 'See the log of the Connect server: it says why it refuses.' };
}
