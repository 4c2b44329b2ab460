import { isDeepStrictEqual } from 'node:util';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { REQUESTED_AT } from './kinds.ts';

type Truth = 'True' | 'False' | 'Unknown';

export interface Condition {
  readonly type: string;
  readonly status: Truth;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

// oxlint-disable-next-line typescript/no-explicit-any -- differs by kind
type Status = Record<string, any>;

export function conditionOf(object: KubernetesObject | undefined, type: string): Condition | undefined {
  return (object?.['status']?.conditions as readonly Condition[] | undefined)?.find((each) => each.type === type);
}

export function isReady(object: KubernetesObject | undefined): boolean {
  return conditionOf(object, 'Ready')?.status === 'True';
}

/** The status of one object while a controller works on it; `write` sends what has changed since the last time. */
export class Report {
  readonly status: Status;
  readonly #cluster: Cluster;
  readonly #object: KubernetesObject;
  #written: Status;

  constructor(cluster: Cluster, object: KubernetesObject) {
    this.#cluster = cluster;
    this.#object = object;
    this.#written = (object['status'] ?? {}) as Status;
    this.status = structuredClone(this.#written);
  }

  get(type: string): Condition | undefined {
    return (this.status['conditions'] as readonly Condition[] | undefined)?.find((each) => each.type === type);
  }

  is(type: string, status: Truth): boolean {
    return this.get(type)?.status === status;
  }

  /** The time moves with status, reason and message. */
  mark(type: string, status: Truth, reason: string, message: string): void {
    const old = this.get(type);
    const same = old?.status === status && old.reason === reason && old.message === message;
    const lastTransitionTime = same ? old.lastTransitionTime : seconds();
    const observedGeneration = this.#object.metadata.generation;
    this.#set(type, { lastTransitionTime, message, observedGeneration, reason, status, type });
  }

  drop(type: string): void {
    this.#set(type);
  }

  #set(type: string, ...condition: readonly object[]): void {
    const others = ((this.status['conditions'] ?? []) as readonly Condition[]).filter((each) => each.type !== type);
    const all = [...others, ...condition] as readonly Condition[];
    this.status['conditions'] = all.toSorted((a, b) => rank(a) - rank(b) || (a.type < b.type ? -1 : 1));
  }

  /** The generation that was looked at is the one that is there. */
  observed(): void {
    this.status['observedGeneration'] = this.#object.metadata.generation;
  }

  /** A request was looked at: also where the object is suspended and nothing was done. */
  handled(): void {
    const asked = this.#object.metadata.annotations?.[REQUESTED_AT];
    if (asked !== undefined) this.status['lastHandledReconcileAt'] = asked;
  }

  async write(): Promise<void> {
    const names = new Set([...Object.keys(this.#written), ...Object.keys(this.status)]);
    const changed = [...names].filter((name) => !isDeepStrictEqual(this.#written[name], this.status[name]));
    if (changed.length === 0) return;
    const status = Object.fromEntries(changed.map((name) => [name, (this.status[name] as unknown) ?? null]));
    await this.#cluster.mergePatch({ ...refOf(this.#object), subresource: 'status' }, { status });
    this.#written = structuredClone(this.status);
  }
}

function rank({ type }: Condition): number {
  return type === 'Reconciling' ? 0 : type === 'Ready' ? 1 : 2;
}

function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
