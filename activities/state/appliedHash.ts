import { createHash } from 'node:crypto';
import { isScalar, isSeq, parseDocument, visit } from 'yaml';

/** What a file holds that a blueprint reads: null where it is not there, undefined where nobody can tell. */
export type FileContents = (path: string) => string | null | undefined;

/** The hash by which Authentik tells a blueprint's text. */
export function hashOf(text: string): string {
  return createHash('sha512').update(text).digest('hex');
}

/**
 * Whether Authentik tells this hash of a text that it has applied or found. Up to 2026.8 that is the text's own; drafts of 2026.11
 * go on with the sha512 of each file that the text reads by `!File`, in their order, or with one zero byte where one cannot be read.
 * Either counts, for both prove the text, and no release tells which of them it makes.
 */
export function isHashOf(hash: string, text: string, contentsOf: FileContents = () => undefined): boolean {
  return hash === hashOf(text) || hash === hashWithFiles(text, contentsOf);
}

/** Undefined where a file's contents are not known. */
function hashWithFiles(text: string, contentsOf: FileContents): string | undefined {
  const hash = createHash('sha512').update(text);
  for (const path of filesIn(text)) {
    const contents = contentsOf(path);
    if (contents === undefined) return undefined;
    hash.update(contents === null ? Buffer.of(0) : createHash('sha512').update(contents).digest());
  }
  return hash.digest('hex');
}

/** Paths that a blueprint reads by `!File path` or `!File [path, default]`, in their order, each as often as it is read. */
export function filesIn(text: string): readonly string[] {
  if (!text.includes('!File')) return [];
  const found: string[] = [];
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Node(_key, node) {
      if (node.tag !== '!File') return;
      const [path] = isSeq(node) ? node.items : [node];
      if (isScalar(path)) found.push(String(path.value));
    },
  });
  return found;
}
