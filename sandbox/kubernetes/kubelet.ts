import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { AuthentikWorkerHost } from '../authentik/authentikWorkers.ts';
import { environment, type Container } from './containerEnv.ts';
import { refOf } from './deploymentController.ts';
import type { Faults } from '../faults/faults.ts';
import { complainOf, startLoop, unlessOvertaken, type Loop, type Version } from '../kit/loop.ts';
import { own } from '../../core/base/own.ts';

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
  readonly version?: Version | undefined;
  readonly onError?: (error: unknown) => void;
}

interface Running {
  readonly pod: string;
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lagMs: number;
  files: ReadonlyMap<string, string>;
  /** Files of mounted Secrets by absolute path. Changing them wakes nothing in Authentik. */
  readonly secrets: Followed;
  /** What the ConfigMaps say and since when: it reaches the disk after the lag. */
  pending: { readonly text: string; readonly files: ReadonlyMap<string, string>; readonly since: number } | undefined;
  hosted: boolean;
}

/** Files that follow their source after a lag. */
interface Followed {
  now: ReadonlyMap<string, string>;
  pending: { readonly text: string; readonly since: number } | undefined;
}

/** Stand-in for the scheduler and the kubelets: places pods, starts pods with an environment that is frozen, mounts ConfigMaps with a lag, stops Terminating pods. */
export function startKubelet(options: KubeletOptions): Loop {
  const books: Books = {
    running: new Map(),
    firstSeen: new Map(),
    stopping: new Map(),
    refused: new Set(),
    started: new Map(),
    waiting: new Set(),
  };
  let waits: readonly string[] = [];
  const loop = startLoop(
    async () => {
      books.waiting.clear();
      for (const namespace of options.namespaces) {
        const pods = await options.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace });
        for (const pod of pods) await unlessOvertaken(() => tend(options, pod, books));
        forgetGone(options, namespace, pods, books);
      }
      waits = [...books.waiting];
    },
    options.timings.everyMs,
    options.onError ?? complainOf('kubelet'),
    // What only time is between changes by itself.
    options.version && (() => (waits.length === 0 ? options.version?.() : {})),
  );
  return { ...loop, waitsFor: () => (waits.length === 0 ? undefined : `the kubelet waits for ${waits.join(', ')}`) };
}

interface Books {
  readonly running: Map<string, Running>;
  readonly firstSeen: Map<string, number>;
  readonly stopping: Map<string, number>;
  /** Pods that a fault keeps from starting, each struck once. */
  readonly refused: Set<string>;
  /** Pods started so far of each ReplicaSet: every other one's mounts lag. */
  readonly started: Map<string, number>;
  /** Pods that only time is between and what they will be, in the look that is under way. */
  readonly waiting: Set<string>;
}

async function tend(options: KubeletOptions, pod: KubernetesObject, books: Books): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) {
    await stop(options, pod, books);
    return;
  }
  if (pod['spec'].nodeName === undefined) {
    await place(options.cluster, pod);
    return;
  }
  const run = books.running.get(uid);
  if (run !== undefined) {
    await follow(options, pod, run, books);
    return;
  }
  const since = books.firstSeen.get(uid) ?? Date.now();
  books.firstSeen.set(uid, since);
  if (Date.now() - since < options.timings.podStartMs) {
    books.waiting.add(pod.metadata.name);
    return;
  }
  if (neverStarts(options, uid, books)) return;
  await start(options, pod, books);
}

/** The scheduler's part: from here on a pod that is deleted is Terminating until its kubelet has stopped it. */
async function place(cluster: Cluster, { metadata: { name, namespace = '' } }: KubernetesObject): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: 'sandbox' };
  await cluster.create({ apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target });
}

/** A pod is struck once, and stays pending until the fault is cleared. */
function neverStarts({ faults }: KubeletOptions, uid: string, { refused }: Books): boolean {
  if (refused.has(uid))
    return faults.list().some(({ effect }) => effect.kind === 'behaviour' && effect.name === 'rolloutNeverEnds');
  if (faults.behaviour('kubelet', 'rolloutNeverEnds', true) === undefined) return false;
  refused.add(uid);
  return true;
}

async function start(options: KubeletOptions, pod: KubernetesObject, books: Books): Promise<void> {
  const container = pod['spec'].containers[0] as Container & { readonly name: string };
  const resolved = await environment(options.cluster, pod.metadata.namespace ?? '', container);
  if ('missing' in resolved) {
    const waiting = { reason: 'CreateContainerConfigError', message: resolved.missing };
    await setStatus(options.cluster, pod, {
      phase: 'Pending',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: container.name, ready: false, state: { waiting } }],
    });
    return;
  }
  const secrets = await mountedSecrets(options.cluster, pod, new Map());
  if ('missing' in secrets) {
    // The container is not created before every volume is there.
    const waiting = { reason: 'ContainerCreating', message: secrets.missing };
    await setStatus(options.cluster, pod, {
      phase: 'Pending',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: container.name, ready: false, state: { waiting } }],
    });
    return;
  }
  const files = await mountedFiles(options.cluster, pod);
  const owner = pod.metadata.ownerReferences?.[0]?.uid ?? '';
  const started = (books.started.get(owner) ?? 0) + 1;
  books.started.set(owner, started);
  const lagMs = started % 2 === 0 ? options.timings.mountLagMs : 0;
  const run: Running = {
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    env: resolved.env,
    lagMs,
    files,
    secrets: { now: secrets.files, pending: undefined },
    pending: undefined,
    hosted: options.isAuthentikWorker(pod),
  };
  books.running.set(pod.metadata.uid ?? '', run);
  if (run.hosted)
    options.authentik.workerStarted({
      name: run.pod,
      env: run.env,
      files: () => run.files,
      secrets: () => run.secrets.now,
    });
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
  if (Date.now() - since < options.timings.podStopMs) {
    books.waiting.add(pod.metadata.name);
    return;
  }
  const run = books.running.get(uid);
  if (run?.hosted === true) options.authentik.workerStopped(run.pod);
  books.running.delete(uid);
  await setStatus(options.cluster, pod, { phase: 'Succeeded' });
  await options.cluster.delete(refOf(pod), { gracePeriodSeconds: 0 });
}

/** A pod that was deleted while it was not running has no Terminating phase. */
function forgetGone(
  options: KubeletOptions,
  namespace: string,
  pods: readonly KubernetesObject[],
  { running }: Books,
): void {
  const there = new Set(pods.map((pod) => pod.metadata.uid));
  for (const [uid, run] of running) {
    if (run.namespace !== namespace || there.has(uid)) continue;
    if (run.hosted) options.authentik.workerStopped(run.pod);
    running.delete(uid);
  }
}

/** Environment variables never follow a change; files do, with the mount's lag. */
async function follow(options: KubeletOptions, pod: KubernetesObject, run: Running, books: Books): Promise<void> {
  await followSecrets(options, pod, run, books);
  const files = await mountedFiles(options.cluster, pod);
  const text = JSON.stringify([...files]);
  if (text === JSON.stringify([...run.files])) {
    run.pending = undefined;
    return;
  }
  if (run.pending?.text !== text) run.pending = { text, files, since: Date.now() };
  const held = options.faults.behaviour('kubelet', 'mountLags');
  if (lags(options, held?.argument, run.pending.since, run, books)) return;
  run.files = files;
  run.pending = undefined;
  if (run.hosted) options.authentik.filesChanged(run.pod);
}

/** A key that an item names and the Secret has not keeps the files as they are; of a Secret that is mounted whole a file goes with its key. */
async function followSecrets(
  options: KubeletOptions,
  pod: KubernetesObject,
  run: Running,
  books: Books,
): Promise<void> {
  const { secrets } = run;
  const found = await mountedSecrets(options.cluster, pod, secrets.now);
  if ('missing' in found) return;
  const text = JSON.stringify([...found.files]);
  if (text === JSON.stringify([...secrets.now])) {
    secrets.pending = undefined;
    return;
  }
  if (secrets.pending?.text !== text) secrets.pending = { text, since: Date.now() };
  const held = options.faults.behaviour('kubelet', 'secretLags');
  if (lags(options, held?.argument, secrets.pending.since, run, books)) return;
  secrets.now = found.files;
  secrets.pending = undefined;
}

/** A mount shows its files later. One that a fault holds back is not waited for. */
function lags(
  { timings }: KubeletOptions,
  heldMs: string | undefined,
  since: number,
  { pod, lagMs }: Running,
  { waiting }: Books,
): boolean {
  const isLate = Date.now() - since < timings.mountMs + Number(heldMs ?? lagMs);
  if (isLate && heldMs === undefined) waiting.add(pod);
  return isLate;
}

/** Files below /blueprints of the first container, from its ConfigMap volumes; a subPath mount never follows and is left out. */
async function mountedFiles(cluster: Cluster, pod: KubernetesObject): Promise<ReadonlyMap<string, string>> {
  const volumes = (pod['spec'].volumes ?? []) as { name: string; configMap?: { name: string; items?: Items } }[];
  const mounts = (pod['spec'].containers[0].volumeMounts ?? []) as {
    name: string;
    mountPath: string;
    subPath?: string;
  }[];
  const files = new Map<string, string>();
  for (const mount of mounts) {
    const source = volumes.find((volume) => volume.name === mount.name)?.configMap;
    const folder = /^\/blueprints\/?(.*)$/.exec(mount.mountPath)?.[1];
    if (source === undefined || folder === undefined || mount.subPath !== undefined) continue;
    const map = await cluster.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: pod.metadata.namespace ?? '',
      name: source.name,
    });
    const data = (map?.['data'] ?? {}) as Readonly<Record<string, string>>;
    for (const { key, path } of source.items ?? wholeOf(data)) {
      const text = own(data, key);
      if (text !== undefined) files.set(folder === '' ? path : `${folder}/${path}`, text);
    }
  }
  return files;
}

type Items = readonly { readonly key: string; readonly path: string }[];

/** Without a list every key is a file of its name. */
function wholeOf(data: Readonly<Record<string, string>>): Items {
  return Object.keys(data).map((key) => ({ key, path: key }));
}

interface SecretVolume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly optional?: boolean;
    readonly items?: Items;
  };
}

/**
 * Files of the first container's Secret volumes, by absolute path: every key, or those that `items` names. What a subPath mount held
 * when the pod started it holds for good.
 */
async function mountedSecrets(
  cluster: Cluster,
  pod: KubernetesObject,
  before: ReadonlyMap<string, string>,
): Promise<{ readonly files: ReadonlyMap<string, string> } | { readonly missing: string }> {
  const volumes = (pod['spec'].volumes ?? []) as readonly SecretVolume[];
  const mounts = (pod['spec'].containers[0].volumeMounts ?? []) as readonly {
    name: string;
    mountPath: string;
    subPath?: string;
  }[];
  const namespace = pod.metadata.namespace ?? '';
  const files = new Map<string, string>();
  for (const { name, mountPath, subPath } of mounts) {
    const volume = volumes.find((each) => each.name === name)?.secret;
    if (volume === undefined) continue;
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: volume.secretName });
    if (secret === undefined && volume.optional !== true) return { missing: `secret "${volume.secretName}" not found` };
    const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
    for (const { key, path } of volume.items ?? wholeOf(data)) {
      const value = own(data, key);
      if (value === undefined && volume.optional !== true)
        return { missing: `references non-existent secret key: ${key}` };
      if (value === undefined || (subPath !== undefined && subPath !== path)) continue;
      const at = subPath === undefined ? `${mountPath.replace(/\/$/, '')}/${path}` : mountPath;
      const old = subPath === undefined ? undefined : before.get(at);
      files.set(at, old ?? Buffer.from(value, 'base64').toString('utf8'));
    }
  }
  return { files };
}

async function setStatus(cluster: Cluster, pod: KubernetesObject, status: unknown): Promise<void> {
  if (JSON.stringify(pod['status']) === JSON.stringify(status)) return;
  await cluster.mergePatch({ ...refOf(pod), subresource: 'status' }, { status });
}
