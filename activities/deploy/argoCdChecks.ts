import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { isAllowedDrift } from '../../core/kubernetes/jsonDrift.ts';
import type { Names } from '../../core/names/names.ts';
import type { ApplicationState } from '../../integrations/argocd/argocd.ts';
import { targetHead } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { waitUntil } from '../kit/wait.ts';
import { RESOURCES, fileOf, isOfChart, syncResource } from '../state/ourResources.ts';
import { applicationOf } from './application.ts';
import {
  assertSource,
  assertTargetRevision,
  assertWindowOpen,
  followsTarget,
  holdersOf,
  nameOf,
  refused,
} from './applicationSource.ts';
import { comparedAnew, isComparedWith, statusOf } from './compared.ts';
import { drifted } from './drift.ts';
import { assertReadsValues, valuesHolder } from './valueFiles.ts';

/** Whether Argo CD deploys what we edit, from where we land it. Throws `Refused`. */
export async function checkApplication(deps: Deps, removes = false): Promise<void> {
  const { argocd, application } = applicationOf(deps);
  const state = await argocd.application(application);
  assertSource(deps, state, manifestFiles(deps), {
    sources:
      'Give the Application a source in the repository, or name another one in registrar.yaml, field authentik.application.',
    repository: 'Correct gitops.remote, or add the address to gitops.aliases if it is the same repository.',
    folder: 'Correct the files in registrar.yaml, field authentik.',
    automated: 'Set gitops.land: first in registrar.yaml.',
  });
  if (isOfChart(deps, 'deployment')) await assertReadsValues(deps, state, removes);
}

/** Files that Argo CD applies: not the one that holds values, of which a chart makes the Deployment. */
function manifestFiles(deps: Deps): readonly string[] {
  const resources = RESOURCES.filter((resource) => !isOfChart(deps, resource));
  return resources.map((resource) => fileOf(deps, resource));
}

/** Throws `Refused` where a sync window is shut. */
export async function checkWindow(deps: Deps): Promise<void> {
  const { argocd, application } = applicationOf(deps);
  await assertWindowOpen(argocd, application);
}

/** Throws `Refused` where the Application stands on somebody's other revision. */
export async function checkTargetRevision(deps: Deps): Promise<void> {
  const { argocd, application } = applicationOf(deps);
  const state = await argocd.application(application);
  const holder = isOfChart(deps, 'deployment') ? await valuesHolder(deps, state) : undefined;
  const holders = manifestFiles(deps).map((file) => holdersOf(deps, state, file));
  await assertTargetRevision(deps, state, holder === undefined ? holders : [...holders, [holder]]);
}

/** How long automated sync may take to catch up before what differs counts as drift, in forced-sync intervals. */
const AUTOMATED_PATIENCE = 3;

/**
 * The resources that a run will deploy must be as the target branch says: a sync of ours would ship whatever else waits, or
 * overwrite what someone changed by hand. Paths are shown, never values. `repaired`: of this client's own entries it may.
 */
export async function checkSynced(deps: Deps, base: string, repaired?: Names): Promise<readonly string[]> {
  const { argocd, application } = applicationOf(deps);
  const { timings } = deps.installation;
  await comparedAnew(deps);
  const remedy = 'See that the Argo CD application controller runs.';
  const patience = Date.now() + AUTOMATED_PATIENCE * timings.forceSyncMs;
  const state = await waitUntil('Argo CD', remedy, timings.pollMs, async () => {
    const now = await argocd.application(application);
    // Another run may just have landed its change: automated sync is on its way.
    const catchingUp = now.automated && (now.busy || now.syncStatus !== 'Synced') && Date.now() < patience;
    return catchingUp ? { waiting: `automated sync of ${application} is under way` } : { done: now };
  });
  const atBase = await isComparedWith(deps, state, base);
  if (!atBase) await assertBaseIsNewest(deps, state, base);
  const warnings: string[] = [];
  for (const resource of RESOURCES) {
    if (atBase && statusOf(deps, state, resource) === 'Synced') continue;
    const warning = await checkOne(deps, state, base, resource, repaired);
    if (warning !== undefined) warnings.push(warning);
  }
  return warnings;
}

/** Somebody landed and synced while preflight looked: what is live is right, and our base is old. Throws `Conflict`: look again. */
async function assertBaseIsNewest(deps: Deps, state: ApplicationState, base: string): Promise<void> {
  await deps.git.fetch();
  if ((await targetHead(deps)) === base) return;
  const follows = await followsTarget(deps, state);
  const compared = state.sources.find(follows)?.comparedRevision?.slice(0, 12) ?? 'nothing';
  throw new RegistrarError({
    system: 'Git',
    kind: 'Conflict',
    message: `the target branch moved from ${base.slice(0, 12)} while preflight looked (compared: ${compared})`,
    remedy: 'Preflight looks again at the new head.',
  });
}

async function checkOne(
  deps: Deps,
  state: ApplicationState,
  base: string,
  resource: OurResource,
  repaired: Names | undefined,
): Promise<string | undefined> {
  const wanted = syncResource(deps, resource);
  const status = statusOf(deps, state, resource);
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
      ? `${nameOf(state)} does not deploy ${label}`
      : `${label} is ${status}: it differs from the target branch${drift.includes('/') ? '' : ` at ${drift.join(', ')}`}`,
    status === undefined
      ? 'Correct the names in registrar.yaml, field authentik.'
      : 'Sync or revert what is pending first, or list a known drift under allowedDrift in registrar.yaml.',
    status === undefined ? state : {},
  );
}
