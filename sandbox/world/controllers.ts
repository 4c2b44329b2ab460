import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { startArgoCd } from '../argocd/argocd.ts';
import { startDeploymentController } from '../kubernetes/deploymentController.ts';
import { startExternalSecrets } from '../externalSecrets/externalSecrets.ts';
import type { Faults } from '../faults/faults.ts';
import { startFlux } from '../flux/flux.ts';
import type { ClusterHost } from './hosting.ts';
import { startKubelet } from '../kubernetes/kubelet.ts';
import type { Loop } from '../kit/loop.ts';
import { readIn } from '../kubernetes/readCache.ts';
import { STORE_TOKEN, timingsOf, type WorldOptions, type WorldParts } from './worldParts.ts';

/** The controllers that live beside the APIs. */
export function startControllers(parts: WorldParts, faults: Faults, options: WorldOptions): readonly Loop[] {
  const { namespace, deployment } = parts.installation.authentik;
  const namespaces = [namespace];
  const timings = timingsOf(options);
  const version = versionOf(parts.hosting);
  const kubelet = startKubelet({
    cluster: readBy(parts.cluster, parts.hosting.workload),
    namespaces,
    faults,
    authentik: parts.authentik,
    isAuthentikWorker: (pod) => pod.metadata.name.startsWith(`${deployment.name}-`),
    timings: timings.kubelet,
    version,
  });
  const { service } = options.layout;
  const beside =
    service === undefined
      ? []
      : [
          startKubelet({
            cluster: readBy(parts.argocd, parts.hosting.management),
            namespaces: [service.namespace],
            faults,
            authentik: parts.authentik,
            isAuthentikWorker: () => false,
            timings: timings.kubelet,
            version,
          }),
        ];
  const loops = [kubelet, ...beside];
  return parts.hosting.hasControllers ? loops : [...loops, ...standIns(parts, faults, options)];
}

/** Who deploys where Argo CD does not, whether the job is told of it or not. */
export function isDeployedByFlux({ argocd }: Pick<WorldParts['installation'], 'argocd'>): boolean {
  return argocd === undefined;
}

/** Rises with every change in either cluster; undefined where the clusters are real. */
function versionOf({ management, workload }: WorldParts['hosting']): (() => number) | undefined {
  const [ours, theirs] = [management.store, workload.store];
  return ours && theirs && (() => ours.version + theirs.version);
}

/** A cluster as who looks at it again and again reads it. */
export function readBy(cluster: ApplyingCluster, { store }: ClusterHost): ApplyingCluster {
  return store === undefined ? cluster : readIn(store, cluster);
}

/** Intervals and time limits of Flux's objects are meant for people's days. */
const HURRY = 10;

/** How Argo CD names the cluster that it runs in itself. */
export const IN_CLUSTER = 'https://kubernetes.default.svc';

/** A service on the cluster of Argo CD needs controllers there too. */
function besideArgoCd(
  parts: WorldParts,
  faults: Faults,
  options: WorldOptions,
  namespaces: readonly string[],
): readonly Loop[] {
  const timings = timingsOf(options);
  const version = versionOf(parts.hosting);
  const cluster = readBy(parts.argocd, parts.hosting.management);
  return [
    startExternalSecrets({
      cluster,
      namespaces,
      faults,
      connectUrl: () => parts.connect.url,
      token: STORE_TOKEN,
      everyMs: timings.controllerMs,
      version,
    }),
    startDeploymentController(cluster, namespaces, timings.controllerMs, undefined, version),
  ];
}

function standIns(parts: WorldParts, faults: Faults, options: WorldOptions): readonly Loop[] {
  const namespaces = [parts.installation.authentik.namespace];
  const { furtherNamespace } = options.layout;
  const timings = timingsOf(options);
  const version = versionOf(parts.hosting);
  const { argocd } = parts.installation;
  const cluster = readBy(parts.cluster, parts.hosting.workload);
  const beside = readBy(parts.argocd, parts.hosting.management);
  return [
    ...(argocd === undefined
      ? []
      : [
          startArgoCd({
            cluster: beside,
            namespace: argocd.namespace ?? 'argocd',
            faults,
            destination: ({ server }) => (server === IN_CLUSTER ? beside : cluster),
            repository: () => parts.repository.dir,
            everyMs: timings.controllerMs,
            version,
            syncMs: timings.syncMs,
          }),
        ]),
    ...(isDeployedByFlux(parts.installation)
      ? [
          startFlux({
            cluster: readBy(parts.fluxCluster, parts.hosting.workload),
            helm: readBy(parts.helmCluster, parts.hosting.workload),
            repository: () => parts.repository.dir,
            faults,
            everyMs: timings.controllerMs,
            version,
            hurry: HURRY,
          }),
        ]
      : []),
    startExternalSecrets({
      cluster,
      namespaces: furtherNamespace === undefined ? namespaces : [...namespaces, furtherNamespace],
      faults,
      connectUrl: () => parts.connect.url,
      token: STORE_TOKEN,
      everyMs: timings.controllerMs,
      version,
    }),
    startDeploymentController(cluster, namespaces, timings.controllerMs, undefined, version),
    ...(options.layout.service === undefined
      ? []
      : besideArgoCd(parts, faults, options, [options.layout.service.namespace])),
  ];
}
