import { findLanded } from '../branch/landed.ts';
import { orderOf } from '../branch/landing/order.ts';
import { freshTarget } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { checkConsumer } from './consumers/fluxChecks.ts';
import type { Deployer, DeployRequest } from './deployer.ts';
import { assertReady, checkHelmRelease, checkKustomization, checkSubstitution, inventoryId } from './fluxChecks.ts';
import { whyHalted } from './fluxFailure.ts';
import { fluxOf, helmReleaseOf, statesOf } from './fluxOf.ts';
import { untilDeployed } from './fluxWait.ts';
import { notRestored } from './repairDue.ts';
import { ownTargets, type Target } from './target.ts';
import { undoByTarget } from './targetUndo.ts';
import { warningsOfDrift } from './warnOfDrift.ts';

const DRIFT = 'Flux makes it so when it looks next, unless a kustomization or an autoscaler changes it';

/**
 * Kustomizations and HelmReleases of Flux deploy what is on the target branch; the job asks them to look at once, and waits until they
 * have applied its commit. `land: last` is refused by the schema: what is not on the branch no Kustomization deploys.
 */
export const flux: Deployer = {
  checks: [checkKustomization, checkHelmRelease, checkSubstitution],
  checksOfNow: [],
  async checkLive(deps, job) {
    await assertReady(deps, job, ownTargets(deps, ['deployment']));
    return warningsOfDrift(deps, job, DRIFT);
  },
  digestLive: async () => undefined,
  assertUntouched: async () => undefined,
  checkConsumer,
  async deploy(deps, wanted) {
    const missing = async () => (await wanted.missing()) ?? notRestored(deps, wanted);
    await until(deps, wanted.targets, await ownCommit(deps, wanted), missing);
  },
  remove: (deps, { targets, commit, missing }) => until(deps, targets, commit, missing, { going: true }),
  // Once the target's head is applied nothing older is on its way: a controller works on one revision of an object at a time.
  outlast: async (deps, target) => until(deps, [target], await freshTarget(deps), async () => undefined),
  has,
  halts,
  takeBack: (deps, wanted) =>
    undoByTarget(deps, wanted, async (ours, missing) => {
      const { commit } = await orderOf(wanted.job).before(deps, wanted.job);
      await until(deps, ownTargets(deps, ours), commit, missing);
    }),
  overwriter: async () => ({
    system: 'Flux',
    by: 'somebody changed it',
    remedy: 'See what changes it: another controller or a person.',
  }),
};

async function until(
  deps: Deps,
  targets: readonly Target[],
  commit: string,
  missing: () => Promise<string | undefined>,
  options: { readonly going?: boolean } = {},
): Promise<void> {
  const { flux: systems, ref } = await fluxOf(deps, targets[0]);
  const helmRelease = helmReleaseOf(deps, targets);
  await untilDeployed(deps, { flux: systems, kustomization: ref, helmRelease, commit, missing, ...options });
}

/** Where the change itself has landed, that commit is enough: others who land a commit a minute do not put the end off. */
async function ownCommit(deps: Deps, { job, commit }: DeployRequest): Promise<string> {
  const landed = await findLanded(deps, job);
  return landed === undefined || landed.reverted ? commit : landed.commit;
}

async function halts(deps: Deps): Promise<readonly string[]> {
  const { flux: systems, ref } = await fluxOf(deps);
  const states = await statesOf(systems, ref, helmReleaseOf(deps, ownTargets(deps, ['deployment'])));
  return states.flatMap((state) => whyHalted(state) ?? []);
}

/** By the inventory of what the Kustomization has applied last. */
async function has(deps: Deps, target: Target): Promise<string | undefined> {
  const { flux: systems, ref } = await fluxOf(deps, target);
  const { label, inventory } = await systems.kustomization(ref);
  const { kind, namespace, name } = target.object;
  return inventory?.includes(inventoryId(target.object)) === true
    ? `${label} still has ${kind} ${namespace}/${name}`
    : undefined;
}
