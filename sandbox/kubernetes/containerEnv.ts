import { own } from '../../core/base/own.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';

/** What of a container gives it variables. */
export interface Container {
  readonly env?: readonly EnvEntry[];
  readonly envFrom?: readonly EnvSource[];
}

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: KeyRef; readonly configMapKeyRef?: KeyRef };
}

interface KeyRef extends Ref {
  readonly key: string;
}

interface EnvSource {
  readonly prefix?: string;
  readonly secretRef?: Ref;
  readonly configMapRef?: Ref;
}

interface Ref {
  readonly name: string;
  readonly optional?: boolean;
}

type Env = Readonly<Record<string, string>>;
type Resolved<T> = T | { readonly missing: string };

/**
 * The variables with which a container starts, or what of them is missing, in the words of a pod's status: every key of the
 * sources in their order, then its own entries (Kubernetes API, Container v1: a later source wins, and `env` over `envFrom`).
 */
export async function environment(
  cluster: Cluster,
  namespace: string,
  { env = [], envFrom = [] }: Container,
): Promise<Resolved<{ readonly env: Env }>> {
  const made: Record<string, string> = {};
  const read = async (kind: Kind, ref: Ref): Promise<Resolved<{ readonly data: Env | undefined }>> =>
    dataOf(cluster, { kind, namespace }, ref);
  for (const { prefix = '', secretRef, configMapRef } of envFrom) {
    const found =
      secretRef === undefined ? await read('ConfigMap', configMapRef as Ref) : await read('Secret', secretRef);
    if ('missing' in found) return found;
    for (const [key, value] of Object.entries(found.data ?? {})) made[`${prefix}${key}`] = value;
  }
  for (const { name, value = '', valueFrom = {} } of env) {
    const { secretKeyRef, configMapKeyRef } = valueFrom;
    const [kind, ref] =
      secretKeyRef === undefined ? (['ConfigMap', configMapKeyRef] as const) : (['Secret', secretKeyRef] as const);
    if (ref === undefined) {
      made[name] = value;
      continue;
    }
    const found = await read(kind, ref);
    if ('missing' in found) return found;
    const text = own(found.data, ref.key);
    if (text !== undefined) made[name] = text;
    else if (ref.optional !== true)
      return { missing: `couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}` };
  }
  return { env: made };
}

type Kind = 'Secret' | 'ConfigMap';

async function dataOf(
  cluster: Cluster,
  { kind, namespace }: { readonly kind: Kind; readonly namespace: string },
  { name, optional }: Ref,
): Promise<Resolved<{ readonly data: Env | undefined }>> {
  const object = await cluster.get({ apiVersion: 'v1', kind, namespace, name });
  if (object === undefined)
    return optional === true ? { data: undefined } : { missing: `${kind.toLowerCase()} "${name}" not found` };
  const data = (object['data'] ?? {}) as Env;
  if (kind === 'ConfigMap') return { data };
  const clear = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
  return { data: Object.fromEntries(clear) as Env };
}
