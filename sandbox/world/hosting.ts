import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { Faults } from '../faults/faults.ts';
import type { Store } from '../kubernetes/store.ts';
import type { Layout } from './layout.ts';

/** One cluster that a world sits on. */
export interface ClusterHost {
  /** Kubeconfig of people and controllers, as text. */
  readonly kubeconfig: string;
  /** Kubeconfig of the job's worker, as text. */
  readonly workerKubeconfig: string;
  /** Everything that a registration may touch. */
  objects(): Promise<readonly KubernetesObject[]>;
  /** Of a stand-in. */
  readonly store?: Store;
}

/** The two clusters of a world: stand-ins that it starts itself, or real API servers. */
export interface Hosting {
  readonly management: ClusterHost;
  readonly workload: ClusterHost;
  /** True: Argo CD, External Secrets and the Deployment controller run there already; only a kubelet is added. */
  readonly hasControllers: boolean;
  /** Where controllers read the repository, if not in its folder. */
  readonly repositoryUrl?: string;
  /** A manifest of the layout with the addresses that hold here. */
  addressed(manifest: KubernetesObject): KubernetesObject;
  close(): Promise<void>;
}

export interface HostingNeeds {
  readonly layout: Layout;
  /** Folder of the world. */
  readonly dir: string;
  readonly faults: Faults;
  /** Folder of the bare repository. */
  readonly repository: string;
  readonly connectUrl: string;
  /** Token of External Secrets at the Connect server. */
  readonly storeToken: string;
}

export type StartHosting = (needs: HostingNeeds) => Promise<Hosting>;
