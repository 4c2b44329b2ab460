import { fluxPlace, fluxRef } from '../../installation/fluxPlace.ts';
import type { Installation } from '../../installation/installation.ts';
import { type AccessRule, allowing, anyOf } from '../../kubernetes/accessRule.ts';
import { targetOf } from '../../kubernetes/consumerSecret.ts';
import type { ExternalSecretConsumer } from './schema.ts';

/** The last part of `deploy/rbac.yaml`, and the object that deploys the consumer. */
export function secretAccess(consumer: ExternalSecretConsumer, installation: Installation): readonly AccessRule[] {
  const { name, namespace, restart, secretStoreRef, cluster = installation.authentik.cluster } = consumer;
  const place = { cluster, namespace };
  const isOfCluster = secretStoreRef.kind === 'ClusterSecretStore';
  const stores = isOfCluster ? 'clustersecretstores' : 'secretstores';
  return [
    ...allowing(place, 'get patch', 'externalsecrets.external-secrets.io', name),
    ...allowing(place, 'get', 'secrets', targetOf(consumer)),
    anyOf(place, 'list', 'events'),
    ...restart.flatMap((each) => allowing(place, 'get patch', 'deployments.apps', each)),
    ...(restart.length === 0 ? [] : [anyOf(place, 'list', 'replicasets.apps'), anyOf(place, 'list', 'pods')]),
    ...allowing({ cluster }, 'get', 'namespaces', namespace),
    ...allowing(isOfCluster ? { cluster } : place, 'get', `${stores}.external-secrets.io`, secretStoreRef.name),
    ...ofDeployer(consumer, installation),
  ];
}

function ofDeployer(
  { application, fluxKustomization }: ExternalSecretConsumer,
  installation: Installation,
): readonly AccessRule[] {
  const { argocd } = installation;
  if (argocd !== undefined) return allowing(argocd, 'get patch', 'applications.argoproj.io', application);
  const flux = fluxPlace(installation);
  const ref = fluxRef(fluxKustomization, flux?.namespace);
  if (flux === undefined || ref === undefined) return [];
  const place = { cluster: flux.cluster, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) };
  return allowing(place, 'get patch', 'kustomizations.kustomize.toolkit.fluxcd.io', ref.name);
}
