import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import type { BlueprintFile, BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import { throwIfCancelled, waitUntil, waitUntilAbsent, type WaitState } from '../kit/wait.ts';
import { oneInstance } from '../state/authentikState.ts';
import { awaitedText, textWithout } from '../state/liveSection.ts';
import { liveRollout } from '../state/ourResources.ts';

/** How often `available/` must list our file before it counts: with several workers any of them answers. */
const ASKS_A_POD = 2;

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

/** Until every worker lists the file of each section of the client with our text. */
export async function waitForMount(deps: Deps, job: Job, rollout?: Pick<RolloutState, 'currentPods'>): Promise<void> {
  const { currentPods } = rollout ?? (await liveRollout(deps));
  for (const part of bySection(job)) await waitForFile(deps, part, currentPods.length);
}

async function waitForFile(deps: Deps, job: Job, pods: number): Promise<void> {
  const { timings } = deps.installation;
  const { blueprints } = deps.installation.authentik;
  const needed = Math.max(1, pods) * ASKS_A_POD;
  let inRow = 0;
  const remedy = `See that ConfigMap ${blueprints.configMap} is mounted below /blueprints/${blueprints.mountedAs} without subPath.`;
  const look = async (): Promise<WaitState<void>> => {
    const isOurs = await awaitedText(deps, job);
    for (let ask = 0; ask < needed; ask += 1) {
      const files = await filesOfWorkers(deps);
      if ('waiting' in files) {
        inRow = 0;
        return files;
      }
      const file = files.find((entry) => entry.path === job.names.blueprintPath);
      inRow = file !== undefined && (await isOurs(file.hash)) ? inRow + 1 : 0;
      if (inRow >= needed) return { done: undefined };
      if (inRow === 0) break;
    }
    return { waiting: `Authentik does not list ${job.names.blueprintPath} with our text on every worker yet` };
  };
  await waitUntil('Authentik', remedy, timings.pollMs, async () => {
    const seen = await look();
    // What every worker has on its disk is live; what somebody has taken away would be waited for in vain.
    if ('waiting' in seen) await assertStillLive(deps, job, ['configMap', 'deployment']);
    return seen;
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
  return job.mode === 'apply' ? askApply(deps, job) : askedOfEach(job, (part) => awaitDiscovery(deps, part));
}

/** Has Authentik apply the blueprint, each section of it. Not done when this returns. */
export async function askApply(deps: Deps, job: Job): Promise<ApplyAsked> {
  return askedOfEach(job, (part) => askSection(deps, part));
}

async function askedOfEach(job: Job, ask: (part: Job) => Promise<ApplyAsked>): Promise<ApplyAsked> {
  const asked = new Map<string, ApplyAsked>();
  for (const part of bySection(job)) asked.set(part.names.blueprintPath, await ask(part));
  const [first, ...further] = [job.names, ...(job.names.further ?? [])].map(({ blueprintPath }) =>
    asked.get(blueprintPath),
  ) as readonly ApplyAsked[] as [ApplyAsked, ...ApplyAsked[]];
  return further.length === 0 ? first : { ...first, further };
}

async function askSection(deps: Deps, job: Job): Promise<ApplyAsked> {
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

/** As {@link waitForUnmount}, of each section of the client. */
export async function waitUnmounted(deps: Deps, job: Job): Promise<void> {
  for (const part of bySection(job)) await waitForUnmount(deps, part);
}

/**
 * With several workers any of them answers: the file must be absent on every ask for a while, or, where it makes other clients as
 * well, have the text that stays.
 */
async function waitForUnmount(deps: Deps, job: Job): Promise<void> {
  const remedy = 'See that the ConfigMap mount of every Authentik worker follows.';
  await waitUntilAbsent('Authentik', remedy, deps.installation.timings, async () => {
    const files = await filesOfWorkers(deps);
    if ('waiting' in files) return files.waiting;
    const file = files.find(({ path }) => path === job.names.blueprintPath);
    if (file === undefined) return undefined;
    const isRest = await textWithout(deps, job);
    if ((await isRest?.(file.hash)) === true) return undefined;
    return `${job.names.blueprintPath} is still mounted in a worker`;
  });
}
