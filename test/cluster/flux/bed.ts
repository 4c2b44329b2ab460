import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCluster } from '../../../integrations/kubernetes/clientNode.ts';
import type { Cluster } from '../../../integrations/kubernetes/cluster.ts';
import { Faults } from '../../../sandbox/faults/faults.ts';
import { createBareRepository, type BareRepository } from '../../../sandbox/git/git.ts';
import { startKubelet } from '../../../sandbox/kubernetes/kubelet.ts';
import { readTree } from '../../../sandbox/world/layout.ts';
import { BRISK } from '../../../sandbox/world/timings.ts';

/** Namespace of what is deployed. */
export const APPS = 'apps';

/** Flux in one cluster, with a repository to follow, and nothing of the job. */
export interface FluxBed {
  /** As a person with kubectl. */
  readonly cluster: Cluster;
  readonly repository: BareRepository;
  /** Of the repository, as a GitRepository names it. */
  readonly url: string;
  /** Of the kubelet. */
  readonly faults: Faults;
  stop(): Promise<void>;
}

interface FluxHost {
  readonly kubeconfig: string;
  readonly url: string;
  stop(): Promise<void>;
}

export interface FluxBackend {
  readonly name: 'stand-ins' | 'real controllers';
  /** An API server with Flux and a Deployment controller, that reads this bare repository. */
  start(dir: string, repository: BareRepository): Promise<FluxHost>;
}

export async function startFluxBed(backend: FluxBackend): Promise<FluxBed> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-flux-'));
  const repository = await createBareRepository(path.join(dir, 'repository.git'), await chartFiles());
  const host = await backend.start(dir, repository);
  const kubeconfig = path.join(dir, 'person.kubeconfig');
  await writeFile(kubeconfig, host.kubeconfig);
  const open = (fieldManager: string): Promise<Cluster> =>
    createCluster({ name: 'home', kubeconfig, timeoutMs: 10_000, fieldManager });
  const cluster = await open('somebody');
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: APPS } });
  const faults = new Faults();
  const kubelet = startKubelet({
    cluster: await open('kubelet'),
    namespaces: [APPS],
    faults,
    authentik: { workerStarted: () => undefined, workerStopped: () => undefined, filesChanged: () => undefined },
    isAuthentikWorker: () => false,
    timings: BRISK.kubelet,
  });
  return {
    cluster,
    repository,
    url: host.url,
    faults,
    stop: async () => {
      await kubelet.stop();
      await host.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The chart, where a HelmRelease finds it in the repository. */
export async function chartFiles(): Promise<Readonly<Record<string, string>>> {
  const files = await readTree(fileURLToPath(new URL('chart/', import.meta.url)));
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`charts/authentik/${file}`, text]));
}
