import { driftPaths, isAllowedDrift } from '../../core/drift.ts';
import { RegistrarError } from '../../core/errors.ts';
import { withoutEntry } from '../../core/entries.ts';
import type { Names } from '../../core/resolve.ts';
import type { Job } from '../../core/run.ts';
import type { ApplicationState } from '../../integrations/argocd/argocd.ts';
import { applicationOf } from '../deploy/application.ts';
import { assertSource, assertTargetRevision, assertWindowOpen, refused } from '../deploy/applicationSource.ts';
import type { Deps } from '../deps.ts';
import { manifestAt } from '../manifest.ts';
import { changeIsLive, liveBlueprints, objectRef, syncResource, type ResourceName } from '../live.ts';
import { targetHead } from '../runBranch.ts';
import { waitUntil } from '../wait.ts';

/** Whether Argo CD deploys what we edit, from where we land it, and may do so now. Throws `Refused`. */
export async function checkApplication(deps: Deps): Promise<void> {
  const { gitops } = deps.installation;
  const { argocd, application } = applicationOf(deps);
  const state = await argocd.application(application);
  checkSource(deps, state);
  if (gitops.land === 'last' && state.automated) {
    throw refused(
      `Application ${state.name} has automated sync; a commit that is not on its target revision would be lost`,
      'Set gitops.land: first in registrar.yaml.',
    );
  }
  await assertWindowOpen(argocd, state.name);
}

function checkSource(deps: Deps, state: ApplicationState): void {
  assertSource(deps, state, {
    sources: 'Give the Application one source, or name another one in registrar.yaml, field authentik.application.',
    repository: 'Correct gitops.remote, or add the address to gitops.aliases if it is the same repository.',
  });
  const outside = [
    deps.installation.authentik.externalSecret.file,
    deps.installation.authentik.blueprints.file,
    deps.installation.authentik.deployment.file,
  ].filter(
    (file) => state.path !== undefined && state.path !== '.' && !file.startsWith(`${state.path.replace(/\/$/, '')}/`),
  );
  if (outside.length > 0) {
    throw refused(
      `Application ${state.name} deploys the folder ${state.path}, which does not hold ${outside.join(', ')}`,
      'Correct the files in registrar.yaml, field authentik.',
    );
  }
}

/** Throws `Refused` where the Application stands on somebody's other revision. */
export async function checkTargetRevision(deps: Deps): Promise<void> {
  const { argocd, application } = applicationOf(deps);
  await assertTargetRevision(deps, await argocd.application(application));
}

/** How long automated sync may take to catch up before what differs counts as drift, in forced-sync intervals. */
const AUTOMATED_PATIENCE = 3;

/**
 * The resources that a run will deploy must be as the target branch says: a sync of ours would ship whatever else waits, or
 * overwrite what someone changed by hand. Paths are shown, never values. `repaired`: of this client's own entries it may.
 */
export async function checkSynced(deps: Deps, base: string, repaired?: Names): Promise<readonly string[]> {
  const { argocd, application } = applicationOf(deps);
  await argocd.refresh(application);
  const remedy = 'See that the Argo CD application controller runs.';
  const { timings } = deps.installation;
  const patience = Date.now() + AUTOMATED_PATIENCE * timings.forceSyncMs;
  const state = await waitUntil('Argo CD', remedy, timings.pollMs, async () => {
    const now = await argocd.application(application);
    if (now.refreshRequested) return { waiting: `Argo CD has not refreshed ${application} yet` };
    // Another run may just have landed its change: automated sync is on its way.
    const catchingUp = now.automated && (now.busy || now.syncStatus !== 'Synced') && Date.now() < patience;
    return catchingUp ? { waiting: `automated sync of ${application} is under way` } : { done: now };
  });
  const warnings: string[] = [];
  for (const resource of ['externalSecret', 'configMap', 'deployment'] as const) {
    const warning = await checkOne(deps, state, base, resource, repaired);
    if (warning !== undefined) warnings.push(warning);
  }
  return warnings;
}

/** Somebody landed and synced while preflight looked: what is live is right, and our base is old. Throws `Conflict`: look again. */
async function assertBaseIsNewest(deps: Deps, { comparedRevision }: ApplicationState, base: string): Promise<void> {
  await deps.git.fetch();
  if ((await targetHead(deps)) === base) return;
  throw new RegistrarError({
    system: 'Git',
    kind: 'Conflict',
    message: `the target branch moved from ${base.slice(0, 12)} while preflight looked (compared: ${comparedRevision?.slice(0, 12) ?? 'nothing'})`,
    remedy: 'Preflight looks again at the new head.',
  });
}

async function checkOne(
  deps: Deps,
  state: ApplicationState,
  base: string,
  resource: ResourceName,
  repaired: Names | undefined,
): Promise<string | undefined> {
  const wanted = syncResource(deps, resource);
  const status = state.resources.find(
    (row) => row.kind === wanted.kind && row.name === wanted.name && row.group === wanted.group,
  )?.status;
  if (status === 'Synced' && (state.comparedRevision === undefined || state.comparedRevision === base))
    return undefined;
  await assertBaseIsNewest(deps, state, base);
  const drift = await drifted(deps, base, resource, repaired);
  const label = `${wanted.kind} ${wanted.name}`;
  if (drift.length === 0 && status !== undefined) return undefined;
  const allowed = deps.installation.allowedDrift.filter(
    (entry) => entry.kind === wanted.kind && entry.name === wanted.name,
  );
  if (drift.length > 0 && drift.every((path) => isAllowedDrift(path, allowed))) {
    return `${label} differs from the target branch at ${drift.join(', ')}, allowed by allowedDrift`;
  }
  throw refused(
    status === undefined
      ? `Application ${state.name} does not deploy ${label}`
      : `${label} is ${status}: it differs from the target branch at ${drift.join(', ')}`,
    status === undefined
      ? 'Correct the names in registrar.yaml, field authentik.'
      : 'Sync or revert what is pending first, or list a known drift under allowedDrift in registrar.yaml.',
  );
}

/**
 * Nobody has deployed these resources since the run's base: a sync of ours, and the undo's, would take that away again. A
 * resource that holds our change was deployed by us. Throws `Refused`.
 */
export async function assertAsAtBase(deps: Deps, job: Job, resources: readonly ResourceName[]): Promise<void> {
  if (job.land === 'first') return;
  for (const resource of resources) {
    if (await changeIsLive(deps, job, resource)) continue;
    const { kind, name } = syncResource(deps, resource);
    const allowed = deps.installation.allowedDrift.filter((entry) => entry.kind === kind && entry.name === name);
    const repaired = job.repair === undefined ? undefined : job.names;
    const paths = [
      ...(await drifted(deps, job.base, resource, repaired)),
      ...(await addedKeys(deps, job.base, resource)),
    ];
    const drift = paths.filter((path) => !isAllowedDrift(path, allowed));
    if (drift.length === 0) continue;
    throw refused(
      `${kind} ${name} was deployed by somebody since this run began: it differs from ${job.base.slice(0, 12)} at ${drift.join(', ')}`,
      'Start again: the next run begins at the newest head.',
    );
  }
}

/** Sections of the live ConfigMap that a base does not have. */
async function addedKeys(deps: Deps, base: string, resource: ResourceName): Promise<readonly string[]> {
  if (resource !== 'configMap') return [];
  const wanted = await manifestAt(deps, base, 'configMap');
  const known = Object.keys(wanted?.['data'] ?? {});
  return Object.keys(await liveBlueprints(deps))
    .filter((key) => !known.includes(key))
    .map((key) => `/data/${key}`);
}

/**
 * JSON pointers at which a live resource differs from what the target branch says at a commit; `/` where one is absent. In a
 * repair our own entry is left out: to deploy that is what it is for.
 */
export async function drifted(
  deps: Deps,
  base: string,
  resource: ResourceName,
  repaired?: Names,
): Promise<readonly string[]> {
  // Of a chart's values Git says nothing but our entry.
  if (resource === 'deployment' && deps.installation.authentik.deployment.valuesPath !== undefined) return [];
  const wanted = await manifestAt(deps, base, resource);
  const live = await deps.cluster.get(objectRef(deps, resource));
  if (wanted === undefined || live === undefined) return ['/'];
  const field = resource === 'configMap' ? 'data' : 'spec';
  const [asked, found] = [wanted, live].map((each) =>
    repaired === undefined ? each : withoutEntry(resource, each, repaired),
  );
  return driftPaths(asked?.[field], found?.[field], `/${field}`);
}
