/** Where a Deployment's roll-out stands, read from the Deployment, its ReplicaSets and its pods. */
export interface RolloutState {
  /** The status is of this generation; updated = available = wanted; no pod of an older template left, Terminating included. */
  readonly complete: boolean;
  /** One sentence for people: "1 of 2 pods updated", … */
  readonly summary: string;
  /** A reason that no waiting mends: ProgressDeadlineExceeded, CreateContainerConfigError, ImagePullBackOff, … */
  readonly failure: string | undefined;
  readonly paused: boolean;
  readonly replicas: number;
  /** Pods of the newest template that are there now, by name. */
  readonly currentPods: readonly string[];
  /** Pods of older templates that are still there, Terminating included. */
  readonly oldPods: readonly string[];
  /** When the named container of each current pod last started, by pod: its environment is of that moment. */
  readonly startedAt: Readonly<Record<string, string>>;
  /** Env entries of the named container, in order, as the live spec has them. */
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  /** The strategy can stop the last old pod before a new one is ready (Recreate, or maxUnavailable ≥ replicas). */
  readonly canReachZero: boolean;
}

export interface DeploymentRef {
  readonly namespace: string;
  readonly name: string;
  /** Whose environment is read; the first one where absent. */
  readonly container?: string;
}

export interface Deployments {
  /** `NotFound` where the Deployment or the container does not exist. */
  rollout(ref: DeploymentRef): Promise<RolloutState>;
  /** As {@link rollout}; while the Deployment alone shows that it is under way a summary of that, for then nothing else is asked. */
  glance(ref: DeploymentRef): Promise<RolloutState | { readonly underWay: string }>;
  /** Sets the pod template's `kubectl.kubernetes.io/restartedAt`-like annotation `oidc-registrar/restarted` to `token`; same token = no new roll-out. */
  restart(ref: DeploymentRef, token: string): Promise<void>;
}
