import { randomBytes } from 'node:crypto';
import type { ClusterHost, Hosting, HostingNeeds } from './hosting.ts';
import { startKubernetes, type KubernetesStandIn } from '../kubernetes/kubernetes.ts';

/** Token of the controllers and of people. */
const CONTROLLERS = 'controllers';

/** Two API server stand-ins; every controller beside them is the sandbox's own. */
export async function startStandIns({ layout, faults }: HostingNeeds): Promise<Hosting> {
  const worker = randomBytes(24).toString('hex');
  const start = (cluster: string): Promise<KubernetesStandIn> =>
    startKubernetes({ cluster, faults, tokens: [worker, CONTROLLERS], exempt: [CONTROLLERS] });
  const management = await start(layout.installation.argocd?.cluster ?? 'hub');
  const workload = await start(layout.installation.authentik.cluster);
  const host = (standIn: KubernetesStandIn): ClusterHost => ({
    kubeconfig: standIn.kubeconfig(CONTROLLERS),
    workerKubeconfig: standIn.kubeconfig(worker),
    objects: async () => standIn.store.all(),
    store: standIn.store,
  });
  return {
    management: host(management),
    workload: host(workload),
    hasControllers: false,
    addressed: (manifest) => manifest,
    close: async () => {
      await Promise.all([management.close(), workload.close()]);
    },
  };
}
