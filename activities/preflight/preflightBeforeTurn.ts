import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import { type RegistrarError, unlessRefused } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { planEdits, summarise } from '../branch/plans.ts';
import { EDIT_STEPS } from '../branch/runBranch.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { applicationOf } from '../deploy/application.ts';
import type { Deps } from '../deps.ts';
import { askedOnce, atRest } from '../kit/askedOnce.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { deadRunOf } from '../waits/turn.ts';
import { findAsked } from './asked.ts';
import { assertReads, assertUndoes } from './authentik.ts';
import { assertDelivers, readShared, toldOfSecret } from './cluster.ts';
import { readDraft } from './readDraft.ts';
import {
  clientIdIsRead,
  endsLater,
  hasSources,
  missingFinds,
  noSuperusers,
  policyHasFile,
  renders,
  tellsUse,
} from './judges.ts';
import { refusedByPolicy, stoodOf } from './policy.ts';
import { type Judge, type Told, Problems, ask, ofSecret, refusedOf, told, toldOr } from './problems.ts';
import { isRepair } from './repair.ts';
import { assertOwnPlace } from './ownItem.ts';
import { filledFromVault } from './secretStore.ts';
import { assertMounted } from './secretMount.ts';
import { assertServes } from './vault.ts';
import { assertTakesNothingWhole, readWhole } from './wholeItem.ts';
import type { Draft } from './world.ts';

/**
 * `land: last`: asks what preflight will refuse whenever the turn comes, so that people hear of it before they wait for it. What
 * another client's run may change meanwhile is left to preflight, which asks this again, too. Reads only. Refuses with every problem at once.
 */
export async function preflightBeforeTurn(systems: Deps, request: PreflightRequest): Promise<StepReport> {
  const deps = atRest(askedOnce(systems));
  await deps.git.fetch();
  const problems = new Problems();
  const asked = await problems.collect(async () => findAsked(deps, await asTurnWillSay(deps, request)));
  // A rotation that ended half-way is taken back first, whatever else is wrong.
  if (problems.found[0]?.kind === 'HalfRotated') return {};
  const readable = await problems.collect(() => checkPermissions(deps));
  const shared = await readShared(deps, asked?.names);
  await problems.judge({ names: asked?.names }, [
    ...deployerOf(deps).checks.map((check) => () => check(deps)),
    ofSecret(() => assertDelivers(deps, toldOfSecret(shared))),
    ofSecret(() => assertMounted(deps, shared)),
  ]);
  if (asked !== undefined) {
    await problems.judge({ ...asked, deps }, [
      ofSecret(({ names }) => filledFromVault(deps, names, toldOfSecret(shared))),
      hasSources,
      policyHasFile,
    ]);
    // Without the right to read, Authentik says that nothing is there.
    const draft = readable === true ? await problems.collect(() => readDraft(deps, request, asked)) : undefined;
    if (draft !== undefined) await problems.judge({ ...draft, edits: await ask(() => editsOf(draft)) }, JUDGES);
  }
  problems.throwIfAny();
  return {};
}

interface BeforeTurn extends Draft {
  /** Undefined where an entry is in the way that may be another client's, and may go with that one. */
  readonly edits: Told<Job['edits'] | undefined>;
}

const JUDGES: readonly Judge<BeforeTurn>[] = [
  renders,
  clientIdIsRead,
  noSuperusers,
  endsLater,
  tellsUse,
  async ({ deps, job }) => assertTakesNothingWhole(await readWhole(deps, job, []), job),
  // A group may be one that another run is about to make.
  (draft) => missingFinds(draft, ({ model }) => model !== 'group'),
  ({ deps, job }) =>
    refusedOf(
      liveConsumersOf(deps, job).flatMap((consumer) => consumer.looksBeforeTurn()),
      (look) => look(),
    ),
  ({ edits }) => void told(edits),
  ({ standing, request, contents, names }) =>
    standing.continued || isRepair(request) ? undefined : assertServes(contents, names),
  ({ deps, names, contents, standing }) => (standing.continued ? undefined : assertOwnPlace(deps, names, contents)),
  isAllowed,
];

/** With the turn comes the change id of a run of this client that died while it had it. */
async function asTurnWillSay(deps: Deps, request: PreflightRequest): Promise<PreflightRequest> {
  const lease = await deps.leases.read(applicationOf(deps).application);
  return { ...request, changeId: (await deadRunOf(deps, request.client, lease))?.changeId ?? request.changeId };
}

async function checkPermissions(deps: Deps): Promise<true> {
  const permissions = await deps.authentik.permissions(undefined);
  assertReads(permissions);
  assertUndoes(deps, permissions);
  return true;
}

function isAllowed(draft: BeforeTurn): readonly RegistrarError[] {
  const edits = toldOr(draft.edits, undefined);
  if (draft.standing.continued || edits === undefined) return [];
  const job = { ...draft.job, edits };
  return refusedByPolicy(draft.deps, { ...job, stood: stoodOf({ ...draft, job }) });
}

async function editsOf({ deps, job }: Draft): Promise<Job['edits'] | undefined> {
  return unlessRefused(async () => {
    const edits = await planEdits(deps, job, EDIT_STEPS, job.base);
    const known = await knownFacts(deps, job.client, await findRecord(deps, job.client, job.base));
    return summarise(withoutTakenUp(edits, known?.delivered.files));
  }, 'Collision');
}
