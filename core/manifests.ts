import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as a manifest writes it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** The object of that kind and name in a file of one or more documents; undefined where it is not there. */
export function readResource(text: string, kind: string, name: string): Manifest | undefined {
  for (const document of parseAllDocuments(text, { logLevel: 'silent' })) {
    const value = document.toJS() as Partial<Manifest> | null;
    if (value?.kind === kind && value.metadata?.name === name) return value as Manifest;
  }
  return undefined;
}
