import { shutWindowOf, type SyncWindow } from '../integrations/argocd/syncWindows.ts';
import type { Cluster, KubernetesObject } from '../integrations/kubernetes/cluster.ts';
import { applyObject, inSync } from './argocd/apply.ts';
import { ManifestError, render, resolveRevision } from './argocd/manifests.ts';
import { refOf } from './deploymentController.ts';
import type { Faults } from './faults.ts';
import { sleep, startLoop, type Loop } from './loop.ts';

const API = 'argoproj.io/v1alpha1';
const REFRESH = 'argocd.argoproj.io/refresh';
/** Self-heal backs off: a live edit is undone after these times. */
const HEAL_MS = [350, 4_000, 16_000, 52_000];

export interface ArgoCdOptions {
  /** The cluster that holds the Applications. */
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly faults: Faults;
  readonly destination: (destination: { readonly server?: string; readonly name?: string }) => Cluster | undefined;
  /** Where a repoURL really is, on this machine. */
  readonly repository: (repoURL: string) => string;
  readonly everyMs: number;
  /** How long a sync takes. */
  readonly syncMs: number;
}

interface Operation {
  readonly info?: readonly { name: string; value: string }[];
  readonly sync?: {
    readonly revision?: string;
    readonly prune?: boolean;
    readonly resources?: readonly { group?: string; kind: string; name: string }[];
  };
}

interface Healing {
  readonly revision: string;
  tries: number;
  next: number;
}

/** Stand-in for Argo CD's application controller and repo server, without an API server of its own. */
export function startArgoCd(options: ArgoCdOptions): Loop {
  const healing = new Map<string, Healing>();
  return startLoop(async () => {
    for (const application of await options.cluster.list({
      apiVersion: API,
      kind: 'Application',
      namespace: options.namespace,
    })) {
      await tend(options, application, healing).catch((error: unknown) => {
        if (!/409|404/.test((error as Error).message)) throw error;
      });
    }
  }, options.everyMs);
}

interface Source {
  readonly repository: string;
  readonly target: string;
  readonly path: string;
  readonly destination: Cluster;
  readonly namespace: string;
}

function sourceOf(options: ArgoCdOptions, application: KubernetesObject): Source {
  const { source, destination } = application['spec'] as {
    source: { repoURL: string; targetRevision?: string; path: string };
    destination: { server?: string; name?: string; namespace?: string };
  };
  const cluster = options.destination(destination);
  if (cluster === undefined)
    throw new ManifestError(
      `there are no clusters with this name or address: ${destination.name ?? destination.server}`,
    );
  return {
    repository: options.repository(source.repoURL),
    target: source.targetRevision ?? 'HEAD',
    path: source.path,
    destination: cluster,
    namespace: destination.namespace ?? 'default',
  };
}

async function tend(
  options: ArgoCdOptions,
  application: KubernetesObject,
  healing: Map<string, Healing>,
): Promise<void> {
  const operation = application['operation'] as Operation | undefined;
  try {
    const source = sourceOf(options, application);
    const target = await resolveRevision(source.repository, source.target);
    if (operation !== undefined) {
      await operate(options, application, source, operation, target);
      return;
    }
    const compared = await compare(application, source, target);
    await writeStatus(options, application, compared);
    if (compared.status === 'OutOfSync') await automate(options, application, source, target, healing);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    await writeStatus(options, application, {
      status: 'Unknown',
      revision: '',
      resources: [],
      condition: error.message,
    });
    if (operation !== undefined) await finish(options, application, operation, 'Error', error.message, undefined, []);
  }
}

interface Compared {
  readonly status: string;
  readonly revision: string;
  readonly resources: readonly Record<string, unknown>[];
  readonly condition?: string;
}

async function compare(application: KubernetesObject, source: Source, revision: string): Promise<Compared> {
  const wanted = await render(source.repository, revision, source.path, source.namespace);
  const rows: Record<string, unknown>[] = [];
  for (const object of wanted) {
    const live = await source.destination.get(refOf(object));
    rows.push({ ...rowOf(object), status: live !== undefined && inSync(object, live) ? 'Synced' : 'OutOfSync' });
  }
  const known = (application['status']?.resources ?? []) as {
    kind: string;
    name: string;
    namespace: string;
    group?: string;
    version: string;
  }[];
  for (const row of known.filter(
    (candidate) => !rows.some((now) => now['kind'] === candidate.kind && now['name'] === candidate.name),
  )) {
    const apiVersion = row.group === undefined ? row.version : `${row.group}/${row.version}`;
    if (
      (await source.destination.get({ apiVersion, kind: row.kind, namespace: row.namespace, name: row.name })) !==
      undefined
    ) {
      rows.push({ ...row, status: 'OutOfSync', requiresPruning: true });
    }
  }
  return {
    status: rows.every((row) => row['status'] === 'Synced') ? 'Synced' : 'OutOfSync',
    revision,
    resources: rows,
  };
}

function rowOf(object: KubernetesObject): Record<string, unknown> {
  const [group, version] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : [undefined, object.apiVersion];
  return {
    ...(group === undefined ? {} : { group }),
    version,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
  };
}

async function writeStatus(options: ArgoCdOptions, application: KubernetesObject, compared: Compared): Promise<void> {
  const conditions =
    compared.condition === undefined ? null : [{ type: 'ComparisonError', message: compared.condition }];
  const status = {
    sync: { status: compared.status, revision: compared.revision },
    resources: compared.resources,
    conditions,
  };
  const refreshed = application.metadata.annotations?.[REFRESH] !== undefined;
  const old = application['status'] ?? {};
  const same =
    JSON.stringify([old.sync, old.resources, old.conditions ?? null]) ===
    JSON.stringify([status.sync, status.resources, conditions]);
  if (same && !refreshed) return;
  await options.cluster.mergePatch(refOf(application), {
    ...(refreshed ? { metadata: { annotations: { [REFRESH]: null } } } : {}),
    status,
  });
}

/** Automated sync: a new commit at once, a live edit with selfHeal after a back-off. */
async function automate(
  options: ArgoCdOptions,
  application: KubernetesObject,
  source: Source,
  target: string,
  healing: Map<string, Healing>,
): Promise<void> {
  const automated = application['spec'].syncPolicy?.automated as { selfHeal?: boolean; prune?: boolean } | undefined;
  if (automated === undefined || automated === null) return;
  const uid = application.metadata.uid ?? '';
  const synced = application['status']?.operationState?.syncResult?.revision as string | undefined;
  if (synced === target) {
    if (automated.selfHeal !== true) return;
    const last = healing.get(uid);
    const state =
      last?.revision === target ? last : { revision: target, tries: 0, next: Date.now() + (HEAL_MS[0] ?? 0) };
    healing.set(uid, state);
    if (Date.now() < state.next) return;
    state.tries += 1;
    state.next = Date.now() + (HEAL_MS[Math.min(state.tries, HEAL_MS.length - 1)] ?? 0);
  }
  await operate(options, application, source, { sync: { revision: target, prune: automated.prune === true } }, target);
}

async function operate(
  options: ArgoCdOptions,
  application: KubernetesObject,
  source: Source,
  asked: Operation,
  target: string,
): Promise<void> {
  const automated = application['spec'].syncPolicy?.automated as unknown;
  // With auto-sync on, a request for another revision is lost to Argo CD's own sync of the target revision.
  const lost =
    automated !== undefined &&
    automated !== null &&
    asked.sync?.revision !== undefined &&
    asked.sync.revision !== target;
  const operation: Operation = lost ? { sync: { revision: target } } : asked;
  if (options.faults.behaviour('argocd', 'loseOperation', true) !== undefined) {
    await options.cluster.mergePatch(refOf(application), { operation: null });
    return;
  }
  const running = { phase: 'Running', message: 'syncing', startedAt: seconds(), operation };
  await options.cluster.mergePatch(refOf(application), {
    status: { operationState: { ...running, syncResult: null, finishedAt: null } },
  });
  if (options.faults.behaviour('argocd', 'syncNeverEnds') !== undefined) return;
  if (await windowIsShut(options, application)) return;
  await sleep(options.syncMs);
  const revision = await resolveRevision(source.repository, operation.sync?.revision ?? target);
  const objects = await render(source.repository, revision, source.path, source.namespace);
  const chosen = objects.filter((object) => isChosen(object, operation));
  const results = await applyAll(options, source, chosen);
  const failed = results.some((row) => row['status'] === 'SyncFailed');
  const message = failed ? 'one or more objects failed to apply' : 'successfully synced (all tasks run)';
  await finish(options, application, operation, failed ? 'Failed' : 'Succeeded', message, revision, results);
}

function isChosen(object: KubernetesObject, operation: Operation): boolean {
  const { resources } = operation.sync ?? {};
  if (resources === undefined) return true;
  const row = rowOf(object);
  return resources.some(
    (resource) =>
      resource.kind === object.kind &&
      resource.name === object.metadata.name &&
      (resource.group ?? '') === (row['group'] ?? ''),
  );
}

/** Kinds that Argo CD does not know are applied after those it does. */
async function applyAll(
  options: ArgoCdOptions,
  source: Source,
  objects: readonly KubernetesObject[],
): Promise<readonly Record<string, unknown>[]> {
  const known = (object: KubernetesObject): number => (/^(v1|apps\/v1)$/.test(object.apiVersion) ? 0 : 1);
  const results: Record<string, unknown>[] = [];
  for (const object of objects.toSorted((a, b) => known(a) - known(b))) {
    const refused = options.faults.behaviour('argocd', 'syncFails');
    try {
      if (refused !== undefined && (refused.argument === undefined || refused.argument === object.kind))
        throw new Error('admission webhook denied the request');
      await applyObject(source.destination, object);
      results.push({ ...rowOf(object), status: 'Synced', message: 'configured', hookPhase: 'Running' });
    } catch (error) {
      results.push({ ...rowOf(object), status: 'SyncFailed', message: (error as Error).message, hookPhase: 'Failed' });
    }
  }
  return results;
}

async function finish(
  options: ArgoCdOptions,
  application: KubernetesObject,
  operation: Operation,
  phase: string,
  message: string,
  revision: string | undefined,
  resources: readonly Record<string, unknown>[],
): Promise<void> {
  const syncResult = revision === undefined ? null : { revision, resources };
  const operationState = { phase, message, operation, startedAt: seconds(), finishedAt: seconds(), syncResult };
  await options.cluster.mergePatch(refOf(application), { operation: null, status: { operationState } });
}

/** A sync asked for in a shut window stays Running. */
async function windowIsShut(options: ArgoCdOptions, application: KubernetesObject): Promise<boolean> {
  const name = (application['spec'].project as string | undefined) ?? 'default';
  const project = await options.cluster.get({
    apiVersion: API,
    kind: 'AppProject',
    namespace: options.namespace,
    name,
  });
  const windows = (project?.['spec']?.syncWindows ?? []) as readonly SyncWindow[];
  const { destination } = application['spec'] as {
    destination: { server?: string; name?: string; namespace?: string };
  };
  const target = {
    name: application.metadata.name,
    namespace: destination.namespace ?? '',
    cluster: [destination.server ?? '', destination.name ?? ''],
  };
  return shutWindowOf(windows, target, new Date()) !== undefined;
}

function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Asks for a full sync as a person with the Argo CD CLI would, and waits until it has ended. */
export async function fullSync(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const ref = { apiVersion: API, kind: 'Application', namespace, name };
  const id = `person-${Date.now()}-${Math.random()}`;
  await cluster.mergePatch(ref, {
    operation: { info: [{ name: 'Reason', value: id }], initiatedBy: { username: 'a person' }, sync: {} },
  });
  for (;;) {
    await sleep(50);
    const application = await cluster.get(ref);
    const state = application?.['status']?.operationState as
      | { phase?: string; operation?: Operation; message?: string }
      | undefined;
    if (state?.operation?.info?.some((entry) => entry.value === id) !== true || state.phase === 'Running') continue;
    if (state.phase === 'Succeeded') return;
    throw new Error(`full sync of ${name} ended ${state.phase}: ${state.message}`);
  }
}
