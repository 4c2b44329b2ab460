import { compareState } from '../../core/authentik/wantedState.ts';
import { withoutTakenUp } from '../../core/changes/extraFiles.ts';
import type { PlannedEdit } from '../../core/changes/plannedEdit.ts';
import { keptWarnings, unaskedChanges, unaskedOfSection } from '../../core/changes/unaskedChanges.ts';
import { formerConsumers, noLongerNamed } from '../../core/consumers/consumersOf.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import { remainingFor, warningsFor } from '../../core/plan/remaining.ts';
import type { FieldClaims } from '../../core/policy/fieldOwner.ts';
import type { KnownFacts } from '../../core/registration/record.ts';
import { type Job, type Plan, updatedBy } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { type PreflightRequest, canonicalWorkflowId } from '../../core/run/requests.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { readValues } from '../authentik/valuesBefore.ts';
import { type ResumePoint, assertNoOtherDeadRun } from '../branch/deadRuns.ts';
import { knownClaims, undeclaredWarnings } from '../branch/fieldClaims.ts';
import { assertPolicyHasFile } from '../branch/registrationFile.ts';
import { EDIT_STEPS, planEdits, summarise, targetHead } from '../branch/runBranch.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { withLive } from '../deploy/withLive.ts';
import type { Deps } from '../deps.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { readFound } from '../state/authentikState.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { checkSources, sectionAt } from '../state/manifest.ts';
import { handlerWarnings } from './ansible.ts';
import { type Asked, draftOf, findAsked } from './asked.ts';
import {
  type ExistingObjects,
  checkCollisions,
  checkFinds,
  checkReading,
  checkSuperusers,
  checkToken,
  checkUsedBy,
  mayDeleteAccounts,
} from './authentik.ts';
import { checkAccounts, checkChange, isChange } from './change.ts';
import { checkDeployment, checkExternalSecret, checkRoom } from './cluster.ts';
import { checkConsumerPlaces } from './consumers.ts';
import { isAsAsked } from './isAsAsked.ts';
import { leftOfFormer } from './leftOfFormer.ts';
import { checkPolicy } from './policy.ts';
import { Problems } from './problems.ts';
import { olderIn, withRecord } from './record.ts';
import { isRegistered, isRepair, planRepair } from './repair.ts';
import { checkSecretMount } from './secretMount.ts';
import { checkVaultField } from './vault.ts';

/**
 * Reads everything on all systems and changes nothing. Returns the job, resolved and with the state before, or refuses with
 * every problem at once.
 */
export async function preflight(
  deps: Deps,
  request: PreflightRequest & { readonly plans?: boolean },
): Promise<Plan & StepReport> {
  return withHeartbeat(async () => {
    const once = askedOnce(deps);
    await once.git.fetch();
    const asked = await findAsked(once, request);
    await assertNoOtherDeadRun(once, request.client);
    return plan(once, request, asked);
  });
}

async function plan(
  deps: Deps,
  request: PreflightRequest & { readonly plans?: boolean },
  asked: Asked,
): Promise<Plan & StepReport> {
  const problems = new Problems();
  const { item, standing, newest, dead, registration } = asked;
  await checkReading(deps);
  const { occupied, rendered, version, job: resolved } = await draftOf(deps, request.client, asked, problems);
  const { blueprint } = resolved;
  const token = await problems.collect(() => checkToken(deps, occupied));
  await problems.collect(async () => assertPolicyHasFile(deps, registration, await targetHead(deps)));
  await checkSuperusers(deps, resolved, problems);
  const draft: Job = { ...resolved, mode: token?.mode ?? 'discovery' };
  const found = await findRecord(deps, request.client, standing.base);
  const known = await knownFacts(deps, request.client, found);
  const withFormer = withFormerConsumers(deps, draft, standing.plan?.job, known);
  const edits = (await problems.collect(() => planEdits(deps, withFormer, EDIT_STEPS, standing.base))) ?? [];
  const going = onlyFormerThatGo(withFormer, summarise(withoutTakenUp(edits, known?.delivered.files)));
  const changed = await withValues(deps, going, occupied, known);
  const left = problems.none ? await leftOfFormer(deps, changed, known) : [];
  const repaired = isRepair(request) && isRegistered(changed, occupied);
  const planned = withRecord(changed, { found, known, item, occupied, version, left, repair: repaired });
  await problems.collect(() => checkUsedBy(deps, mayDeleteAccounts(deps, planned)));
  const deployer = deployerOf(deps);
  for (const check of [...deployer.checks, ...deployer.checksOfNow]) await problems.collect(() => check(deps));
  await problems.collect(() => checkExternalSecret(deps));
  await problems.collect(() => checkSecretMount(deps));
  await problems.collect(() => checkSources(deps, standing.base));
  await problems.collect(() => checkDeployment(deps, standing.continued));
  const room = (await problems.collect(() => checkRoom(deps, blueprint.text))) ?? [];
  await checkConsumerPlaces(deps, planned, problems, { repair: isRepair(request) });
  const handlers = await handlerWarnings(deps, registration, standing.base);
  await checkFinds(deps, rendered?.finds ?? [], problems);
  const claims = await knownClaims(deps, planned, edits);
  const repair = repaired ? await planRepair(deps, planned, occupied, { item, claims }, problems) : undefined;
  // A registration may have changed beside the drift: it takes over nobody's account either.
  if (repaired) checkAccounts(planned, occupied, problems);
  if (!standing.continued && !repaired) await checkFresh(deps, planned, occupied, item, claims, problems);
  // A dead run was judged when it began; whether it is finished or taken back is no policy's business.
  const stood = standing.continued
    ? standing.plan?.job.stood
    : await checkPolicy(deps, planned, occupied, request, problems);
  const whole: Job = {
    ...planned,
    ...(stood === undefined ? {} : { stood }),
    ...(repair === undefined ? {} : { repair }),
  };
  const job = await withLive(deps, whole, standing);
  const drift =
    standing.continued || !problems.none ? [] : ((await problems.collect(() => deployer.checkLive(deps, job))) ?? []);
  problems.throwIfAny();
  const unchanged = !standing.continued && repair === undefined && (await isAsAsked(deps, job, occupied));
  return {
    job,
    unchanged,
    warnings: [
      ...(rendered?.warnings ?? []),
      ...(token?.warnings ?? []),
      ...drift,
      ...room,
      ...handlers,
      ...warningsFor(job, deps.installation),
      ...keptWarnings(job.wanted),
      ...undeclaredWarnings(job, claims),
      ...(await unasked(deps, job)),
      ...(repair?.reasons ?? []).map((reason) => `repairs: ${reason}`),
      ...left,
      ...continuedWarning(standing, dead !== undefined && !sameData(dead.registration, newest)),
    ],
    remaining: unchanged
      ? []
      : [...remainingFor(job, deps.installation), ...left.map((line) => `take out by hand: ${line}`)],
    note: unchanged ? 'everything is as asked' : (repair?.reasons.join('; ') ?? summary(job.edits)),
  };
}

/** What people have of a client that is changed, and the change takes without a word of the registration. */
async function unasked(deps: Deps, job: Job): Promise<readonly string[]> {
  if (job.continued || !updatedBy(job, 'configMap')) return [];
  const registered = await deps.runs.registeredAs(canonicalWorkflowId(job.client));
  const section = await sectionAt(deps, job.base, job.names.blueprintKey);
  return [
    ...unaskedChanges(job.wanted, await readFound(deps, job), job.registration, registered),
    ...(section === undefined ? [] : unaskedOfSection(section, job.blueprint.text)),
  ];
}

/** A client that was registered with other consumers leaves their entries behind, if they are not taken out with this change. */
function withFormerConsumers(
  {
    installation: {
      authentik: { cluster },
    },
  }: Deps,
  job: Job,
  dead: Job | undefined,
  known: KnownFacts | undefined,
): Job {
  if (dead !== undefined) return { ...job, ...formerOf(dead) };
  if (known === undefined) return job;
  return { ...job, ...noLongerNamed(known.delivered.consumers, job.registration, cluster) };
}

function formerOf({ former, formerSecrets }: Job): Pick<Job, 'former' | 'formerSecrets'> {
  return {
    ...(former === undefined ? {} : { former }),
    ...(formerSecrets === undefined ? {} : { formerSecrets }),
  };
}

/**
 * Entries of former consumers that are gone, or that people have made theirs, are none of the plan's. Whose they were, a record
 * only claims: a role's files go where its playbook reads this client's field for them, a line of a kustomization goes with
 * an ExternalSecret that does, and neither goes anywhere else.
 */
function onlyFormerThatGo(job: Job, edits: readonly PlannedEdit[]): Job {
  const entries = new Set(
    formerConsumers(job)
      .filter(({ written, entry }) => updatedBy({ edits }, entry(written.readsField)))
      .flatMap(({ written, entry }) => written.entries.map((name) => entry(name))),
  );
  const going = edits.filter(
    ({ entry, kind }) => !entry.startsWith('former ') || (kind === 'updated' && entries.has(entry)),
  );
  const { former: _former, formerSecrets: _secrets, ...rest } = job;
  const any = going.some(({ entry }) => entry.startsWith('former '));
  return { ...rest, ...(any ? formerOf(job) : {}), edits: going };
}

/**
 * Of a client that is changed, what an undo puts back, and of every one that stands what was there before it: a change of its
 * consumers alone must not hide that. A dead run has recorded both before it changed anything.
 */
async function withValues(
  deps: Deps,
  job: Job,
  { application, byName }: ExistingObjects,
  known: KnownFacts | undefined,
): Promise<Job> {
  if (job.continued || application === undefined || byName === undefined) return job;
  const values = updatedBy(job, 'configMap')
    ? await readValues(deps, job, { application, provider: byName })
    : undefined;
  const older = known === undefined ? undefined : olderIn(known);
  return {
    ...job,
    before: {
      ...job.before,
      ...(values === undefined ? {} : { values }),
      ...(older === undefined ? {} : { older }),
    },
  };
}

/** A new change: nothing of the client may be there, unless all of it is, made by hand in our words. */
async function checkFresh(
  deps: Deps,
  job: Job,
  occupied: ExistingObjects,
  item: VaultContents,
  claims: FieldClaims,
  problems: Problems,
): Promise<void> {
  const all = job.edits.length > 0 && job.edits.every((edit) => edit.kind === 'alreadyThere');
  const exists = occupied.byName !== undefined && occupied.application !== undefined;
  const changes = !all && isChange(job, occupied);
  const isNew = !changes && (!all || !exists);
  if (isNew) await checkCollisions(deps, job, occupied, problems);
  await problems.collect(() => checkVaultField(deps, item, job, claims, occupied.byName));
  if (changes) await checkChange(deps, job, occupied, problems);
  if (isNew || (changes && updatedBy(job, 'configMap'))) return;
  const differences = compareState(job.wanted, await readFound(deps, job));
  if (differences.length === 0) return;
  problems.add({
    system: 'Authentik',
    kind: 'Refused',
    message: `client ${job.client} is registered, but Authentik does not hold what is asked: ${differences.join('; ')}`,
    remedy: `Start again as a repair ({"client":"${job.client}","repair":true}), or undo what was changed in the admin interface.`,
  });
}

function continuedWarning(standing: ResumePoint, otherAsked: boolean): readonly string[] {
  if (!standing.continued) return [];
  const how = standing.plan === undefined ? '; its history is gone, so an undo deletes nothing in Authentik' : '';
  return [
    `continues change ${standing.changeId} of a run that ended half-way${how}`,
    ...(otherAsked
      ? ['the registration has changed since that run: it is finished as it was then; run again for the new one']
      : []),
  ];
}

function summary(edits: readonly PlannedEdit[]): string {
  const todo = edits.filter((edit) => edit.kind !== 'alreadyThere').length;
  return `${todo} of ${edits.length} files to edit`;
}
