import { deliveryOf } from '../../core/kubernetes/delivery.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Leftover } from '../../core/run/reports.ts';
import { bySection } from '../../core/run/sectionOfJob.ts';
import type { BlueprintInstance } from '../../integrations/authentik/authentik.ts';
import type { RotationJob } from '../../core/run/rotation.ts';
import type { Secret } from '../../core/base/secret.ts';
import { oneInstance } from '../state/authentikState.ts';
import { isApplied } from '../authentik/putBack.ts';
import type { Deps } from '../deps.ts';
import { anyApplyOpen } from '../waits/applyTask.ts';
import { appliedAsWanted } from '../authentik/appliedAsWanted.ts';
import { askApply } from '../waits/blueprint.ts';
import { waitUntil } from '../kit/wait.ts';
import { notAccepted, whatIsWrong } from './testSecret.ts';

export interface Values {
  readonly inService: Secret;
  readonly taken: Secret;
}

/**
 * Has Authentik take the value up. Where it holds it already, and only the status tells of an apply that failed, another apply
 * tidies that up; where Authentik says that it fails, or refuses it, the status is listed.
 */
export async function takenUp(
  deps: Deps,
  job: RotationJob,
  { inService, taken }: Values,
): Promise<readonly Leftover[]> {
  await lastApplyEnded(deps, job);
  const right = (await whatIsWrong(deps, job, inService, taken)) === undefined;
  if (right && (await isApplied(deps, job))) return [];
  try {
    await appliedAsWanted(deps, job, await askApply(deps, job));
  } catch (error) {
    if (!right || !(error instanceof RegistrarError) || error.mayPass) throw error;
    return [staleStatus(job)];
  }
  const wrong = await whatIsWrong(deps, job, inService, taken);
  if (wrong !== undefined) throw notAccepted(job, wrong);
  return [];
}

/** Secrets by files: an apply that is still to run may find the file from before, and put the new value to use after all. */
async function lastApplyEnded(deps: Deps, job: RotationJob): Promise<void> {
  if (deliveryOf(job.names).frozen) return;
  for (const part of bySection(job)) {
    const instance = await oneInstance(deps, part.names.blueprintPath);
    if (instance !== undefined) await applyEnded(deps, instance);
  }
}

async function applyEnded(deps: Deps, instance: BlueprintInstance): Promise<void> {
  await waitUntil('Authentik', "See that Authentik's worker runs.", deps.installation.timings.pollMs, async () =>
    (await anyApplyOpen(deps, instance.pk))
      ? { waiting: 'an apply of the blueprint has not ended' }
      : { done: undefined },
  );
}

function staleStatus({ names }: RotationJob): Leftover {
  return {
    what: `the status of blueprint ${names.blueprintPath}`,
    why: 'Authentik holds the previous secret, but an apply of the same text fails.',
    remedy: "Look at the blueprint in Authentik's admin interface and apply it there once its cause is mended.",
  };
}
