import { writtenConsumers } from '../../core/consumers/consumersOf.ts';
import { directionOf } from '../../core/run/direction.ts';
import type { EditStep } from '../../core/changes/fileEdit.ts';
import { type Job, updatedBy } from '../../core/run/job.ts';
import type { Deps } from '../deps.ts';
import { planEdits } from './plans.ts';
import { CHANGE_TRAILER, EDIT_STEPS, readRunBranch, refuseForeign, REMOVE_STEP, STEP_TRAILER } from './runBranch.ts';

/** Commits the edits of these steps as one commit on top of `parent`, under the name of one; nothing is pushed. */
export async function commitEdits(
  deps: Deps,
  job: Job,
  steps: readonly EditStep[],
  parent: string,
  stepName: string,
): Promise<string> {
  const plans = await planEdits(deps, job, steps, parent);
  const changes = plans
    .filter((plan) => plan.kind !== 'alreadyThere')
    .map((plan) => ({ path: plan.path, text: plan.after }));
  if (changes.length === 0) return parent;
  return deps.git.commit({
    parent,
    changes,
    subject: subjectOf(job, stepName),
    trailers: { [CHANGE_TRAILER]: job.changeId, [STEP_TRAILER]: directionOf(job).brings ? stepName : REMOVE_STEP },
  });
}

function subjectOf(job: Job, step: string): string {
  const { brings, verb } = directionOf(job);
  if (!brings) return `${verb} OIDC client ${job.client}`;
  const [ofConsumers] = writtenConsumers(job.registration).flatMap(
    ({ written }) => written.subject?.(job.client) ?? [],
  );
  const what: Record<string, string> = {
    patchExternalSecret: `Deliver the client secret of ${job.client} to Authentik`,
    syncBlueprint: `${updatedBy(job, 'configMap') ? 'Change' : 'Add'} the blueprint of ${job.client}`,
    renderAnsibleFiles: ofConsumers ?? `Add the files that go with ${job.client}`,
    deliverToConsumers: `Deliver the client secret of ${job.client} to its consumers`,
    landChange: `${updatedBy(job, 'configMap') ? 'Change' : 'Register'} OIDC client ${job.client}`,
  };
  return what[step] ?? `Register OIDC client ${job.client}: ${step}`;
}

/** Commits the edits up to and with those of a step, each step's by itself; a removal is one commit. Nothing is pushed. */
export async function commitSteps(deps: Deps, job: Job, parent: string, upTo: EditStep = 'deliverToConsumers') {
  if (!directionOf(job).brings) return commitEdits(deps, job, EDIT_STEPS, parent, REMOVE_STEP);
  let commit = parent;
  for (const step of EDIT_STEPS.slice(0, EDIT_STEPS.indexOf(upTo) + 1)) {
    commit = await commitEdits(deps, job, [step], commit, step);
  }
  return commit;
}

/**
 * Sees that the run's branch stands on the base and holds the edits of this step and of those before it, whatever an earlier
 * attempt, or a person, has done to it. Returns the commit to deploy.
 */
export async function ensureEdits(deps: Deps, job: Job, step: EditStep): Promise<string> {
  const branch = await readRunBranch(deps, job);
  refuseForeign(job, branch);
  const stands = branch.head !== undefined && (await deps.git.isAncestor(job.base, branch.head));
  const commit = await commitSteps(deps, job, stands ? (branch.head ?? job.base) : job.base, step);
  if (commit !== job.base && commit !== branch.head) {
    await deps.git.push({ commit, branch: job.branch, expected: branch.head ?? null });
  }
  return commit;
}
