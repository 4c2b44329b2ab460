import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import type { Faults } from '../faults/faults.ts';
import type { Loop, Version } from '../kit/loop.ts';
import { chartSources } from './chartSources.ts';
import { startController, type Pace } from './controller.ts';
import { helmReleases } from './helmController.ts';
import { kustomizations } from './kustomizeController.ts';
import { gitRepositories } from './sourceController.ts';

export interface FluxOptions {
  /** Applies under the name of kustomize-controller. */
  readonly cluster: ApplyingCluster;
  /** The same cluster, under the name of helm-controller. */
  readonly helm: ApplyingCluster;
  /** Where the URL of a GitRepository really is, on this machine. */
  readonly repository: (url: string) => string;
  readonly faults: Faults;
  /** Between two looks of a controller. */
  readonly everyMs: number;
  readonly version?: Version | undefined;
  /** So many times faster than the objects say do intervals and time limits pass. */
  readonly hurry: number;
}

/**
 * Stand-in for Flux 2.8: source-, kustomize- and helm-controller, which do what the objects in the cluster say and know nothing else.
 * Faults: `suspended`, nobody is there; `fetchFails`; `applyFails` of a Kind or Kind/name.
 */
export function startFlux(options: FluxOptions): Loop {
  const { cluster, helm, faults, everyMs, hurry, version } = options;
  const pace: Pace = { everyMs, version, hurry, isStopped: () => faults.behaviour('flux', 'suspended') !== undefined };
  const loops = [
    startController('source-controller', cluster, gitRepositories(options), pace),
    startController('source-controller', cluster, chartSources(cluster, 'OCIRepository'), pace),
    startController('source-controller', cluster, chartSources(cluster, 'HelmRepository'), pace),
    startController('kustomize-controller', cluster, kustomizations({ ...options, pace }), pace),
    startController('helm-controller', helm, helmReleases({ cluster: helm, pace }), pace),
  ];
  return {
    kick: () => loops.forEach((loop) => loop.kick()),
    async round() {
      await Promise.all(loops.map((loop) => loop.round()));
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
