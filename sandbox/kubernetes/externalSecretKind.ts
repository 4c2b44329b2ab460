import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ApiError } from './apiError.ts';

const CREATION_POLICIES = ['Owner', 'Orphan', 'Merge', 'None'];
const REMOTE_REF = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' };
const TARGET = { creationPolicy: 'Owner', deletionPolicy: 'Retain' };
const TEMPLATE = { engineVersion: 'v2', mergePolicy: 'Replace' };

interface Spec {
  readonly data?: readonly { readonly remoteRef?: object }[];
  readonly dataFrom?: readonly { readonly extract?: object }[];
  readonly target?: { readonly creationPolicy?: string; readonly template?: object };
}

/** What the definition of ExternalSecret (0.20.4) fills in, and the one value that the tests of a refusal need it to check. */
export function admitExternalSecret(object: KubernetesObject): void {
  const spec = (object['spec'] ?? {}) as Spec;
  const template = spec.target?.template === undefined ? {} : { template: { ...TEMPLATE, ...spec.target.template } };
  const target = { ...TARGET, ...spec.target, ...template };
  if (!CREATION_POLICIES.includes(target.creationPolicy)) {
    const supported = CREATION_POLICIES.map((policy) => `"${policy}"`).join(', ');
    throw new ApiError(
      422,
      'Invalid',
      `ExternalSecret.external-secrets.io "${object.metadata.name}" is invalid: spec.target.creationPolicy: Unsupported value: "${target.creationPolicy}": supported values: ${supported}`,
    );
  }
  const data = spec.data?.map((entry) => ({ ...entry, remoteRef: { ...REMOTE_REF, ...entry.remoteRef } }));
  const dataFrom = spec.dataFrom?.map((entry) =>
    entry.extract === undefined ? entry : { ...entry, extract: { ...REMOTE_REF, ...entry.extract } },
  );
  object['spec'] = {
    refreshInterval: '1h',
    ...spec,
    target,
    ...(data === undefined ? {} : { data }),
    ...(dataFrom === undefined ? {} : { dataFrom }),
  };
}
