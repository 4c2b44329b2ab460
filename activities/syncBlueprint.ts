import { RegistrarError } from '../core/errors.ts';
import { touches, type ApplyAsked, type Job, type StepReport } from '../core/run.ts';
import type { BlueprintFile, BlueprintInstance } from '../integrations/authentik/authentik.ts';
import { holdTurn } from './acquireTurn.ts';
import { oneInstance } from './authentikState.ts';
import { deployerOf } from './deploy/deployerOf.ts';
import type { Deps } from './deps.ts';
import { deploymentRef, liveBlueprints, liveRollout, named, type ResourceName } from './live.ts';
import { assertStillLive } from './stillLive.ts';
import { Lasting, patienceMs } from './patience.ts';
import { ensureEdits, targetHead } from './runBranch.ts';
import { beating, throwIfCancelled, waitUntil } from './wait.ts';

/** How often `available/` must list our file before it counts: with several workers any of them answers. */
const ASKS_A_POD = 2;

/**
 * Deploys the blueprint and the Deployment that carries its secret, waits for the new pods and for the file to be mounted, and
 * asks Authentik to apply it. In discovery mode the Deployment goes first, for discovery applies a new file at once and a
 * pod without the variable would fail.
 */
export async function syncBlueprint(deps: Deps, job: Job): Promise<StepReport & { readonly asked: ApplyAsked }> {
  return beating(async () => {
    await deployBlueprint(deps, job);
    if (job.repair?.restart === true) {
      // The same token again is no new roll-out: a retry goes on where it was.
      await deps.deployments.restart(deploymentRef(deps), job.changeId);
      await waitForRollout(deps, job);
    }
    await waitForMount(deps, job);
    const asked = await applyBlueprint(deps, job);
    const edited = job.edits.filter((edit) => edit.step === 'syncBlueprint');
    return {
      changed: [
        ...edited.filter((edit) => edit.kind !== 'alreadyThere').map((edit) => edit.path),
        ...(job.repair?.restart === true ? [`pods of Deployment ${deps.installation.authentik.deployment.name}`] : []),
        ...(job.repair === undefined || job.mode !== 'apply'
          ? []
          : [`blueprint ${job.names.blueprintPath}, applied anew`]),
      ],
      alreadyRight: edited.filter((edit) => edit.kind === 'alreadyThere').map((edit) => edit.path),
      note: `${job.names.blueprintPath} is mounted, ${job.mode === 'apply' ? 'its apply asked for' : "left to Authentik's discovery"}`,
      asked,
    };
  });
}

async function deployBlueprint(deps: Deps, job: Job): Promise<void> {
  if (job.land === 'first') {
    await deps.git.fetch();
    const resources: readonly ResourceName[] = ['configMap', 'deployment'];
    const head = await targetHead(deps);
    await deployerOf(deps).deployTarget(deps, {
      job,
      purpose: 'syncBlueprint',
      resources,
      head,
      missing: () => notLive(deps, job, resources),
    });
    await waitForRollout(deps, job);
    return;
  }
  await holdTurn(deps, job);
  const commit = await ensureEdits(deps, job, 'syncBlueprint');
  await assertStillLive(deps, job, ['externalSecret']);
  await deployerOf(deps).assertUntouched(deps, job, ['configMap', 'deployment']);
  const waves: readonly (readonly ResourceName[])[] =
    job.mode === 'apply' ? [['configMap', 'deployment']] : [['deployment'], ['configMap']];
  for (const [index, wave] of waves.entries()) {
    const resources = wave.filter((resource) => touches(job, resource));
    if (resources.length === 0) continue;
    const purpose = `syncBlueprint-${index + 1}`;
    await deployerOf(deps).deployCommit(deps, {
      job,
      purpose,
      commit,
      resources,
      missing: () => notLive(deps, job, resources),
    });
    await waitForRollout(deps, job);
  }
}

/** What of these resources does not hold our entry yet, as a sentence. */
export async function notLive(deps: Deps, job: Job, resources: readonly ResourceName[]): Promise<string | undefined> {
  if (resources.includes('configMap') && (await liveBlueprints(deps))[job.names.blueprintKey] !== job.blueprint.text) {
    return `the live ConfigMap does not hold ${job.names.blueprintKey} yet`;
  }
  if (resources.includes('deployment') && touches(job, 'deployment') && !(await named(deps, job, 'deployment'))) {
    return `the live Deployment does not name ${job.names.secretFile ?? job.names.envVar} yet`;
  }
  return undefined;
}

/** New pods only: the environment of an old one was frozen without the variable. Throws `Failed` on what no waiting mends. */
export async function waitForRollout(deps: Deps, job: Job): Promise<void> {
  const { deployment, namespace } = deps.installation.authentik;
  const remedy = `See kubectl -n ${namespace} rollout status deployment ${deployment.name}.`;
  const failing = new Lasting();
  await waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () => {
    const rollout = await liveRollout(deps);
    if (failing.lasts(rollout.failure, patienceMs(deps, job.land))) {
      throw new RegistrarError({
        system: 'Kubernetes',
        kind: 'Failed',
        message: `the roll-out of Deployment ${deployment.name} for ${job.client} failed: ${rollout.failure}`,
        remedy,
      });
    }
    return rollout.complete ? { done: undefined } : { waiting: rollout.failure ?? rollout.summary };
  });
}

/** What one of the workers has on its disk now; a sentence while none answers, as after each roll-out. */
export async function filesOfWorkers(deps: Deps): Promise<readonly BlueprintFile[] | { readonly waiting: string }> {
  try {
    return await deps.authentik.available();
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Unavailable' && error.status === 500)
      return { waiting: error.message };
    throw error;
  }
}

/** Until every worker lists the file with our text. */
export async function waitForMount(deps: Deps, job: Job): Promise<void> {
  const { timings } = deps.installation;
  const { blueprints } = deps.installation.authentik;
  const pods = (await liveRollout(deps)).currentPods.length;
  const needed = Math.max(1, pods) * ASKS_A_POD;
  let inRow = 0;
  const remedy = `See that ConfigMap ${blueprints.configMap} is mounted below /blueprints/${blueprints.mountedAs} without subPath.`;
  await waitUntil('Authentik', remedy, timings.pollMs, async () => {
    await assertStillLive(deps, job, ['configMap', 'deployment']);
    for (let ask = 0; ask < needed; ask += 1) {
      const files = await filesOfWorkers(deps);
      if ('waiting' in files) {
        inRow = 0;
        return files;
      }
      const file = files.find((entry) => entry.path === job.names.blueprintPath);
      inRow = file?.hash === job.blueprint.hash ? inRow + 1 : 0;
      if (inRow >= needed) return { done: undefined };
      if (inRow === 0) break;
    }
    return { waiting: `Authentik does not list ${job.names.blueprintPath} with our text on every worker yet` };
  });
}

/** The instance of our file, made by API where discovery has not made it yet. Throws `Refused` where it is disabled, but to a repair. */
async function ensureInstance(deps: Deps, job: Job): Promise<BlueprintInstance> {
  const found = await oneInstance(deps, job.names.blueprintPath);
  if (found !== undefined && !found.enabled && job.repair !== undefined) {
    throwIfCancelled();
    await deps.authentik.enableInstance(found.pk, found.path);
    return { ...found, enabled: true };
  }
  if (found !== undefined) return enabled(found);
  throwIfCancelled();
  try {
    return await deps.authentik.createInstance(job.names.blueprintName, job.names.blueprintPath);
  } catch (error) {
    // Discovery may have made it between our look and our request.
    const now = await oneInstance(deps, job.names.blueprintPath);
    if (now !== undefined) return enabled(now);
    throw error;
  }
}

function enabled(instance: BlueprintInstance): BlueprintInstance {
  if (instance.enabled) return instance;
  throw new RegistrarError({
    system: 'Authentik',
    kind: 'Refused',
    message: `blueprint instance "${instance.name}" (${instance.path}) is disabled; Authentik would accept an apply and do nothing`,
    remedy: 'Enable it in the admin interface, Customization > Blueprints, then start again.',
  });
}

/** Asks for the apply, or leaves it to Authentik's discovery where the token may not. */
export async function applyBlueprint(deps: Deps, job: Job): Promise<ApplyAsked> {
  return job.mode === 'apply' ? askApply(deps, job) : awaitDiscovery(deps, job);
}

/** Has Authentik apply the blueprint. Not done when this returns. */
export async function askApply(deps: Deps, job: Job): Promise<ApplyAsked> {
  const instance = await ensureInstance(deps, job);
  const knownTasks = (await deps.authentik.applyTasks(instance.pk)).map((task) => task.id);
  throwIfCancelled();
  await deps.authentik.apply(instance.pk);
  return { instance: instance.pk, knownTasks, lastApplied: instance.lastApplied };
}

/** Nothing can be asked for: Authentik's watcher applies a new file seconds after the mount, if discovery works at all. */
async function awaitDiscovery(deps: Deps, job: Job): Promise<ApplyAsked> {
  const instance = await oneInstance(deps, job.names.blueprintPath);
  if (instance !== undefined) enabled(instance);
  return { instance: instance?.pk, knownTasks: [], lastApplied: '' };
}
