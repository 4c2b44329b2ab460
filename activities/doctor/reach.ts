import type { ConsumerCluster, Deps } from '../deps.ts';
import { targetHead } from '../branch/runBranch.ts';

/** What several looks wait for. Each is asked once, so that what is down is told once. */
export interface Reach {
  readonly deps: Deps;
  /** Head of the target branch, as of one fetch. */
  readonly head: () => Promise<string>;
  /** A cluster that has answered, by its name in registrar.yaml. */
  readonly cluster: (name: string) => Promise<ConsumerCluster>;
}

export function reachOf(deps: Deps): Reach {
  const clusters = new Map<string, Promise<ConsumerCluster>>();
  let head: Promise<string> | undefined;
  const fetched = async (): Promise<string> => {
    await deps.git.fetch();
    return targetHead(deps);
  };
  const opened = async (name: string): Promise<ConsumerCluster> => {
    const systems = await deps.consumerCluster(name);
    // The answer itself matters to nobody: that of a wrong token is no answer.
    await systems.cluster.allows({ verb: 'get', group: '', resource: 'namespaces' });
    return systems;
  };
  return {
    deps,
    head: () => (head ??= fetched()),
    cluster(name) {
      const opening = clusters.get(name) ?? opened(name);
      clusters.set(name, opening);
      return opening;
    },
  };
}
