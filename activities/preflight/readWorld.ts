import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import type { KnownFacts } from '../../core/registration/record.ts';
import { type Job, mayBeginWithFormer, updatedBy } from '../../core/run/job.ts';
import { readValues } from '../authentik/valuesBefore.ts';
import { assertNoOtherDeadRun } from '../branch/deadRuns.ts';
import { knownClaims } from '../branch/fieldClaims.ts';
import { assertNoOtherInstallation } from '../branch/otherInstallations.ts';
import { planEdits, summarise } from '../branch/plans.ts';
import { EDIT_STEPS } from '../branch/runBranch.ts';
import type { Deps } from '../deps.ts';
import { askedOnce, atRest } from '../kit/askedOnce.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { consumerWarnings } from '../consumers/live.ts';
import { isUnscheduled } from '../state/unscheduled.ts';
import { findAsked } from './asked.ts';
import { checkReading } from './authentik.ts';
import { courseOf } from './change.ts';
import { readCluster } from './cluster.ts';
import { readDraft } from './readDraft.ts';
import { withEdits, withFormerConsumers } from './jobOf.ts';
import { leftOfFormer } from './leftOfFormer.ts';
import { leftOfSecretAt } from './leftOfSecret.ts';
import { assertSamePlace } from './ownItem.ts';
import { ask, toldOr } from './problems.ts';
import { olderIn, withRecord } from './record.ts';
import { isRegistered, isRepair, readDrift } from './repair.ts';
import { keyStood } from './variable.ts';
import { readWhole } from './wholeItem.ts';
import type { ExistingObjects, Draft, World } from './world.ts';

/**
 * Reads the world before a run: Git as of one fetch, and each system once. Throws at once what keeps the run from being
 * planned at all: `BadInput`, another client's run that ended half-way, and a token that may not read.
 */
export async function readWorld(systems: Deps, request: Draft['request']): Promise<World> {
  const moving = askedOnce(systems);
  await moving.git.fetch();
  await assertNoOtherInstallation(moving, request.client);
  const asked = await findAsked(moving, request);
  await assertNoOtherDeadRun(moving, request.client);
  await checkReading(moving);
  const { contents, registration, standing } = asked;
  const found = await findRecord(moving, request.client, standing.base);
  if (!standing.continued) assertSamePlace(asked.names, found, contents);
  const known = await knownFacts(moving, request.client, found);
  // A roll-out is waited for: what Authentik holds may change until its end.
  const deps = atRest(moving);
  const cluster = await readCluster(deps, asked.names);
  const draft = await readDraft(deps, request, asked);
  const { occupied, version } = draft;
  const { cluster: home } = deps.installation.authentik;
  const withFormer = withFormerConsumers(draft.job, home, standing.plan?.job, known);
  const edits = await ask(() => planEdits(deps, withFormer, EDIT_STEPS, standing.base));
  const planned = withEdits(withFormer, summarise(withoutTakenUp(toldOr(edits, []), known?.delivered.files)));
  const changed = await withKeyThatStood(deps, await withStateBefore(deps, planned, occupied, known), cluster);
  const left = [...(await leftOfFormer(deps, changed, known)), ...(await leftOfSecretAt(deps, changed))];
  const repairs = isRepair(request) && isRegistered(changed, occupied);
  const job = withRecord(changed, { found, known, contents, occupied, version, left, repair: repairs });
  return {
    ...draft,
    job,
    edits,
    left,
    cluster,
    claims: await knownClaims(deps, job, toldOr(edits, [])),
    whole: await readWhole(deps, job, toldOr(edits, [])),
    course: courseOf(job, occupied, repairs),
    drift: repairs ? await readDrift(deps, job, contents, occupied) : undefined,
    handlers: await consumerWarnings(deps, registration, standing.base),
    unscheduled: await isUnscheduled(deps, request.client, registration),
  };
}

/** The Secret is read only where a key that stood there means something. */
async function withKeyThatStood(deps: Deps, job: Job, { externalSecret }: World['cluster']): Promise<Job> {
  const withKey: Job = { ...job, keyStood: true };
  const secret = externalSecret === undefined ? undefined : toldOr(externalSecret, undefined);
  if (secret === undefined || !mayBeginWithFormer(withKey)) return job;
  return (await keyStood(deps, job, secret)) ? withKey : job;
}

/**
 * Of a client that is changed, what an undo puts back, and of every one that stands what was there before it: a change of its
 * consumers alone must not hide that. A dead run has recorded both before it changed anything.
 */
async function withStateBefore(
  deps: Deps,
  job: Job,
  { application, byName }: ExistingObjects,
  known: KnownFacts | undefined,
): Promise<Job> {
  if (job.continued || application === undefined || byName === undefined) return job;
  const values = updatedBy(job, 'configMap')
    ? { values: await readValues(deps, job, { application, provider: byName }) }
    : {};
  const older = known === undefined ? {} : { older: olderIn(known) };
  return { ...job, before: { ...job.before, ...values, ...older } };
}
