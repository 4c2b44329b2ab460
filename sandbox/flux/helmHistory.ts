import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import type { Pace } from './controller.ts';

export interface HelmOptions {
  /** Applies under the name of helm-controller. */
  readonly cluster: ApplyingCluster;
  readonly pace: Pace;
}

/** A release as `status.history` shows it, the newest first (`snapshot_types.go` of helm-controller). */
export interface Snapshot {
  readonly apiVersion: 'v2';
  readonly digest: string;
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly status: 'deployed' | 'superseded' | 'failed' | 'uninstalled';
  readonly action: 'install' | 'upgrade' | 'rollback';
  readonly chartName: string;
  readonly chartVersion: string;
  readonly appVersion: string;
  readonly configDigest: string;
  readonly firstDeployed: string;
  readonly lastDeployed: string;
}

/** What Helm keeps of a release beside that, in a Secret of its own; here only the controller knows of it. */
export interface Stored {
  readonly snapshot: Snapshot;
  readonly objects: readonly KubernetesObject[];
}

/** What Helm has kept of the releases of one HelmRelease, by their version. */
export type Storage = Map<number, Stored>;

export function fullName({ namespace, name, version }: Snapshot): string {
  return `${namespace}/${name}.v${version}`;
}

export function chartOf({ chartName, chartVersion }: Snapshot): string {
  return `${chartName}@${chartVersion}`;
}

/** The release to roll back to. */
export function previousOf(history: readonly Snapshot[]): Snapshot | undefined {
  return history.slice(1).find(({ status }) => status === 'deployed' || status === 'superseded');
}

/** The newest release and the one before that went well: more are not kept once all is as asked. */
export function truncated(history: readonly Snapshot[]): readonly Snapshot[] {
  const previous = previousOf(history);
  return previous === undefined ? history.slice(0, 5) : history.slice(0, history.indexOf(previous) + 1);
}

/** With a further release on top; the one that was deployed before is superseded if this one went well. */
export function withRelease(history: readonly Snapshot[], next: Snapshot): readonly Snapshot[] {
  const status = 'superseded' as const;
  const before =
    next.status === 'deployed'
      ? history.map((each) => (each.status === 'deployed' ? { ...each, status } : each))
      : history;
  return [next, ...before];
}
