import { RegistrarError } from '../../core/base/errors.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { ApplyingCluster } from '../kubernetes/applyingCluster.ts';
import { changesNothing } from '../argocd/apply.ts';
import type { Faults } from '../faults/faults.ts';
import { refOf } from '../kubernetes/deploymentController.ts';
import { inWords } from './kinds.ts';

/** What one object came to. */
interface Applied {
  readonly object: KubernetesObject;
  /** Left to somebody else, by a label or an annotation. */
  readonly skipped: boolean;
}

const GROUP = 'kustomize.toolkit.fluxcd.io';

/** A label or an annotation of Flux on what Git says or on what is there. */
function says(word: string, value: string, ...objects: readonly (KubernetesObject | undefined)[]): boolean {
  return objects.some((object) =>
    [object?.metadata.labels, object?.metadata.annotations].some(
      (each) => each?.[`${GROUP}/${word}`]?.toLowerCase() === value,
    ),
  );
}

/**
 * Applies all objects of a Kustomization by server-side apply with force, namespaces first, and those that are as Git says not at all.
 * The API server is asked of each before the first is written: one that it refuses keeps all others back. Throws an `Error` in the
 * words of `ReconciliationFailed` (`ssa/manager_apply.go` of fluxcd/pkg).
 */
export async function applyAll(
  cluster: ApplyingCluster,
  objects: readonly KubernetesObject[],
  faults: Faults,
): Promise<readonly Applied[]> {
  const first = objects.filter(({ kind }) => kind === 'Namespace');
  const others = objects.filter(({ kind }) => kind !== 'Namespace');
  return [...(await applyStage(cluster, first, faults)), ...(await applyStage(cluster, others, faults))];
}

async function applyStage(
  cluster: ApplyingCluster,
  objects: readonly KubernetesObject[],
  faults: Faults,
): Promise<readonly Applied[]> {
  const rows = await Promise.all(
    objects.map(async (object) => {
      const live = await liveOf(cluster, object);
      const excluded = says('reconcile', 'disabled', object, live) || says('ssa', 'ignore', object, live);
      const skipped = excluded || (live !== undefined && says('ssa', 'ifnotpresent', object, live));
      return { object, skipped, due: !skipped && (await differs(cluster, object, live, faults)) };
    }),
  );
  for (const { object, due } of rows) if (due) await cluster.apply(object, { force: true });
  return rows;
}

async function liveOf(cluster: Cluster, object: KubernetesObject): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(refOf(object));
  } catch (error) {
    throw isUnknown(error) ? new Error(`${inWords(object)} ${dryRunFailure(error, object)}`, { cause: error }) : error;
  }
}

/** Of a kind that nobody serves an API server says 404, without a Status. */
function isUnknown(error: unknown): boolean {
  return error instanceof RegistrarError && error.status === 404;
}

async function differs(
  cluster: ApplyingCluster,
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  faults: Faults,
): Promise<boolean> {
  const means = (argument: string | undefined): boolean =>
    argument === undefined || argument === object.kind || argument === `${object.kind}/${object.metadata.name}`;
  try {
    if (faults.behaviour('flux', 'applyFails', true, means) !== undefined)
      throw new Refused('Forbidden', 'admission webhook "policy.example" denied the request');
    if (live !== undefined) return !(await changesNothing(cluster, object, live));
    await cluster.apply(object, { force: true, dryRun: true });
    return true;
  } catch (error) {
    throw new Error(`${inWords(object)} ${dryRunFailure(error, object)}`, { cause: error });
  }
}

class Refused extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

function dryRunFailure(error: unknown, { apiVersion, kind }: KubernetesObject): string {
  if (error instanceof Refused) return `dry-run failed (${error.reason}): ${error.message}`;
  if (!(error instanceof RegistrarError)) return `dry-run failed: ${(error as Error).message}`;
  // Of an object that is not there yet the API server has nothing to say but that it does not know its kind.
  if (isUnknown(error)) return `dry-run failed: no matches for kind "${kind}" in version "${apiVersion}"`;
  return `dry-run failed (${error.kind === 'BadInput' ? 'Invalid' : error.kind}): ${error.message}`;
}

/** Deletes what a Kustomization has applied and names no more, unless somebody keeps it or it belongs to another one by now. */
export async function prune(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  owner: Readonly<Record<string, string>>,
): Promise<void> {
  for (const ref of refs) {
    const live = await cluster.get(ref);
    const isOurs = Object.entries(owner).every(([name, value]) => live?.metadata.labels?.[name] === value);
    const kept = says('prune', 'disabled', live) || says('reconcile', 'disabled', live) || says('ssa', 'ignore', live);
    if (live !== undefined && isOurs && !kept) await cluster.delete(ref);
  }
}
