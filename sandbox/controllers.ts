import { startArgoCd } from './argocd.ts';
import { startDeploymentController } from './deploymentController.ts';
import { startExternalSecrets } from './externalSecrets.ts';
import type { Faults } from './faults.ts';
import { startKubelet } from './kubelet.ts';
import type { Loop } from './loop.ts';
import { STORE_TOKEN, timingsOf, type WorldOptions, type WorldParts } from './worldParts.ts';

/** The controllers that live beside the APIs. */
export function startControllers(parts: WorldParts, faults: Faults, options: WorldOptions): readonly Loop[] {
  const { namespace, deployment } = parts.installation.authentik;
  const namespaces = [namespace];
  const timings = timingsOf(options);
  const kubelet = startKubelet({
    cluster: parts.cluster,
    namespaces,
    faults,
    authentik: parts.authentik,
    isAuthentikWorker: (pod) => pod.metadata.name.startsWith(`${deployment.name}-`),
    timings: timings.kubelet,
  });
  return parts.hosting.hasControllers ? [kubelet] : [kubelet, ...standIns(parts, faults, options)];
}

function standIns(parts: WorldParts, faults: Faults, options: WorldOptions): readonly Loop[] {
  const namespaces = [parts.installation.authentik.namespace];
  const timings = timingsOf(options);
  return [
    startArgoCd({
      cluster: parts.argocd,
      namespace: parts.installation.argocd.namespace ?? 'argocd',
      faults,
      destination: () => parts.cluster,
      repository: () => parts.repository.dir,
      everyMs: timings.controllerMs,
      syncMs: timings.syncMs,
    }),
    startExternalSecrets({
      cluster: parts.cluster,
      namespaces,
      faults,
      connectUrl: () => parts.connect.url,
      token: STORE_TOKEN,
      everyMs: timings.controllerMs,
    }),
    startDeploymentController(parts.cluster, namespaces, timings.controllerMs),
  ];
}
