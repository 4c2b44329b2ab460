import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { turnPlace } from '../../core/installation/turnPlace.ts';
import { deadRunOf } from '../waits/turn.ts';
import { checkNamespaces } from './consumers.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import type { Deps } from '../deps.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { checkSources } from '../state/manifest.ts';
import { draftOf, findAsked, type Asked } from './asked.ts';
import { assertReads, assertUndoes, checkFinds, checkSuperusers, checkUsedBy, mayDeleteAccounts } from './authentik.ts';
import { checkExternalSecretSpec } from './cluster.ts';
import { checkPolicy } from './policy.ts';
import { Problems } from './problems.ts';
import { assertPolicyHasFile } from '../branch/registrationFile.ts';
import { isRepair } from './repair.ts';
import { checkSecretMount } from './secretMount.ts';
import { assertServes } from './vault.ts';
import { EDIT_STEPS, planEdits, summarise, targetHead } from '../branch/runBranch.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { withHeartbeat } from '../kit/wait.ts';

/**
 * `land: last`: asks what preflight will refuse whenever the turn comes, so that people hear of it before they wait for it. What
 * another client's run may change meanwhile is left to preflight, which asks this again, too. Reads only. Refuses with every problem at once.
 */
export async function preflightBeforeTurn(systems: Deps, request: PreflightRequest): Promise<StepReport> {
  return withHeartbeat(async () => {
    const deps = askedOnce(systems);
    await deps.git.fetch();
    const problems = new Problems();
    const asked = await problems.collect(async () => findAsked(deps, await asTurnWillSay(deps, request)));
    // A rotation that ended half-way is taken back first, whatever else is wrong.
    if (problems.first?.kind === 'HalfRotated') return {};
    const readable = await problems.collect(() => checkPermissions(deps));
    for (const check of deployerOf(deps).checks) await problems.collect(() => check(deps));
    await problems.collect(() => checkExternalSecretSpec(deps));
    await problems.collect(() => checkSecretMount(deps));
    if (asked !== undefined) {
      await problems.collect(() => checkSources(deps, asked.standing.base));
      await problems.collect(async () => assertPolicyHasFile(deps, asked.registration, await targetHead(deps)));
      // Without the right to read, Authentik says that nothing is there.
      if (readable === true) await problems.collect(() => checkAsked(deps, request, asked, problems));
    }
    problems.throwIfAny();
    return {};
  });
}

/** With the turn comes the change id of a run of this client that died while it had it. */
async function asTurnWillSay(deps: Deps, request: PreflightRequest): Promise<PreflightRequest> {
  const lease = await deps.leases.read(turnPlace(deps.installation).name);
  return { ...request, changeId: deadRunOf(request.client, lease)?.changeId ?? request.changeId };
}

async function checkPermissions(deps: Deps): Promise<true> {
  const permissions = await deps.authentik.permissions(undefined);
  assertReads(permissions);
  assertUndoes(deps, permissions);
  return true;
}

async function checkAsked(deps: Deps, request: PreflightRequest, asked: Asked, problems: Problems): Promise<void> {
  const { item, names, standing } = asked;
  const { job, occupied, rendered } = await draftOf(deps, request.client, asked, problems);
  await checkSuperusers(deps, job, problems);
  await problems.collect(() => checkUsedBy(deps, mayDeleteAccounts(deps, job)));
  // A group may be one that another run is about to make.
  const finds = (rendered?.finds ?? []).filter(({ model }) => model !== 'group');
  await checkFinds(deps, finds, problems);
  await checkNamespaces(deps, job, problems);
  const edits = await problems.collect(() => editsOf(deps, job));
  if (standing.continued) return;
  if (!isRepair(request)) await problems.collect(async () => assertServes(item, names));
  if (edits !== undefined) await checkPolicy(deps, { ...job, edits }, occupied, request, problems);
}

/** Undefined where an entry is in the way that may be another client's, and may go with that one. */
async function editsOf(deps: Deps, job: Job): Promise<Job['edits'] | undefined> {
  try {
    const edits = await planEdits(deps, job, EDIT_STEPS, job.base);
    const known = await knownFacts(deps, job.client, await findRecord(deps, job.client, job.base));
    return summarise(withoutTakenUp(edits, known?.delivered.files));
  } catch (error) {
    if (error instanceof RegistrarError && error.kind === 'Collision') return undefined;
    throw error;
  }
}
