import type { Tree } from '../tree.ts';
import { deployments } from './deployments.ts';
import { chartWorkers } from './helm.ts';
import type { Worker } from './worker.ts';

/** Whatever in the repository looks like a worker of Authentik: Deployments, and charts that make one. */
export function workersIn(tree: Tree): readonly Worker[] {
  return [...deployments(tree), ...chartWorkers(tree)];
}
