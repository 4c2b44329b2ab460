/**
 * How the kubelet stand-in tells the Authentik stand-in of worker pods. A pod's environment is frozen when it starts; its
 * blueprint files follow the ConfigMap with the mount's lag.
 */
export interface AuthentikWorkerPod {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Files below /blueprints that this pod has on its disk now, by path such as `custom/zot.yaml`. */
  files(): ReadonlyMap<string, string>;
  /** Files of mounted Secrets that this pod has on its disk now, by absolute path. */
  secrets?(): ReadonlyMap<string, string>;
}

/** What the Authentik stand-in offers to the kubelet stand-in. */
export interface AuthentikWorkerHost {
  workerStarted(pod: AuthentikWorkerPod): void;
  workerStopped(name: string): void;
  /** The pod's files have changed: its watcher wakes. */
  filesChanged(name: string): void;
}
