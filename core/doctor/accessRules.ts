import { fluxPlace, helmReleaseRef, kustomizationRef } from '../installation/fluxPlace.ts';
import type { Installation } from '../installation/installation.ts';
import { writtenConsumers } from '../consumers/consumersOf.ts';
import { type AccessRule, allowing, anyOf, type Place } from '../kubernetes/accessRule.ts';
import type { Registration } from '../registration/registration.ts';
import { turnPlace } from '../installation/turnPlace.ts';

/** Names that stand in live objects alone. Of what is not known nothing is asked. */
export interface LiveNames {
  /** The Secret that Authentik's ExternalSecret writes. */
  readonly secret?: string;
  readonly store?: { readonly kind: string; readonly name: string };
  /** AppProject of Authentik's Application. */
  readonly project?: string;
  /** The GitRepository that Authentik's Kustomization follows. */
  readonly gitRepository?: { readonly namespace: string; readonly name: string };
  /** ConfigMaps of which it substitutes, in its namespace. */
  readonly substitutes?: readonly string[];
}

/** The rules of `deploy/rbac.yaml` that this installation needs, but for those of consumers. */
export function accessRules(installation: Installation, live: LiveNames): readonly AccessRule[] {
  return [...ofArgoCd(installation, live), ...ofFlux(installation, live), ...ofAuthentik(installation, live)];
}

/** The rules that consumers of a registration need, where they are. */
export function consumerRules(registration: Registration, installation: Installation): readonly AccessRule[] {
  const client = registration.metadata.name;
  return writtenConsumers(registration).flatMap(({ consumer, written }) =>
    (written.access?.(consumer, installation) ?? []).map((rule) => ({ ...rule, client })),
  );
}

function ofArgoCd(installation: Installation, { project }: LiveNames): readonly AccessRule[] {
  const { application } = installation.authentik;
  if (installation.argocd === undefined || application === undefined) return [];
  const place = turnPlace(installation);
  return [
    ...allowing(place, 'get patch', 'applications.argoproj.io', application),
    ...allowing(place, 'get', 'appprojects.argoproj.io', project),
    anyOf(place, 'create', 'leases.coordination.k8s.io'),
    ...allowing(place, 'get update delete', 'leases.coordination.k8s.io', `oidc-registrar-${application}`),
  ];
}

function ofFlux(installation: Installation, { gitRepository, substitutes = [] }: LiveNames): readonly AccessRule[] {
  const flux = fluxPlace(installation);
  const kustomization = kustomizationRef(installation);
  if (flux === undefined || kustomization === undefined) return [];
  const within = (namespace: string | undefined): Place => ({
    cluster: flux.cluster,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const place = within(kustomization.namespace);
  const release = helmReleaseRef(installation);
  return [
    ...allowing(place, 'get patch', 'kustomizations.kustomize.toolkit.fluxcd.io', kustomization.name),
    ...allowing(
      within(gitRepository?.namespace),
      'get patch',
      'gitrepositories.source.toolkit.fluxcd.io',
      gitRepository?.name,
    ),
    ...substitutes.flatMap((name) => allowing(place, 'get', 'configmaps', name)),
    ...allowing(within(release?.namespace), 'get patch', 'helmreleases.helm.toolkit.fluxcd.io', release?.name),
  ];
}

function ofAuthentik({ authentik }: Installation, { secret, store }: LiveNames): readonly AccessRule[] {
  const { cluster, namespace, blueprints, externalSecret, deployment } = authentik;
  const place = { cluster, namespace };
  const stores = store?.kind === 'ClusterSecretStore' ? 'clustersecretstores' : 'secretstores';
  return [
    ...allowing(place, 'get', 'secrets', secret),
    ...allowing(place, 'get', 'configmaps', blueprints.configMap),
    ...allowing(place, 'get patch', 'externalsecrets.external-secrets.io', externalSecret.name),
    anyOf(place, 'list', 'events'),
    ...allowing(place, 'get', 'deployments.apps', deployment.name),
    ...allowing(place, 'patch', 'deployments.apps', deployment.name).map((rule) => ({ ...rule, onlyFor: RESTARTS })),
    anyOf(place, 'list', 'replicasets.apps'),
    anyOf(place, 'list', 'pods'),
    ...allowing(stores === 'secretstores' ? place : { cluster }, 'get', `${stores}.external-secrets.io`, store?.name),
  ];
}

const RESTARTS =
  'rotations, repairs that roll out a secret, discovery mode, and registrations where envFrom brings the secret';
