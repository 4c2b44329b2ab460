import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { sorted } from '../kubernetes/sorted.ts';

type Values = Record<string, unknown>;

interface ValuesReference {
  readonly kind: string;
  readonly name: string;
  readonly valuesKey?: string;
  readonly targetPath?: string;
  readonly optional?: boolean;
}

/** Values that cannot be put together. */
export class ValuesError extends Error {}

/**
 * Values of a HelmRelease (`chartutil/values.go` of fluxcd/pkg): those of `valuesFrom` in their order, each whole or at its
 * `targetPath`, and those of the object over them. Throws {@link ValuesError}.
 */
export async function valuesOf(cluster: Cluster, release: KubernetesObject): Promise<Values> {
  const { values = {}, valuesFrom = [] } = release['spec'] as { values?: Values; valuesFrom?: ValuesReference[] };
  let result: Values = {};
  for (const reference of valuesFrom) {
    const text = await textOf(cluster, release, reference);
    if (text === undefined) continue;
    const { targetPath } = reference;
    result = merged(result, targetPath === undefined ? ((parse(text) ?? {}) as Values) : at(targetPath, text));
  }
  return merged(result, values);
}

async function textOf(
  cluster: Cluster,
  { metadata: { namespace = '' } }: KubernetesObject,
  { kind, name, valuesKey = 'values.yaml', optional = false }: ValuesReference,
): Promise<string | undefined> {
  const source = await cluster.get({ apiVersion: 'v1', kind, namespace, name });
  const text = (source?.['data'] as Record<string, string> | undefined)?.[valuesKey];
  if (text !== undefined) return kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text;
  if (optional) return undefined;
  const why = source === undefined ? `${kind.toLowerCase()}s "${name}" not found` : 'key not found';
  throw new ValuesError(
    `could not resolve ${kind} chart values reference '${namespace}/${name}' with key '${valuesKey}': ${why}`,
  );
}

/** Maps are merged, lists and words are replaced. */
function merged(under: Values, over: Values): Values {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isMap(old) && isMap(value) ? merged(old, value) : value;
  }
  return result;
}

function at(targetPath: string, text: string): Values {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  const value: unknown = quoted === null ? parse(text) : quoted[2];
  return targetPath.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')}`;
}
