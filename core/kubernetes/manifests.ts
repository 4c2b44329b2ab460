import { parseAllDocuments, type Document } from 'yaml';
import { DOUBLE_KEYS, doubleKey } from '../edits/yaml/doubleKey.ts';

/** A Kubernetes object as a manifest writes it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

const OPTIONS = { logLevel: 'silent', ...DOUBLE_KEYS } as const;

/** The object of that kind and name in a file of one or more documents; undefined where it is not there or cannot be read. */
export function readResource(text: string, kind: string, name: string): Manifest | undefined {
  for (const document of parseAllDocuments(text, OPTIONS)) {
    const value = dataOf(document);
    if (value?.kind === kind && value.metadata?.name === name) return value as Manifest;
  }
  return undefined;
}

/** What the documents of a file hold, those that can be read. */
export function objectsIn(text: string): readonly unknown[] {
  return parseAllDocuments(text, OPTIONS).flatMap((document) => dataOf(document) ?? []);
}

/** Of a document with errors only a part can be read, which must not be taken for the whole. */
function dataOf(document: Document): Partial<Manifest> | null {
  if (document.errors.length > 0 || doubleKey(document.contents) !== undefined) return null;
  try {
    return document.toJS() as Partial<Manifest> | null;
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}
