import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { ApiError } from './apiError.ts';

const CREATION_POLICIES = ['Owner', 'Orphan', 'Merge', 'None'];
const REMOTE_REF = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' };
const TARGET = { creationPolicy: 'Owner', deletionPolicy: 'Retain' };

interface Spec {
  readonly data?: readonly { readonly remoteRef?: object }[];
  readonly target?: { readonly creationPolicy?: string };
}

/** What the definition of ExternalSecret (0.20.4) fills in, and the one value that the tests of a refusal need it to check. */
export function admitExternalSecret(object: KubernetesObject): void {
  const spec = (object['spec'] ?? {}) as Spec;
  const target = { ...TARGET, ...spec.target };
  if (!CREATION_POLICIES.includes(target.creationPolicy)) {
    const supported = CREATION_POLICIES.map((policy) => `"${policy}"`).join(', ');
    throw new ApiError(
      422,
      'Invalid',
      `ExternalSecret.external-secrets.io "${object.metadata.name}" is invalid: spec.target.creationPolicy: Unsupported value: "${target.creationPolicy}": supported values: ${supported}`,
    );
  }
  const data = spec.data?.map((entry) => ({ ...entry, remoteRef: { ...REMOTE_REF, ...entry.remoteRef } }));
  object['spec'] = { refreshInterval: '1h', ...spec, target, ...(data === undefined ? {} : { data }) };
}
