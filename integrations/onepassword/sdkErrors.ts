import { AuthExpiredError, RateLimitExceededError } from '@1password/sdk';
import { RegistrarError, type ErrorKind } from '../../core/base/errors.ts';
import { vaultError, type ItemWords } from './vaultErrors.ts';

const TOKEN = 'Check OP_SERVICE_ACCOUNT_TOKEN: the service account must be able to read and write items of the vault.';
const ADDRESS = 'Correct vault.vaultId and vault.itemId in registrar.yaml.';
const PARTS = 'Mend the part of the item that is named, or move the client secrets to an item of their own.';

interface Meaning {
  readonly words: RegExp;
  readonly kind: ErrorKind;
  readonly remedy: string;
}

/**
 * The library gives a class to rate limits and to expired sign-ins alone; all else is an `Error` with a sentence. These are
 * the sentences of its core (`@1password/sdk-core` 0.5.0) and, for conflicts, of its issue tracker (#151 of onepassword-sdk-js).
 */
const MEANINGS: readonly Meaning[] = [
  {
    words: /conflict occurred on the server|not up to date|incorrect item version/i,
    kind: 'Conflict',
    remedy: 'Somebody wrote the item at the same time; it is tried again.',
  },
  {
    // Before the sign-in: that of a machine without network fails as "authentication error: … error sending request".
    words: /error sending request|request timeout|internal server error/i,
    kind: 'Unavailable',
    remedy: 'See that this machine reaches the address at which you sign in to 1Password.',
  },
  {
    words:
      /invalid service account token|service account token had invalid|bad service account token|not authenticated|authentication error/i,
    kind: 'Unauthorized',
    remedy: TOKEN,
  },
  { words: /don't have the right permissions/i, kind: 'Unauthorized', remedy: TOKEN },
  { words: /resource not found|item (was )?not found|not in an active state/i, kind: 'NotFound', remedy: ADDRESS },
  { words: /ID is not in a valid format/i, kind: 'BadInput', remedy: ADDRESS },
  { words: /editing is not supported|cannot update item|invalid user input/i, kind: 'Refused', remedy: PARTS },
];

/** One of our errors for what the library rejected with; neither the token nor a value of the item passes. */
export function translatedSdk(what: string, error: unknown, words: ItemWords): RegistrarError {
  if (error instanceof RegistrarError) return error;
  const said = error instanceof Error ? error.message : typeof error === 'string' ? error : '';
  const { kind, remedy } = meaningOf(error, said);
  return vaultError(kind, `could not ${what}: 1Password's SDK says "${words.masked(said)}"`, remedy);
}

function meaningOf(error: unknown, said: string): { readonly kind: ErrorKind; readonly remedy: string } {
  if (error instanceof RateLimitExceededError || /rate limit exceeded/i.test(said)) {
    const remedy =
      "The service account's limit is used up; the job goes on when it allows. See `op service-account ratelimit`.";
    return { kind: 'RateLimited', remedy };
  }
  if (error instanceof AuthExpiredError) return { kind: 'Unauthorized', remedy: TOKEN };
  const found = MEANINGS.find(({ words }) => words.test(said));
  return found ?? { kind: 'Failed', remedy: 'See the item in 1Password, and the activity log of the service account.' };
}
