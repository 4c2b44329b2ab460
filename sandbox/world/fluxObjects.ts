import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { KUSTOMIZE_API, SOURCE_API } from '../flux/kinds.ts';
import type { Layout } from './layout.ts';

const NAMESPACE = 'flux-system';

/**
 * What a person gives Flux at the beginning: what `flux bootstrap` has committed, or, where nobody tells the job of Flux, a Kustomization
 * of the layout's folder that looks often.
 */
export function bootstrapObjects(layout: Layout, url: string): readonly KubernetesObject[] {
  const { fluxFile, files, folder = '.', installation } = layout;
  if (fluxFile !== undefined)
    return parseAllDocuments(files[fluxFile] ?? '').map((each) => each.toJS() as KubernetesObject);
  const object = (apiVersion: string, kind: string, name: string, spec: object): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec,
  });
  const branch = installation.gitops.branch ?? 'main';
  const sourceRef = { kind: 'GitRepository', name: 'sandbox' };
  return [
    object(SOURCE_API, 'GitRepository', 'sandbox', { interval: '1s', url, ref: { branch } }),
    object(SOURCE_API, 'OCIRepository', 'authentik', {
      interval: '1h',
      url: 'oci://ghcr.io/goauthentik/helm-charts/authentik',
    }),
    object(KUSTOMIZE_API, 'Kustomization', 'authentik', {
      interval: '10s',
      path: `./${folder}`,
      prune: true,
      sourceRef,
    }),
  ];
}
