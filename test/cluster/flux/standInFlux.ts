import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Faults } from '../../../sandbox/faults/faults.ts';
import { startFlux } from '../../../sandbox/flux/flux.ts';
import { HELM_MANAGER, KUSTOMIZE_MANAGER } from '../../../sandbox/flux/kinds.ts';
import { createApplyingCluster, type ApplyingCluster } from '../../../sandbox/kubernetes/applyingCluster.ts';
import { startDeploymentController } from '../../../sandbox/kubernetes/deploymentController.ts';
import { startKubernetes } from '../../../sandbox/kubernetes/kubernetes.ts';
import { BRISK } from '../../../sandbox/world/timings.ts';
import { APPS, type FluxBackend } from './bed.ts';

/** Time limits of the objects pass so many times faster than they say. */
const HURRY = 10;

/** The sandbox's own controllers. */
export const STAND_IN_FLUX: FluxBackend = {
  name: 'stand-ins',
  start: async (dir, repository) => {
    const faults = new Faults();
    const api = await startKubernetes({ cluster: 'home', faults });
    const kubeconfig = path.join(dir, 'controllers.kubeconfig');
    await writeFile(kubeconfig, api.kubeconfig('controllers'));
    const open = (fieldManager: string): Promise<ApplyingCluster> =>
      createApplyingCluster({ name: 'home', kubeconfig, timeoutMs: 10_000, fieldManager });
    const everyMs = BRISK.controllerMs;
    const loops = [
      startDeploymentController(await open('kube-controller-manager'), [APPS], everyMs),
      startFlux({
        cluster: await open(KUSTOMIZE_MANAGER),
        helm: await open(HELM_MANAGER),
        repository: () => repository.dir,
        faults,
        everyMs,
        hurry: HURRY,
      }),
    ];
    return {
      kubeconfig: api.kubeconfig('person'),
      url: 'https://git.home.example/cluster.git',
      stop: async () => {
        await Promise.all(loops.map((loop) => loop.stop()));
        await api.close();
      },
    };
  },
};
