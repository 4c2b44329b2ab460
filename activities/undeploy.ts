import { covers } from '../core/covers.ts';
import { RegistrarError } from '../core/errors.ts';
import { readResource } from '../core/manifests.ts';
import { addedBy, type Job, type Kept, type Undone } from '../core/run.ts';
import { deployAt, followTarget, outlastOlderSyncs } from './deploy.ts';
import type { Deps } from './deps.ts';
import { findLanded } from './landed.ts';
import { changeIsLive, syncResource, type ResourceName } from './live.ts';
import { planEdits, readRunBranch, targetHead } from './runBranch.ts';

/** The file of the GitOps repository that holds a resource. */
function fileOf(deps: Deps, resource: ResourceName): string {
  const { externalSecret, blueprints, deployment } = deps.installation.authentik;
  return { externalSecret: externalSecret.file, configMap: blueprints.file, deployment: deployment.file }[resource];
}

/**
 * Takes what the job did to these live resources back: our entries out again, or in again for a removal. Under `land: last` base is deployed, but only while the resource is as we
 * deployed it: if someone has deployed since, nothing is touched, and our entry is gone (done) or still there (listed).
 */
export async function undeploy(
  deps: Deps,
  job: Job,
  step: string,
  resources: readonly ResourceName[],
): Promise<Undone> {
  const ours = resources.filter((resource) => addedBy(job, resource));
  if (job.land === 'first') return undeployByTarget(deps, job, step, ours);
  await outlastOlderSyncs(deps);
  const branch = await readRunBranch(deps, job);
  const there: ResourceName[] = [];
  const kept: Kept[] = [];
  for (const resource of ours) {
    if (!(await changeIsLive(deps, job, resource))) continue;
    if (await asDeployed(deps, job, branch.head, resource)) there.push(resource);
    else kept.push(keptLive(deps, job, resource));
  }
  if (kept.length > 0)
    return { undone: [], kept: [...kept, ...there.map((resource) => keptBeside(deps, job, resource))], blocks: true };
  if (there.length === 0) return { undone: [], kept: [], blocks: false };
  await deployAt(deps, {
    job,
    purpose: `undo-${step}`,
    commit: job.base,
    resources: there,
    missing: () => stillLive(deps, job, there),
  });
  return {
    undone: there.map((resource) => `${describe(deps, resource)} is as at ${job.base.slice(0, 12)}`),
    kept: [],
    blocks: false,
  };
}

/** With `first` the reverting change is on the target branch already: its content is waited for or asked for. */
async function undeployByTarget(deps: Deps, job: Job, step: string, ours: readonly ResourceName[]): Promise<Undone> {
  if (ours.length === 0 || !(await wasThere(deps, job, ours))) return { undone: [], kept: [], blocks: false };
  await outlastOlderSyncs(deps);
  await followTarget(deps, {
    job,
    purpose: `undo-${step}`,
    resources: ours,
    head: await targetHead(deps),
    missing: () => stillLive(deps, job, ours),
  });
  return {
    undone: ours.map((resource) => `${describe(deps, resource)} ${wordsFor(job).done} ${job.client}`),
    kept: [],
    blocks: false,
  };
}

/** Where people revert, they need leave no trace of the change on the target: then the cluster tells that it was there. */
async function wasThere(deps: Deps, job: Job, ours: readonly ResourceName[]): Promise<boolean> {
  if ((await findLanded(deps, job)) !== undefined) return true;
  return job.landBy === 'pullRequest' && (await stillLive(deps, job, ours)) !== undefined;
}

function wordsFor({ removal }: Job) {
  return removal === undefined
    ? { done: 'no longer names', waiting: 'still names' }
    : { done: 'names again', waiting: 'does not name yet' };
}

async function stillLive(deps: Deps, job: Job, resources: readonly ResourceName[]): Promise<string | undefined> {
  for (const resource of resources) {
    if (await changeIsLive(deps, job, resource))
      return `${describe(deps, resource)} ${wordsFor(job).waiting} ${job.client}`;
  }
  return undefined;
}

/** Whether the live resource is what the branch says, or what our edits make of a base, defaults and status aside. */
async function asDeployed(deps: Deps, job: Job, head: string | undefined, resource: ResourceName): Promise<boolean> {
  const { kind, name, namespace } = syncResource(deps, resource);
  const live = await deps.cluster.get({ apiVersion: API_VERSIONS[resource], kind, namespace, name });
  if (live === undefined) return false;
  const path = fileOf(deps, resource);
  const bases = [job.base, ...(job.formerBases ?? [])];
  const texts = [
    head === undefined ? undefined : await deps.git.readFile(head, path),
    ...(await Promise.all(bases.map((base) => editedAt(deps, job, base, path)))),
  ];
  const field = resource === 'configMap' ? 'data' : 'spec';
  return texts.some((text) => {
    const wanted = text === undefined ? undefined : readResource(text, kind, name);
    return wanted !== undefined && covers(withoutReplicas(live[field]), withoutReplicas(wanted[field]));
  });
}

/** A person or an autoscaler who scales has not deployed. */
function withoutReplicas(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { replicas: _replicas, ...rest } = value as Record<string, unknown>;
  return rest;
}

const API_VERSIONS: Readonly<Record<ResourceName, string>> = {
  externalSecret: 'external-secrets.io/v1',
  deployment: 'apps/v1',
  configMap: 'v1',
};

/** A branch that was rebased in mid-landing no longer shows what is live; the edits made anew on its base do. */
async function editedAt(deps: Deps, job: Job, base: string, path: string): Promise<string | undefined> {
  try {
    const plans = await planEdits(deps, job, ['patchExternalSecret', 'syncBlueprint'], base);
    return plans.findLast((plan) => plan.path === path)?.after ?? undefined;
  } catch (error) {
    if (error instanceof RegistrarError && !error.retryable) return undefined;
    throw error;
  }
}

function describe(deps: Deps, resource: ResourceName): string {
  const { kind, name } = syncResource(deps, resource);
  return `${kind} ${name}`;
}

function keptBeside(deps: Deps, job: Job, resource: ResourceName): Kept {
  return {
    what: `the entry of ${job.client} in the live ${describe(deps, resource)}`,
    why: 'it is taken out together with the others, which somebody has deployed since.',
    remedy: `Sync ${describe(deps, resource)} from the target branch when it may be synced.`,
  };
}

function keptLive(deps: Deps, job: Job, resource: ResourceName): Kept {
  return {
    what: `the entry of ${job.client} in the live ${describe(deps, resource)}`,
    why: 'someone has deployed since, so base was not deployed over their work.',
    remedy: `Sync ${describe(deps, resource)} from the target branch when it may be synced.`,
  };
}
