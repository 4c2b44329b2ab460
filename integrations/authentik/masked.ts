/** Long enough to be a secret: the vault takes 16 characters and more. */
const SECRET_LENGTH = 16;
/** Letters alone are taken for a secret only where their case jumps as in no name, or where no name is that long. */
const LETTERS_LENGTH = 20;
const LONG = 32;

/** Masks whatever looks like a secret; words, slugs, paths, uuids, times and names of classes and constraints stay. */
export function masked(text: string): string {
  return text.replaceAll(/[A-Za-z0-9+/=_-]{16,}/g, (run) => (looksSecret(run) ? '[masked]' : run));
}

/** Base64 and the like have `-`, `_`, `/` and `+` in them: one suspicious part makes the whole run suspicious. */
function looksSecret(run: string): boolean {
  return run.split(/[^A-Za-z0-9]+/).some((part) => {
    if (/\d/.test(part)) return part.length >= SECRET_LENGTH && /[A-Za-z]/.test(part);
    const mixed = /[a-z]/.test(part) && /[A-Z]/.test(part);
    return mixed && (part.length >= LONG || (part.length >= LETTERS_LENGTH && caseJumps(part) >= part.length / 4));
  });
}

function caseJumps(letters: string): number {
  return [...letters.matchAll(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)].length;
}
