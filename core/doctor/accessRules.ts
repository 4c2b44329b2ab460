import { fluxPlace, helmReleaseRef, kustomizationRef } from '../installation/fluxPlace.ts';
import type { Installation } from '../installation/installation.ts';
import { turnPlace } from '../installation/turnPlace.ts';

/** One thing that the worker's identity must be allowed in a cluster, as a SelfSubjectAccessReview asks it. */
export interface AccessRule {
  /** By its name in registrar.yaml. */
  readonly cluster: string;
  /** Absent for a kind without one. */
  readonly namespace?: string;
  readonly verb: string;
  /** API group; empty for the core one. */
  readonly group: string;
  /** Plural, as `configmaps`. */
  readonly resource: string;
  /** Absent where the rule cannot name one: lists, and what is yet to be made. */
  readonly name?: string;
  /** Which runs need it, where not all do. */
  readonly onlyFor?: string;
}

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

type Place = Pick<AccessRule, 'cluster' | 'namespace'>;

/** A rule for each verb of one object; none where its name is not known. */
function allowing(place: Place, verbs: string, of: string, name: string | undefined): readonly AccessRule[] {
  if (name === undefined) return [];
  return verbs.split(' ').map((verb) => ({ ...place, verb, ...kindOf(of), name }));
}

/** A rule that names no object. */
function anyOf(place: Place, verb: string, of: string): AccessRule {
  return { ...place, verb, ...kindOf(of) };
}

/** `deployments.apps`, as kubectl writes it. */
function kindOf(of: string): Pick<AccessRule, 'group' | 'resource'> {
  const dot = of.indexOf('.');
  return dot < 0 ? { group: '', resource: of } : { group: of.slice(dot + 1), resource: of.slice(0, dot) };
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

/** What a rule allows, for people: `patch deployments.apps authentik-worker in namespace identity`. */
export function describeRule({ verb, group, resource, name, namespace }: AccessRule): string {
  return [
    verb,
    group === '' ? resource : `${resource}.${group}`,
    ...(name === undefined ? [] : [name]),
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
  ].join(' ');
}
