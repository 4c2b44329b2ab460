import { RegistrarError, type ErrorKind } from '../../core/errors.ts';

export function vaultError(kind: ErrorKind, message: string, remedy: string): RegistrarError {
  return new RegistrarError({ system: '1Password', kind, message, remedy });
}

/**
 * Words of a system without what must not be seen, and not more of them than a person reads: an answer may echo what was
 * sent, or be a page of something between us and 1Password.
 */
export function maskedWords(text: string, secrets: readonly unknown[]): string {
  const hidden = secrets.filter((secret) => typeof secret === 'string' && secret !== '');
  return hidden.reduce<string>((words, secret) => words.replaceAll(String(secret), '[masked]'), text).slice(0, 300);
}
