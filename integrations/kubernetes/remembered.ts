import { rememberSecret } from '../../core/masking/masked.ts';
import type { KubernetesObject } from './cluster.ts';

/** Names, hosts and numbers stand in Secrets too, beside what is secret; masked, they would be missed in every other sentence. */
const PLAIN = /^[a-z]*([./:_-][a-z]+)*(:\d+)?$|^\d*$/i;

/** Remembers the values of a Secret. */
export function rememberData({ kind, data }: KubernetesObject): void {
  if (kind !== 'Secret') return;
  for (const encoded of Object.values((data ?? {}) as Readonly<Record<string, unknown>>)) {
    const value = Buffer.from(String(encoded), 'base64').toString('utf8');
    if (!PLAIN.test(value)) rememberSecret(value);
  }
}
