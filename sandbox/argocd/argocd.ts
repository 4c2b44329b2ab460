import { shutWindowOf, type SyncWindow } from '../../integrations/argocd/syncWindows.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { compare, type Compared } from './comparison.ts';
import { ManifestError } from './manifestError.ts';
import { carryOut, type Operation, type ResultRow } from './operation.ts';
import {
  keyOf,
  listed,
  manifestsOf,
  revisionsOf,
  sourceOf,
  worded,
  type Places,
  type ResourceRow,
  type Source,
} from './source.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import type { Faults } from '../faults/faults.ts';
import { complainOf, sleep, startLoop, unlessOvertaken, type Loop, type Version } from '../kit/loop.ts';

export { fullSync } from './person.ts';

const API = 'argoproj.io/v1alpha1';
const REFRESH = 'argocd.argoproj.io/refresh';
/** Self-heal backs off: a live edit is undone after these times. */
const HEAL_MS = [350, 4_000, 16_000, 52_000];

export interface ArgoCdOptions extends Places {
  /** The cluster that holds the Applications. */
  readonly cluster: ApplyingCluster;
  readonly namespace: string;
  readonly faults: Faults;
  readonly everyMs: number;
  /** How long a sync takes. */
  readonly syncMs: number;
  /** Of all clusters. */
  readonly version?: Version | undefined;
  readonly onError?: (error: unknown) => void;
}

/** Stand-in for Argo CD's application controller and repo server, as 3.5.7 was seen to behave, without an API server of its own. */
export function startArgoCd(options: ArgoCdOptions): Loop {
  const controller = new ApplicationController(options);
  const { everyMs, onError = complainOf('Argo CD'), version } = options;
  return startLoop((signal) => controller.look(signal), everyMs, onError, version);
}

interface Healing {
  readonly revision: string;
  tries: number;
  next: number;
}

interface OperationState {
  readonly phase?: string;
  readonly startedAt?: string;
  readonly operation?: Operation;
  readonly syncResult?: { readonly revision?: string; readonly revisions?: readonly string[] } | null;
}

class ApplicationController {
  readonly #options: ArgoCdOptions;
  readonly #healing = new Map<string, Healing>();
  /** Resources that were applied for an Application, by its uid. */
  readonly #managed = new Map<string, Map<string, ResourceRow>>();
  /** Of the look that is under way. */
  #stopping: AbortSignal | undefined;

  constructor(options: ArgoCdOptions) {
    this.#options = options;
  }

  async look(signal: AbortSignal): Promise<void> {
    this.#stopping = signal;
    const { cluster, namespace } = this.#options;
    for (const application of await cluster.list({ apiVersion: API, kind: 'Application', namespace })) {
      await unlessOvertaken(() => this.#tend(application));
    }
  }

  async #tend(application: KubernetesObject): Promise<void> {
    const compared = await this.#compare(application);
    await this.#writeStatus(application, compared);
    const operation = application['operation'] as Operation | undefined;
    if (operation !== undefined) await this.#operate(application, operation);
    else if (compared.status === 'OutOfSync') await this.#automate(application, compared.revisions);
  }

  async #compare(application: KubernetesObject): Promise<Compared> {
    try {
      const source = sourceOf(this.#options, application);
      return await compare(source, await revisionsOf(source), this.#managedBy(application));
    } catch (error) {
      if (error instanceof ManifestError)
        return { status: 'Unknown', revisions: [], resources: [], error: error.message };
      throw error;
    }
  }

  #managedBy(application: KubernetesObject): readonly ResourceRow[] {
    const known = (application['status']?.resources ?? []) as readonly ResourceRow[];
    const applied = this.#managed.get(application.metadata.uid ?? '') ?? new Map<string, ResourceRow>();
    return [...new Map([...known.map((row) => [keyOf(row), row] as const), ...applied]).values()];
  }

  /** Says how live and Git compare; a refresh that was asked for is acknowledged by that. */
  async #writeStatus(application: KubernetesObject, compared: Compared): Promise<void> {
    const conditions = compared.error === undefined ? null : [{ type: 'ComparisonError', message: compared.error }];
    const status = {
      sync: { status: compared.status, ...comparedTo(application, compared.revisions) },
      resources: compared.resources,
      conditions,
    };
    const refreshed = application.metadata.annotations?.[REFRESH] !== undefined;
    const old = application['status'] ?? {};
    const same =
      JSON.stringify([old.sync, old.resources, old.conditions ?? null]) ===
      JSON.stringify([status.sync, status.resources, conditions]);
    if (same && !refreshed) return;
    await this.#options.cluster.mergePatch(refOf(application), {
      ...(refreshed ? { metadata: { annotations: { [REFRESH]: null } } } : {}),
      status,
    });
  }

  /** Automated sync: a new commit at once, a live edit with selfHeal after a back-off. */
  async #automate(application: KubernetesObject, target: readonly string[]): Promise<void> {
    const automated = automationOf(application);
    if (automated === undefined || (await this.#windowIsShut(application, true))) return;
    const state = application['status']?.operationState as OperationState | undefined;
    const source = sourceOf(this.#options, application);
    const last = listed(source, state?.syncResult ?? {})?.join();
    if (last === target.join() && !this.#mayHeal(application, target.join())) return;
    const operation = {
      initiatedBy: { automated: true },
      sync: { ...worded(source, target), prune: automated.prune === true, ...optionsOf(application) },
    };
    // Where a person asked since we looked, theirs comes first; after this, theirs is refused as long as this one runs.
    await this.#options.cluster.jsonPatch(refOf(application), [
      { op: 'test', path: '/operation', value: null },
      { op: 'add', path: '/operation', value: operation },
    ]);
    await this.#operate(application, operation);
  }

  #mayHeal(application: KubernetesObject, target: string): boolean {
    if (automationOf(application)?.selfHeal !== true) return false;
    if (this.#options.faults.behaviour('argocd', 'neverHeals') !== undefined) return false;
    const uid = application.metadata.uid ?? '';
    const last = this.#healing.get(uid);
    const state =
      last?.revision === target ? last : { revision: target, tries: 0, next: Date.now() + (HEAL_MS[0] ?? 0) };
    this.#healing.set(uid, state);
    if (Date.now() < state.next) return false;
    state.tries += 1;
    state.next = Date.now() + (HEAL_MS[Math.min(state.tries, HEAL_MS.length - 1)] ?? 0);
    return true;
  }

  async #operate(application: KubernetesObject, asked: Operation): Promise<void> {
    const { cluster, faults, syncMs } = this.#options;
    if (faults.behaviour('argocd', 'loseOperation', true) !== undefined) {
      await cluster.mergePatch(refOf(application), { operation: null });
      return;
    }
    const state = application['status']?.operationState as OperationState | undefined;
    if (state?.phase === 'Terminating') {
      await this.#finish(application, asked, { phase: 'Failed', message: 'Operation terminated' });
      return;
    }
    try {
      const source = sourceOf(this.#options, application);
      const operation = await this.#unlessLost(application, source, asked);
      await this.#begin(application, operation, state);
      if (faults.behaviour('argocd', 'syncNeverEnds') !== undefined) return;
      if (await this.#windowIsShut(application, operation.initiatedBy?.automated === true)) return;
      await sleep(syncMs, this.#stopping);
      if (this.#stopping?.aborted === true) return;
      await this.#carryOut(application, source, operation);
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      await this.#finish(application, asked, { phase: 'Error', message: `ComparisonError: ${error.message}` });
    }
  }

  /** With auto-sync on, a request for another revision is lost to Argo CD's own sync of the target revision. */
  async #unlessLost(application: KubernetesObject, source: Source, asked: Operation): Promise<Operation> {
    const revisions = listed(source, asked.sync ?? {});
    if (automationOf(application) === undefined || revisions === undefined) return asked;
    const target = await revisionsOf(source);
    if (target.every((revision, i) => revision === revisions[i] || revisions[i] === '')) return asked;
    return { initiatedBy: { automated: true }, sync: { ...worded(source, target), ...optionsOf(application) } };
  }

  async #begin(application: KubernetesObject, operation: Operation, state: OperationState | undefined): Promise<void> {
    if (state?.phase === 'Running' && JSON.stringify(state.operation) === JSON.stringify(operation)) return;
    const running = { phase: 'Running', message: 'waiting for completion', startedAt: seconds(), operation };
    await this.#writeState(application, running);
  }

  /** Replaces the state as a whole: a merge would keep parts of the operation before. */
  async #writeState(application: KubernetesObject, state: unknown, history?: readonly unknown[]): Promise<void> {
    await this.#options.cluster.jsonPatch(refOf(application), [
      { op: 'add', path: '/status/operationState', value: state },
      ...(history === undefined ? [] : [{ op: 'add', path: '/status/history', value: history } as const]),
    ]);
  }

  async #carryOut(application: KubernetesObject, source: Source, operation: Operation): Promise<void> {
    const revisions = await revisionsOf(source, listed(source, operation.sync ?? {}));
    const objects = await manifestsOf(source, revisions);
    const managed = this.#managedBy(application);
    const results = await carryOut(operation, source, objects, managed, this.#options.faults);
    this.#remember(application, results);
    const failed = results.some((row) => row.status === 'SyncFailed');
    await this.#finish(application, operation, {
      phase: failed ? 'Failed' : 'Succeeded',
      message: failed
        ? 'one or more objects failed to apply, reason: see the resources'
        : 'successfully synced (all tasks run)',
      syncResult: { ...worded(source, revisions), ...source.written, resources: results },
    });
  }

  #remember(application: KubernetesObject, results: readonly ResultRow[]): void {
    const uid = application.metadata.uid ?? '';
    const rows = this.#managed.get(uid) ?? new Map<string, ResourceRow>();
    for (const { status, message: _message, hookPhase: _phase, ...row } of results) {
      if (status === 'Synced') rows.set(keyOf(row), row);
      if (status === 'Pruned') rows.delete(keyOf(row));
    }
    this.#managed.set(uid, rows);
  }

  async #finish(
    application: KubernetesObject,
    operation: Operation,
    end: {
      readonly phase: 'Succeeded' | 'Failed' | 'Error';
      readonly message: string;
      readonly syncResult?: OperationState['syncResult'] & { readonly resources: readonly ResultRow[] };
    },
  ): Promise<void> {
    const { cluster } = this.#options;
    const now = (await cluster.get(refOf(application)))?.['status'] as
      | { operationState?: OperationState; history?: readonly { id: number }[] }
      | undefined;
    const startedAt = now?.operationState?.startedAt ?? seconds();
    const state = { syncResult: null, ...end, operation, startedAt, finishedAt: seconds() };
    // Only a whole sync that went well is an entry in the history.
    const whole = end.phase === 'Succeeded' && operation.sync?.resources === undefined;
    const before = now?.history ?? [];
    const history = whole ? [...before, historyRow(before, operation, end.syncResult)] : undefined;
    await this.#writeState(application, state, history);
    await cluster.mergePatch(refOf(application), { operation: null });
  }

  /** A sync that was asked for in a shut window stays Running; an automated one is not even begun. */
  async #windowIsShut(application: KubernetesObject, automated: boolean): Promise<boolean> {
    const { cluster, namespace } = this.#options;
    const name = (application['spec'].project as string | undefined) || 'default';
    const project = await cluster.get({ apiVersion: API, kind: 'AppProject', namespace, name });
    const windows = (project?.['spec']?.syncWindows ?? []) as readonly SyncWindow[];
    const { destination } = application['spec'] as {
      destination: { server?: string; name?: string; namespace?: string };
    };
    const target = {
      name: application.metadata.name,
      namespace: destination.namespace ?? '',
      cluster: [destination.server ?? '', destination.name ?? ''],
    };
    const inForce = automated ? windows.map((window) => ({ ...window, manualSync: false })) : windows;
    return shutWindowOf(inForce, target, new Date()) !== undefined;
  }
}

interface Automation {
  readonly enabled?: boolean;
  readonly selfHeal?: boolean;
  readonly prune?: boolean;
}

function automationOf(application: KubernetesObject): Automation | undefined {
  const automated = application['spec'].syncPolicy?.automated as Automation | null | undefined;
  return automated === null || automated?.enabled === false ? undefined : automated;
}

function optionsOf(application: KubernetesObject): { readonly syncOptions?: readonly string[] } {
  const { syncOptions } = (application['spec'].syncPolicy ?? {}) as { syncOptions?: readonly string[] };
  return syncOptions === undefined ? {} : { syncOptions };
}

function historyRow(
  history: readonly { id: number }[],
  operation: Operation,
  { revision, revisions }: NonNullable<OperationState['syncResult']> = {},
) {
  return {
    id: (history.at(-1)?.id ?? -1) + 1,
    ...(revisions === undefined ? { revision } : { revisions }),
    deployedAt: seconds(),
    initiatedBy: operation.initiatedBy ?? {},
  };
}

/** Revisions where `spec.sources` count, else one; empty while nothing could be compared. */
function comparedTo({ spec }: KubernetesObject, revisions: readonly string[]): object {
  return (spec.sources ?? []).length > 0 ? { revisions } : { revision: revisions[0] ?? '' };
}

function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
