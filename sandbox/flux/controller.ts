import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { complainOf, startLoop, type Loop, type Version } from '../kit/loop.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { FINALIZER, REQUESTED_AT } from './kinds.ts';

/** What a controller does about the objects of one kind. */
export interface Reconciler {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of other objects what makes this one due when it changes, as the revision of its source. */
  watched?(object: KubernetesObject): Promise<string>;
  /** Resolves with the time until it is due again, as its spec says it, in milliseconds; undefined: only when something changes. */
  reconcile(object: KubernetesObject, signal: AbortSignal): Promise<number | undefined>;
  /** What goes with an object that is deleted. */
  finalize?(object: KubernetesObject): Promise<void>;
}

export interface Pace {
  /** Between two looks at what is due, in milliseconds. */
  readonly everyMs: number;
  readonly version?: Version | undefined;
  /** So many times faster than they say do intervals and time limits of Flux's objects pass. */
  readonly hurry: number;
  /** True: the controller is scaled to zero. */
  readonly isStopped: () => boolean;
}

interface Known {
  readonly key: string;
  readonly next: number;
}

/**
 * The loop of one of Flux's controllers: objects whose generation, request, or watched source has changed, and those whose interval
 * is over, are reconciled, each by itself, so that one that waits for health holds no other up.
 */
export function startController(name: string, cluster: Cluster, reconciler: Reconciler, pace: Pace): Loop {
  const known = new Map<string, Known>();
  const running = new Map<string, Promise<void>>();
  const complain = complainOf(name);

  async function tend(object: KubernetesObject, key: string, signal: AbortSignal): Promise<void> {
    const uid = object.metadata.uid ?? '';
    try {
      if (await finalized(cluster, reconciler, object)) return;
      const ms = await reconciler.reconcile(object, signal);
      known.set(uid, { key, next: ms === undefined ? Number.POSITIVE_INFINITY : Date.now() + ms / pace.hurry });
    } catch (error) {
      if (signal.aborted) return;
      // Overtaken by somebody, or refused: the next look sees what is there then.
      if (!(error instanceof RegistrarError)) complain(error);
    }
  }

  async function look(signal: AbortSignal): Promise<void> {
    if (pace.isStopped()) return;
    const { apiVersion, kind } = reconciler;
    for (const object of await cluster.list({ apiVersion, kind })) {
      const uid = object.metadata.uid ?? '';
      if (running.has(uid)) continue;
      const key = await keyOf(reconciler, object);
      const last = known.get(uid);
      if (last?.key === key && Date.now() < last.next) continue;
      const task = tend(object, key, signal).finally(() => running.delete(uid));
      running.set(uid, task);
    }
  }

  const loop = startLoop(look, pace.everyMs, complain, pace.version);
  return {
    kick: () => loop.kick(),
    async round() {
      await loop.round();
      await Promise.all(running.values());
    },
    async stop() {
      await loop.stop();
      await Promise.all(running.values());
    },
  };
}

async function keyOf(reconciler: Reconciler, object: KubernetesObject): Promise<string> {
  const { generation, annotations, deletionTimestamp, finalizers } = object.metadata;
  const watched = await reconciler.watched?.(object);
  return JSON.stringify([generation, annotations?.[REQUESTED_AT], deletionTimestamp, finalizers, watched]);
}

/** True where there is nothing to reconcile: it is being deleted, or got its finalizer and is looked at again. */
async function finalized(cluster: Cluster, reconciler: Reconciler, object: KubernetesObject): Promise<boolean> {
  const { finalizers = [], deletionTimestamp, resourceVersion } = object.metadata;
  const write = (next: readonly string[]): Promise<unknown> =>
    cluster.mergePatch(refOf(object), { metadata: { finalizers: next, resourceVersion } });
  if (deletionTimestamp === undefined) {
    if (finalizers.includes(FINALIZER)) return false;
    await write([...finalizers, FINALIZER]);
    return true;
  }
  await reconciler.finalize?.(object);
  await write(finalizers.filter((each) => each !== FINALIZER));
  return true;
}
