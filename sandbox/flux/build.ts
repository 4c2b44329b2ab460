import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ManifestError } from '../argocd/manifestError.ts';
import type { Transformations } from '../argocd/kustomize.ts';
import { render } from '../argocd/manifests.ts';
import { RESOURCE_KINDS } from '../kubernetes/resourceKinds.ts';
import { KUSTOMIZE_API } from './kinds.ts';
import { postBuilt } from './postBuild.ts';

/** Fields of a Kustomization that change what is built. */
interface Spec {
  readonly path?: string;
  readonly targetNamespace?: string;
  readonly patches?: Transformations['patches'];
  readonly images?: Transformations['images'];
  readonly commonMetadata?: { readonly labels?: object; readonly annotations?: object };
}

const UNKNOWN = [
  'components',
  'namePrefix',
  'nameSuffix',
  'patchesJson6902',
  'patchesStrategicMerge',
  'kubeConfig',
  'ignore',
];

/** Folder of a Kustomization within its source. */
export function folderOf({ spec }: KubernetesObject): string {
  const { path = '' } = spec as Spec;
  return path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '') || '.';
}

/** What a Kustomization makes of a commit, before it is applied. Throws {@link ManifestError} with the words of `BuildFailed`. */
export async function build(
  cluster: Cluster,
  kustomization: KubernetesObject,
  repository: string,
  commit: string,
): Promise<readonly KubernetesObject[]> {
  const spec = kustomization['spec'] as Spec;
  const unknown = UNKNOWN.filter((name) => name in spec);
  if (unknown.length > 0) throw new ManifestError(`the sandbox knows no Kustomization with ${unknown.join(', ')}`);
  const objects = await kustomizeBuild(spec, folderOf(kustomization), repository, commit);
  return (await postBuilt(cluster, kustomization, objects.map(inItsScope))).map((object) =>
    labelled(object, spec, kustomization),
  );
}

async function kustomizeBuild(spec: Spec, folder: string, repository: string, commit: string) {
  const { targetNamespace, patches, images } = spec;
  try {
    return await render(repository, commit, folder, '', {
      wholeTree: true,
      ...(targetNamespace === undefined ? {} : { namespace: targetNamespace }),
      transformations: { ...(patches === undefined ? {} : { patches }), ...(images === undefined ? {} : { images }) },
    });
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new ManifestError(
      `kustomize build failed: ${error.message.replace(/^Failed to load target state: [^:]*: /, '')}`,
    );
  }
}

/** An object of the whole cluster has no namespace; another one may have none either, and is refused when it is applied. */
function inItsScope(object: KubernetesObject): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  const whole = RESOURCE_KINDS.some((kind) => kind.kind === object.kind && !kind.namespaced);
  return namespace === '' || whole ? { ...object, metadata } : object;
}

/** By these labels kustomize-controller knows what is a Kustomization's own. */
export function ownerLabels({ metadata }: KubernetesObject): Readonly<Record<string, string>> {
  const [group = ''] = KUSTOMIZE_API.split('/');
  return { [`${group}/name`]: metadata.name, [`${group}/namespace`]: metadata.namespace ?? '' };
}

function labelled(object: KubernetesObject, spec: Spec, kustomization: KubernetesObject): KubernetesObject {
  const { labels = {}, annotations } = spec.commonMetadata ?? {};
  const metadata = {
    ...object.metadata,
    labels: { ...object.metadata.labels, ...ownerLabels(kustomization), ...labels },
    ...(annotations === undefined ? {} : { annotations: { ...object.metadata.annotations, ...annotations } }),
  };
  return { ...object, metadata };
}
