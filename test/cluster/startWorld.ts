import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import type { Cluster } from '../../integrations/kubernetes/cluster.ts';
import { sampleLayout, type Layout, type LayoutName } from '../../sandbox/world/layout.ts';
import { World } from '../../sandbox/world/world.ts';
import type { Backend } from './backends.ts';

/** A world without Temporal and without a worker: for the integrations by themselves. `destroy` it. */
export async function startWorld(
  options: Backend['options'] = {},
  layout: LayoutName | Layout = 'manual',
): Promise<World> {
  const dir = await mkdtemp(path.join(tmpdir(), 'oidc-registrar-cluster-'));
  return World.start({ layout: typeof layout === 'string' ? await sampleLayout(layout) : layout, dir, ...options });
}

/** The clusters with the worker's own identity. */
export async function asWorker(world: World): Promise<{ readonly argocd: Cluster; readonly cluster: Cluster }> {
  const { argocd, authentik } = world.installation;
  const open = (name: string): Promise<Cluster> =>
    createCluster({ name, kubeconfig: path.join(world.dir, `${name}.kubeconfig`), timeoutMs: 10_000 });
  return { argocd: await open(argocd?.cluster ?? authentik.cluster), cluster: await open(authentik.cluster) };
}
