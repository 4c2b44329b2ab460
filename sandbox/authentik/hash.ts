import { createHash } from 'node:crypto';
import { filesReadBy } from './blueprint.ts';
import type { Version } from './version.ts';

export function sha512(text: string): string {
  return createHash('sha512').update(text).digest('hex');
}

/**
 * What counts as the text that is applied. By drafts of 2026.11 the sha512 of each file that it reads by `!File` follows the text, or
 * one zero byte for a file that cannot be read.
 */
export function appliedHash(text: string, { secrets }: Version, read: (path: string) => string | undefined): string {
  const hash = createHash('sha512').update(text);
  for (const path of secrets === undefined ? [] : filesReadBy(text)) {
    const content = read(path);
    hash.update(content === undefined ? Buffer.of(0) : createHash('sha512').update(content).digest());
  }
  return hash.digest('hex');
}
