import type { Policy } from '../../installation/policy.ts';
import type { Names } from '../../names/names.ts';
import { type Breach, listBreach } from '../../policy/breach.ts';
import { matchesAny } from '../../policy/pattern.ts';
import { NO_PIPELINE } from '../../registration/extraFile.ts';
import type { ExternalSecretConsumer } from './schema.ts';

/** What the policy refuses of places, and what no policy allows of the Secret. */
export function secretBreaches(
  { cluster, namespace, application, fluxKustomization, file, target }: ExternalSecretConsumer,
  _names: Names,
  field: string,
  { externalSecrets }: Policy,
): readonly Breach[] {
  const { type = '', metadata } = target.template ?? {};
  const never = [
    ...(NO_PIPELINE.test(file) && MANIFEST.test(file)
      ? []
      : [{ field: `${field}.file`, message: `"${file}" is no file of a manifest, or one that something else reads` }]),
    ...(GRANTING_TYPES.has(type)
      ? [{ field: `${field}.target.template.type`, message: `a Secret of type "${type}" is a right in the cluster` }]
      : []),
    ...Object.keys(metadata?.labels ?? {})
      .filter((label) => GRANTING_LABELS.has(label))
      .map((label) => ({
        field: `${field}.target.template.metadata.labels`,
        message: `a Secret with label "${label}" is a setting of Argo CD`,
      })),
  ];
  const places = [
    ['cluster', 'clusters', cluster],
    ['namespace', 'namespaces', namespace],
    ['application', 'applications', application],
    ['fluxKustomization', 'kustomizations', fluxKustomization],
  ] as const;
  const elsewhere = places.flatMap(([name, key, value]) =>
    value === undefined || matchesAny(externalSecrets[key], value)
      ? []
      : [listBreach(`${field}.${name}`, `${name} "${value}"`, `externalSecrets.${key}`, value)],
  );
  return [...never, ...elsewhere];
}

/** What a folder is deployed by is not for a registration to make. */
const MANIFEST = /^(?!(.*\/)?(kustomization|Chart|values)\.ya?ml$)(?!(.*\/)?\.[^/]*$).*\.ya?ml$/i;
/** Kubernetes takes whoever has such a Secret for a service account, or for a machine that joins ("Types of Secret"). */
const GRANTING_TYPES: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
]);
/** By it a Secret of Argo CD's namespace is a cluster or a repository ("Declarative Setup"). */
const GRANTING_LABELS: ReadonlySet<string> = new Set(['argocd.argoproj.io/secret-type']);
