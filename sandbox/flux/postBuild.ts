import { parse, stringify } from 'yaml';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ManifestError } from '../argocd/manifestError.ts';
import { substituted } from './envsubst.ts';

interface PostBuild {
  readonly substitute?: Readonly<Record<string, string>>;
  readonly substituteFrom?: readonly { readonly kind: string; readonly name: string; readonly optional?: boolean }[];
  readonly substituteStrategy?: string;
}

const OPT_OUT = 'kustomize.toolkit.fluxcd.io/substitute';
const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

/**
 * `spec.postBuild` of a Kustomization, done to what kustomize has built (`kustomize/kustomize_varsub.go` of fluxcd/pkg): values of
 * ConfigMaps and Secrets in their order, those of the object over them, all without line breaks; the text of each object is
 * substituted, so `"${N}"` may become a number. Throws {@link ManifestError}.
 */
export async function postBuilt(
  cluster: Cluster,
  kustomization: KubernetesObject,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  const postBuild = kustomization['spec'].postBuild as PostBuild | undefined;
  if (postBuild === undefined) return objects;
  const values = await valuesOf(cluster, kustomization, postBuild, objects[0]);
  const always = postBuild.substituteStrategy === 'Always';
  if (Object.keys(values).length === 0 && !always) return objects;
  return objects.map((object) => (isOptedOut(object) ? object : withValues(object, values)));
}

async function valuesOf(
  cluster: Cluster,
  { metadata }: KubernetesObject,
  { substitute = {}, substituteFrom = [] }: PostBuild,
  first: KubernetesObject | undefined,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const { kind, name, optional } of substituteFrom) {
    const source = await cluster.get({ apiVersion: 'v1', kind, namespace: metadata.namespace ?? '', name });
    if (source === undefined && optional === true) continue;
    const plural = `${kind.toLowerCase()}s`;
    if (source === undefined)
      throw failure(first, `substitute from '${kind}/${name}' error: ${plural} "${name}" not found`);
    for (const [key, value] of Object.entries((source['data'] ?? {}) as Record<string, string>))
      values[key] = kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
  }
  const all = Object.entries({ ...values, ...substitute }).map(([key, value]) => [key, value.replaceAll('\n', '')]);
  const bad = all.find(([key = '']) => !NAME.test(key))?.[0];
  if (bad !== undefined)
    throw failure(
      first,
      `envsubst error: '${bad}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
    );
  return Object.fromEntries(all) as Record<string, string>;
}

function isOptedOut({ metadata: { labels, annotations } }: KubernetesObject): boolean {
  return labels?.[OPT_OUT] === 'disabled' || annotations?.[OPT_OUT] === 'disabled';
}

function withValues(object: KubernetesObject, values: Readonly<Record<string, string>>): KubernetesObject {
  let text: string;
  try {
    text = substituted(stringify(object, { lineWidth: 0 }), values);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw failure(object, `envsubst error: variable substitution failed: ${error.message}`);
  }
  try {
    return parse(text) as KubernetesObject;
  } catch (error) {
    throw failure(object, `envsubst error: YAMLToJSON: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** An object as kustomize names it: `ConfigMap.v1.[noGrp]/name`. */
function failure(object: KubernetesObject | undefined, why: string): ManifestError {
  const [group = '', version] =
    object?.apiVersion.includes('/') === true ? object.apiVersion.split('/') : ['[noGrp]', object?.apiVersion];
  return new ManifestError(
    `post build failed for '${object?.kind}.${version}.${group}/${object?.metadata.name}': ${why}`,
  );
}
