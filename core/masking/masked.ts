import { KnownSecrets, MASK } from './knownSecrets.ts';

/**
 * Every secret that this process has read or sent: what a {@link Secret} holds, and credentials that a library sends for us.
 * Errors, the log and what systems say are masked by it.
 */
const known = new KnownSecrets();

/** Remembers a secret, so that {@link masked} masks it. Of an address that is secret as a whole, its host is not. */
export function rememberSecret(text: string): void {
  known.add(text.replace(/^https?:\/\/[^/@]*(?=\/)/i, ''));
}

/** Remembers what is sent as `Authorization`: a token, or a user's password in base64. */
export function rememberAuthorization(header: string | undefined): void {
  const [, scheme = '', value = ''] = /^(\w+) +([^\s]+)/.exec(header ?? '') ?? [];
  rememberSecret(value);
  if (/^basic$/i.test(scheme))
    rememberSecret(
      Buffer.from(value, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, ''),
    );
}

/**
 * Which runs of characters are masked beside known secrets: none; those that look random (in words of a system that may quote what
 * nobody here has read); or every long one (in words of which nothing is known).
 */
export type Runs = 'none' | 'random' | 'long';

/** Characters of a text that anybody reads; one that is longer is cut off, for an answer may be of any length. */
const READABLE = 64 * 1024;

/**
 * What an address has before its host: a password behind a user, or a token in the user's place. Flux's GitRepository and Argo CD's
 * Application may have either in their `url` or `repoURL`, which nobody here has sent; a short user alone, as `git`, is none.
 */
const IN_ADDRESS = /:\/\/(?:[^\s/:@]*:[^\s/]+|[^\s/:@]{16,})@/g;

/**
 * A text that people may read: without known secrets, in clear or in another form, without passwords of addresses, and without the
 * {@link Runs}.
 */
export function masked(text: string, runs: Runs = 'none'): string {
  const readable = text.length > READABLE ? `${text.slice(0, READABLE)}…` : text;
  const words = known.masked(readable).replaceAll(IN_ADDRESS, `://${MASK}@`);
  if (runs === 'none') return words;
  if (runs === 'long') return words.replaceAll(/[A-Za-z0-9+=_-]{16,}/g, MASK);
  return words.replaceAll(/[A-Za-z0-9+/=_-]{16,}/g, (run) => (looksRandom(run) ? MASK : run));
}

/** Long enough to be a secret: the vault takes 16 characters and more. */
const SECRET_LENGTH = 16;
/** Letters alone are taken for a secret only where their case jumps as in no name, or where no name is that long. */
const LETTERS_LENGTH = 20;
const LONG = 32;

/**
 * Words, slugs, paths, UUIDs, times and names of classes and constraints do not. Base64 and the like have `-`, `_`, `/` and `+` in them:
 * one suspicious part makes the whole run suspicious.
 */
function looksRandom(run: string): boolean {
  return run.split(/[^A-Za-z0-9]+/).some((part) => {
    if (/\d/.test(part)) return part.length >= SECRET_LENGTH && /[A-Za-z]/.test(part);
    const mixed = /[a-z]/.test(part) && /[A-Z]/.test(part);
    return mixed && (part.length >= LONG || (part.length >= LETTERS_LENGTH && caseJumps(part) >= part.length / 4));
  });
}

function caseJumps(letters: string): number {
  return [...letters.matchAll(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)].length;
}
