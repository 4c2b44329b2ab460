import { editsAt } from '../../core/changes/entry.ts';
import type { OurResource } from '../../core/kubernetes/ourEntries.ts';
import { type Job, editReport, editsResource, mayBeginWithFormer, needsNewPods } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import type { ApplyAsked } from '../../core/run/requests.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { assertStillLive } from '../deploy/stillLive.ts';
import { ownTargets } from '../deploy/target.ts';
import type { Deps } from '../deps.ts';
import { notLive } from '../state/ourResources.ts';
import { applyBlueprint, waitForMount } from '../waits/blueprint.ts';
import { ownSource } from '../waits/deployChange.ts';
import { bringVariable, makeNewPods } from '../waits/restart.ts';
import { waitForRollout } from '../waits/rollout.ts';

const BLUEPRINT = ['configMap', 'deployment'] as const;

/**
 * Deploys the blueprint and the Deployment that carries its secret, waits for the new pods and for the file to be mounted, and
 * asks Authentik to apply it. In discovery mode the Deployment goes first, for discovery applies a new file at once and a
 * pod without the variable would fail.
 */
export async function syncBlueprint(deps: Deps, job: Job): Promise<StepReport & { readonly asked: ApplyAsked }> {
  const { restarted, rollout } = await deployBlueprint(deps, job);
  await waitForMount(deps, job, rollout);
  const asked = await applyBlueprint(deps, job);
  const edited = editReport(job, 'syncBlueprint');
  return {
    ...edited,
    changed: [
      ...edited.changed,
      ...(restarted ? [`pods of Deployment ${deps.installation.authentik.deployment.name}`] : []),
      ...(job.repair === undefined || job.mode !== 'apply'
        ? []
        : [`blueprint ${job.names.blueprintPath}, applied anew`]),
    ],
    note: `${job.names.blueprintPath} is mounted, ${job.mode === 'apply' ? 'its apply asked for' : "left to Authentik's discovery"}`,
    asked,
  };
}

interface Deployed {
  /** Pods that are to read a variable before the blueprint that asks for it comes. */
  readonly restarted: boolean;
  /** As it ended last, where one was waited for. */
  readonly rollout: RolloutState | undefined;
}

async function deployBlueprint(deps: Deps, job: Job): Promise<Deployed> {
  const source = await ownSource(deps, job, 'syncBlueprint');
  await assertStillLive(deps, job, ['externalSecret']);
  await deployerOf(deps).assertUntouched(deps, job, BLUEPRINT);
  const brought = needsNewPods(job) && (await bringVariable(deps, job));
  // A pod does not start where a volume names a key that its ConfigMap has not.
  const oneByOne = editsAt(job.edits, 'blueprintItem').length === 0 ? BLUEPRINT.toReversed() : BLUEPRINT;
  const waves: readonly (readonly OurResource[])[] =
    source.landed || job.mode === 'apply' ? [BLUEPRINT] : oneByOne.map((resource) => [resource]);
  let rollout: RolloutState | undefined;
  for (const [index, wave] of waves.entries()) {
    const resources = wave.filter((resource) => editsResource(job, resource));
    if (resources.length === 0) continue;
    const purpose = `syncBlueprint-${index + 1}`;
    const missing = (): Promise<string | undefined> => notLive(deps, job, resources);
    await deployerOf(deps).deploy(deps, { job, purpose, targets: ownTargets(deps, resources), missing, ...source });
    rollout = await waitForRollout(deps, job);
  }
  if (mayBeginWithFormer(job) && (await bringVariable(deps, job))) return { restarted: true, rollout: undefined };
  if (brought || job.repair?.restart !== true) return { restarted: brought, rollout };
  return { restarted: true, rollout: await makeNewPods(deps, job, job.changeId) };
}
