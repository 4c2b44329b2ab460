import type { Cluster, KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import type { AuthentikWorkerHost } from './authentikWorkers.ts';
import { refOf } from './deploymentController.ts';
import type { Faults } from './faults.ts';
import { startLoop, type Loop } from './loop.ts';

export interface KubeletOptions {
  readonly cluster: Cluster;
  readonly namespaces: readonly string[];
  readonly faults: Faults;
  readonly authentik: AuthentikWorkerHost;
  readonly isAuthentikWorker: (pod: KubernetesObject) => boolean;
  readonly timings: {
    readonly everyMs: number;
    /** From scheduled to Ready. */
    readonly podStartMs: number;
    /** From Terminating to gone. */
    readonly podStopMs: number;
    /** From a ConfigMap's change to the files of a mount. */
    readonly mountMs: number;
    /** Every other pod's mount lags so much more. */
    readonly mountLagMs: number;
  };
}

interface Running {
  readonly pod: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lagMs: number;
  files: ReadonlyMap<string, string>;
  /** What the ConfigMaps say and since when: it reaches the disk after the lag. */
  pending: { readonly text: string; readonly files: ReadonlyMap<string, string>; readonly since: number } | undefined;
  hosted: boolean;
}

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
  };
}

/** Stand-in for kubelets: starts pods with an environment that is frozen, mounts ConfigMaps with a lag, stops Terminating pods. */
export function startKubelet(options: KubeletOptions): Loop {
  const running = new Map<string, Running>();
  const firstSeen = new Map<string, number>();
  const stopping = new Map<string, number>();
  return startLoop(async () => {
    for (const namespace of options.namespaces) {
      const pods = await options.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
      for (const pod of pods) await tend(options, pod, { running, firstSeen, stopping });
      forgetGone(options, pods, running);
    }
  }, options.timings.everyMs);
}

interface Books {
  readonly running: Map<string, Running>;
  readonly firstSeen: Map<string, number>;
  readonly stopping: Map<string, number>;
}

async function tend(options: KubeletOptions, pod: KubernetesObject, books: Books): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) {
    await stop(options, pod, books);
    return;
  }
  const run = books.running.get(uid);
  if (run !== undefined) {
    await follow(options, pod, run);
    return;
  }
  const since = books.firstSeen.get(uid) ?? Date.now();
  books.firstSeen.set(uid, since);
  if (Date.now() - since < options.timings.podStartMs) return;
  if (options.faults.behaviour('kubelet', 'rolloutNeverEnds') !== undefined) return;
  await start(options, pod, books);
}

async function start(options: KubeletOptions, pod: KubernetesObject, books: Books): Promise<void> {
  const container = pod['spec'].containers[0] as { name: string; env?: readonly EnvEntry[] };
  const resolved = await environment(options.cluster, pod, container.env ?? []);
  if ('missing' in resolved) {
    const waiting = { reason: 'CreateContainerConfigError', message: resolved.missing };
    await setStatus(options.cluster, pod, {
      phase: 'Pending',
      containerStatuses: [{ name: container.name, ready: false, state: { waiting } }],
    });
    return;
  }
  const files = await mountedFiles(options.cluster, pod);
  const lagMs = books.running.size % 2 === 1 ? options.timings.mountLagMs : 0;
  const run: Running = {
    pod: pod.metadata.name,
    env: resolved.env,
    lagMs,
    files,
    pending: undefined,
    hosted: options.isAuthentikWorker(pod),
  };
  books.running.set(pod.metadata.uid ?? '', run);
  if (run.hosted) options.authentik.workerStarted({ name: run.pod, env: run.env, files: () => run.files });
  await setStatus(options.cluster, pod, {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: container.name, ready: true, state: { running: { startedAt: new Date().toISOString() } } },
    ],
  });
}

async function stop(options: KubeletOptions, pod: KubernetesObject, books: Books): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  const since = books.stopping.get(uid) ?? Date.now();
  books.stopping.set(uid, since);
  if (Date.now() - since < options.timings.podStopMs) return;
  const run = books.running.get(uid);
  if (run?.hosted === true) options.authentik.workerStopped(run.pod);
  books.running.delete(uid);
  await setStatus(options.cluster, pod, { phase: 'Succeeded' });
  await options.cluster.delete(refOf(pod));
}

/** A pod that was deleted while it was not running has no Terminating phase. */
function forgetGone(options: KubeletOptions, pods: readonly KubernetesObject[], running: Map<string, Running>): void {
  const there = new Set(pods.map((pod) => pod.metadata.uid));
  for (const [uid, run] of running) {
    if (there.has(uid)) continue;
    if (run.hosted) options.authentik.workerStopped(run.pod);
    running.delete(uid);
  }
}

/** Environment variables never follow a change; files do, with the mount's lag. */
async function follow(options: KubeletOptions, pod: KubernetesObject, run: Running): Promise<void> {
  const files = await mountedFiles(options.cluster, pod);
  const text = JSON.stringify([...files]);
  if (text === JSON.stringify([...run.files])) {
    run.pending = undefined;
    return;
  }
  if (run.pending?.text !== text) run.pending = { text, files, since: Date.now() };
  const lag = Number(options.faults.behaviour('kubelet', 'mountLags')?.argument ?? run.lagMs);
  if (Date.now() - run.pending.since < options.timings.mountMs + lag) return;
  run.files = files;
  run.pending = undefined;
  if (run.hosted) options.authentik.filesChanged(run.pod);
}

async function environment(
  cluster: Cluster,
  pod: KubernetesObject,
  entries: readonly EnvEntry[],
): Promise<{ readonly env: Record<string, string> } | { readonly missing: string }> {
  const env: Record<string, string> = {};
  for (const entry of entries) {
    const ref = entry.valueFrom?.secretKeyRef;
    if (ref === undefined) {
      env[entry.name] = entry.value ?? '';
      continue;
    }
    const namespace = pod.metadata.namespace ?? '';
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: ref.name });
    if (secret === undefined) return { missing: `secret "${ref.name}" not found` };
    const value = (secret['data'] as Record<string, string> | undefined)?.[ref.key];
    if (value === undefined && ref.optional !== true)
      return { missing: `couldn't find key ${ref.key} in Secret ${namespace}/${ref.name}` };
    if (value !== undefined) env[entry.name] = Buffer.from(value, 'base64').toString('utf8');
  }
  return { env };
}

/** Files below /blueprints of the first container, from its ConfigMap volumes; a subPath mount never follows and is left out. */
async function mountedFiles(cluster: Cluster, pod: KubernetesObject): Promise<ReadonlyMap<string, string>> {
  const volumes = (pod['spec'].volumes ?? []) as { name: string; configMap?: { name: string } }[];
  const mounts = (pod['spec'].containers[0].volumeMounts ?? []) as {
    name: string;
    mountPath: string;
    subPath?: string;
  }[];
  const files = new Map<string, string>();
  for (const mount of mounts) {
    const source = volumes.find((volume) => volume.name === mount.name)?.configMap?.name;
    const folder = /^\/blueprints\/?(.*)$/.exec(mount.mountPath)?.[1];
    if (source === undefined || folder === undefined || mount.subPath !== undefined) continue;
    const map = await cluster.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: pod.metadata.namespace ?? '',
      name: source,
    });
    for (const [key, text] of Object.entries((map?.['data'] ?? {}) as Record<string, string>))
      files.set(folder === '' ? key : `${folder}/${key}`, text);
  }
  return files;
}

async function setStatus(cluster: Cluster, pod: KubernetesObject, status: unknown): Promise<void> {
  if (JSON.stringify(pod['status']) === JSON.stringify(status)) return;
  await cluster.mergePatch({ ...refOf(pod), subresource: 'status' }, { status });
}
