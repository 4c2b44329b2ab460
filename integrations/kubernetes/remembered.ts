import { rememberSecret } from '../../core/masking/masked.ts';
import type { KubernetesObject } from './cluster.ts';

/** Names, hosts and numbers stand in Secrets too, beside what is secret; masked, they would be missed in every other sentence. */
const PLAIN = /^[a-z]*([./:_-][a-z]+)*(:\d+)?$|^\d*$/i;

/** Remembers the values of a Secret. */
export function rememberData({ kind, data }: KubernetesObject): void {
  if (kind !== 'Secret') return;
  for (const encoded of Object.values((data ?? {}) as Readonly<Record<string, unknown>>)) {
    const value = Buffer.from(String(encoded), 'base64').toString('utf8');
    for (const secret of secretsIn(value)) rememberSecret(secret);
  }
}

/** A vault's note on a field of the job, which an ExternalSecret that takes the item whole brings along: names, and no secret. */
const NOTE = /^client \S+, field \S+, change [0-9a-f-]{36}$/;
/** A value of several lines, or of JSON: a configuration, which names clients, fields and addresses beside its secrets. */
const DOCUMENT = /\n|^[{[]/;
const BETWEEN = /[\s"'`,;{}[\]()<>=|]+|:(?=\s|$)/;
/** Names, paths and addresses, which stand in every other sentence. */
const NAMED = /^[a-z._:/@-]*$|^https?:\/\/[^/@]*$/i;
/** Letters alone are a secret where they are many and their case is mixed. */
const LETTERS = /^(?=.*[a-z])(?=.*[A-Z])[A-Za-z]{20,}$/;

/** Of a document each part that is no name; any other value as a whole, a pass phrase with its spaces. */
function secretsIn(value: string): readonly string[] {
  const text = value.trim();
  if (NOTE.test(text)) return [];
  if (!DOCUMENT.test(text)) return PLAIN.test(value) ? [] : [value];
  return text.split(BETWEEN).filter((part) => LETTERS.test(part) || !(PLAIN.test(part) || NAMED.test(part)));
}
