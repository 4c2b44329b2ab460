import { renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { kindOf } from '../../core/consumers/consumersOf.ts';
import { retiredLabel, type RemovalSpec } from '../../core/run/removal.ts';
import type { DeregisterInput, RemovalRequest } from '../../core/run/deregistration.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { FieldClaims } from '../../core/policy/fieldOwner.ts';
import { madeLabel } from '../../core/run/madeObjects.ts';
import { resolveNames } from '../../core/names/names.ts';
import { rotatedLabel } from '../../core/names/labels.ts';
import { type Job, type Plan, changedBy } from '../../core/run/job.ts';
import type { StepReport } from '../../core/run/reports.ts';
import { compareState, wantedState } from '../../core/authentik/wantedState.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { readFound } from '../state/authentikState.ts';
import { consumerDeployerOf } from '../deploy/consumers/deployers.ts';
import { liveSpec, placesOf } from '../deploy/consumers/place.ts';
import { assertNotLeft, assertOurs } from '../deploy/consumers/shared.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { blueprintAt, engineModeAt, engineModeIn } from '../state/blueprintOf.ts';
import type { Deps } from '../deps.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { knownClaims } from '../branch/fieldClaims.ts';
import { hasOurEntry } from '../state/ourResources.ts';
import { sectionAt } from '../state/manifest.ts';
import {
  checkReading,
  checkToken,
  checkUsedBy,
  readOccupied,
  stateBefore,
  type ExistingObjects,
} from '../preflight/authentik.ts';
import { checkDeployment, checkExternalSecret } from '../preflight/cluster.ts';
import { assertUnclaimed } from '../state/unclaimed.ts';
import { assertNoDeadRotation, assertNoOtherDeadRun } from '../branch/deadRuns.ts';
import { pendingFields } from '../state/pendingFields.ts';
import { changeOf } from '../branch/changeOf.ts';
import { withLive } from '../deploy/withLive.ts';
import { checkInline } from '../preflight/policy.ts';
import { olderIn } from '../preflight/record.ts';
import { Problems } from '../preflight/problems.ts';
import { applicationCandidate, providerCandidate, usersOf } from '../authentik/removeFromAuthentik.ts';
import { EDIT_STEPS, planEdits, summarise } from '../branch/runBranch.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { planAccounts, type AccountsPlan } from './accounts.ts';
import { ownFields, purgedFields } from './ownFields.ts';
import { findReferences } from '../branch/references.ts';
import { registrationOf, type FoundRegistration } from './registrationOf.ts';
import { lostForGood, remainingAfter } from './remaining.ts';
import { sharedGroups } from '../authentik/sharedGroups.ts';
import { findRemovalStanding, type RemovalStanding } from '../branch/deadRemovals.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';

/**
 * Reads everything and changes nothing. Returns the job that takes the registration out, with what stays and what is lost
 * for good, or refuses with every problem at once: a consumer that still refers to the client, an entry that somebody has
 * changed, an application that others use.
 */
export async function planRemoval(systems: Deps, request: RemovalRequest): Promise<Plan & StepReport> {
  refuseOtherDeployers(systems);
  return withHeartbeat(async () => {
    const deps = askedOnce(systems);
    await deps.git.fetch();
    const standing = await findRemovalStanding(deps, request.client, request.changeId);
    await assertNoOtherDeadRun(deps, request.client);
    const found = await foundBy(deps, request, standing);
    const item = await deps.vault.read();
    const names = resolveNames(found.registration, deps.installation);
    const asked = { client: request.client, registration: found.registration, names, base: standing.base };
    if (fieldOf(item, names.vaultField) !== undefined)
      await assertNoDeadRotation(deps, asked, item, { dropsPending: true });
    return plan(deps, request, standing, found, item);
  });
}

/** What a dead run began with is finished, whatever the file says now. */
async function foundBy(deps: Deps, { input, client }: RemovalRequest, standing: RemovalStanding) {
  const dead = standing.plan?.job;
  if (dead === undefined) return registrationOf(deps, input, client, standing.base);
  return { registration: dead.registration, file: dead.removal?.file, otherFile: undefined };
}

async function plan(
  deps: Deps,
  request: RemovalRequest,
  standing: RemovalStanding,
  found: FoundRegistration,
  item: VaultContents,
): Promise<Plan & StepReport> {
  const problems = new Problems();
  const { registration } = found;
  const names = standing.plan?.job.names ?? resolveNames(registration, deps.installation);
  const before = standing.plan?.job.wanted;
  const engineMode = before === undefined ? await engineModeAt(deps, standing.base, names) : engineModeIn(before);
  const asked = { names, registration, wanted: wantedState(registration, deps.installation, names, engineMode) };
  const authentikVersion = await deps.authentik.version();
  const rendered = await problems.collect(async () =>
    renderBlueprint({ registration, installation: deps.installation, names, authentikVersion, engineMode }),
  );
  await checkReading(deps);
  const occupied = await readOccupied(deps, asked);
  const token = await problems.collect(() => checkToken(deps, occupied));
  await problems.collect(() => checkUsedBy(deps, registration.spec.groups.length > 0));
  const draft: Job = {
    ...asked,
    ...changeOf(deps, request.client, standing),
    blueprint:
      standing.plan?.job.blueprint ??
      (await blueprintAt(deps, standing.base, { ...asked, rendered: rendered?.text ?? '', grantsKnown: true })),
    mode: token?.mode ?? 'discovery',
    edits: [],
    before: standing.plan?.job.before ?? stateBefore(occupied, fieldOf(item, names.vaultField) !== undefined),
    removal: await specOf(deps, request, standing, found, occupied, names.vaultField),
  };
  if (!standing.continued && !(await standsAsAsked(deps, draft)))
    await checkInline(deps, request.input, draft, problems);
  const changes = (await problems.collect(() => planEdits(deps, draft, EDIT_STEPS, standing.base))) ?? [];
  const job = await withLive(deps, { ...draft, edits: summarise(changes) }, standing);
  const accounts = await planAccounts(deps, job);
  const unchanged = problems.none && !standing.continued && (await isGone(deps, job, item, accounts));
  if (unchanged) return { job, unchanged, warnings: fileAlone(job), remaining: [], note: 'nothing of it is there' };
  const doneByHand = flag(request.input, 'doneByHand');
  const warnings = await checks(deps, job, { standing, changes, occupied, problems, doneByHand, item });
  problems.throwIfAny();
  return {
    job,
    unchanged,
    warnings: [
      ...(token?.warnings ?? []),
      ...warnings,
      ...(standing.continued ? [`continues change ${standing.changeId} of a run that ended half-way`] : []),
      ...accounts.kept.map(({ what, why }) => `${what} stays: ${why}`),
      ...lostForGood(deps, job, accounts, item),
    ],
    remaining: remainingAfter(job, found.otherFile, item),
    note: `${job.edits.filter((edit) => edit.kind !== 'alreadyThere').length} entries to take out`,
  };
}

/** The client's section in Git is that of the registration, whoever brings it: that much may always be taken out. */
async function standsAsAsked(deps: Deps, { base, names, blueprint }: Job): Promise<boolean> {
  return (await sectionAt(deps, base, names.blueprintKey)) === blueprint.text;
}

async function specOf(
  deps: Deps,
  { input, client }: RemovalRequest,
  standing: RemovalStanding,
  { registration, file }: FoundRegistration,
  occupied: ExistingObjects,
  vaultField: string,
): Promise<RemovalSpec> {
  const dead = standing.plan?.job.removal;
  const known = await knownFacts(deps, client, await findRecord(deps, client, standing.base));
  const older = dead?.older ?? (known === undefined ? NOTHING_OLDER : olderIn(known));
  const date = new Date().toISOString().slice(0, 10);
  return {
    purge: flag(input, 'purge') || dead?.purge === true,
    force: flag(input, 'force') || dead?.force === true,
    retiredLabel: dead?.retiredLabel ?? retiredLabel(vaultField, date, standing.changeId),
    ...(file === undefined ? {} : { file }),
    ours: dead?.ours ?? oursOf(occupied, registration.spec.clientId ?? client),
    older,
    sharedGroups: await sharedGroups(deps, registration, client, standing.base),
    committed: standing.committed,
  };
}

function flag(input: DeregisterInput, name: 'purge' | 'force' | 'doneByHand'): boolean {
  return !('kind' in input) && input[name] === true;
}

/** Objects of our names that belong to another client are not touched. */
function oursOf({ application, byName }: ExistingObjects, clientId: string): RemovalSpec['ours'] {
  const provider = byName === undefined || byName.clientId === clientId;
  const linked = application?.provider ?? undefined;
  return { provider, application: linked === undefined || (provider && linked === byName?.pk), instance: true };
}

const NOTHING_OLDER: RemovalSpec['older'] = { groups: [], users: [], vaultField: false };

/** That an entry is out of the cluster, or back in it, is proven only where Argo CD deploys. */
function refuseOtherDeployers({ installation }: Deps): void {
  const { deployBy } = installation.authentik;
  if (deployBy === 'argocd') return;
  throw new RegistrarError({
    system: 'registrar.yaml',
    kind: 'Refused',
    message: `authentik.deployBy is ${deployBy}: a client is deregistered only where Argo CD deploys`,
    remedy: 'Take the client out by hand as docs/how-to/deregister.md says, or set authentik.deployBy: argocd.',
  });
}

/** The file stays: it asks for a client that somebody may be about to register. */
function fileAlone({ client, removal }: Job): readonly string[] {
  return removal?.file === undefined
    ? []
    : [`${removal.file} stays, and nothing else of ${client} is there: delete it unless ${client} is to be registered`];
}

/** Whether there is nothing left to take out. A registration file alone is no registration: nobody may have run it yet. */
async function isGone(deps: Deps, job: Job, item: VaultContents, accounts: AccountsPlan): Promise<boolean> {
  const { names, removal } = job;
  if (job.edits.some(({ kind, path }) => kind !== 'alreadyThere' && path !== removal?.file)) return false;
  for (const resource of ['externalSecret', 'deployment', 'configMap'] as const) {
    if (await hasOurEntry(deps, job, resource)) return false;
  }
  for (const place of placesOf(deps, job)) if ((await liveSpec(deps, place)) !== undefined) return false;
  if (deps.installation.authentik.undo === 'delete') {
    const { application, provider } = removal?.ours ?? { application: true, provider: true };
    if (job.before.instance || accounts.remove.length > 0) return false;
    if ((application && job.before.application) || (provider && job.before.provider)) return false;
  }
  const leftDate =
    fieldOf(item, names.vaultField) === undefined && fieldOf(item, rotatedLabel(names.vaultField)) !== undefined;
  if (leftDate || ownFields(item, job).inService !== undefined) return false;
  if (pendingFields(item, names.vaultField).length > 0) return false;
  return purgedFields(item, job).length === 0;
}

interface ToCheck {
  readonly standing: RemovalStanding;
  readonly changes: readonly PlannedChange[];
  readonly occupied: ExistingObjects;
  readonly problems: Problems;
  readonly item: VaultContents;
  /** A person says that what only people configure no longer names the client. */
  readonly doneByHand: boolean;
}

/** What must be right before anything is taken out; past the point of no return nothing holds the run up. */
async function checks(deps: Deps, job: Job, { standing, changes, occupied, problems, doneByHand, item }: ToCheck) {
  if (standing.committed) return [];
  const forced: string[] = [];
  if (!standing.continued) {
    if (fieldOf(item, job.names.vaultField) !== undefined)
      await problems.collect(async () => assertUnclaimed(item, job.names, await removalClaims(deps, job)));
    await checkConsumers(deps, job, changes, problems, forced);
    if (!doneByHand) checkByHand(deps, job, problems, forced);
    await checkAuthentik(deps, job, occupied, problems, forced);
  }
  const deployer = deployerOf(deps);
  for (const check of [...deployer.checks, ...deployer.checksOfNow]) await problems.collect(() => check(deps));
  await problems.collect(() => checkExternalSecret(deps));
  if (!standing.continued) await checkConsumersAway(deps, job, problems);
  await problems.collect(() => checkDeployment(deps, standing.continued));
  const drift =
    standing.continued || !problems.none ? [] : ((await problems.collect(() => deployer.checkLive(deps, job))) ?? []);
  return [...forced, ...drift];
}

/** Only a purge takes anything from a registration that names the field and whose client does not read it. */
async function removalClaims(deps: Deps, job: Job): Promise<FieldClaims> {
  const claims = await knownClaims(deps, job, []);
  return job.removal?.purge === true ? claims : { ...claims, registrations: [] };
}

/** A service that still names its issuer or credentials may not start any more, or lock everyone out. */
async function checkConsumers(
  deps: Deps,
  job: Job,
  changes: readonly PlannedChange[],
  problems: Problems,
  forced: string[],
): Promise<void> {
  const references = await findReferences(deps, job, changes);
  if (references.length === 0) return;
  const message = `the repository still refers to client ${job.client}: ${references.map(({ path, line, means }) => `${path}:${line} ${means}`).join('; ')}`;
  if (job.removal?.force === true) {
    forced.push(`forced: ${message}`);
    return;
  }
  problems.add({
    system: 'Git',
    kind: 'Refused',
    message,
    remedy:
      'Take these out of the consumer, apply that (run its playbook), then start again; or start with force: true.',
  });
}

/** Of what only people configure the job cannot know whether it still signs in through the client: a person says so. */
function checkByHand(deps: Deps, job: Job, problems: Problems, forced: string[]): void {
  const client = { names: job.names, installation: deps.installation };
  for (const consumer of job.registration.spec.consumers) {
    const kind = kindOf(consumer);
    const steps = kind.removedByHand?.(consumer, client);
    if (steps === undefined) continue;
    const { name } = kind.target(consumer, client);
    const message = `whether ${name} still uses client ${job.client} only a person can tell`;
    if (job.removal?.force === true) {
      forced.push(`forced: ${message}`);
      continue;
    }
    const remedy = `Do this first: ${steps}. Then start with {"client":"${job.client}","doneByHand":true}; or go past it with force: true.`;
    problems.add({ system: 'registration file', kind: 'Refused', message, remedy });
  }
}

/** The ExternalSecrets of consumers go first; one that cannot be taken away would hold the vault's field for ever. */
async function checkConsumersAway(deps: Deps, job: Job, problems: Problems): Promise<void> {
  for (const place of placesOf(deps, job)) {
    await problems.collect(() => consumerDeployerOf(deps).check(deps, job, place));
    await problems.collect(() => assertOurs(deps, place));
    if (!changedBy(job, place.entry)) await problems.collect(() => assertNotLeft(deps, place));
  }
}

/** What others have come to use, or have put there by hand, could not be made again by an undo. */
async function checkAuthentik(
  deps: Deps,
  job: Job,
  { application, byName }: ExistingObjects,
  problems: Problems,
  forced: string[],
): Promise<void> {
  const { ours, force } = job.removal ?? { ours: { application: true, provider: true }, force: false };
  const candidates = [
    ...(application !== undefined && ours.application
      ? [applicationCandidate(job, application, await deps.authentik.bindings(application.pk))]
      : []),
    ...(byName !== undefined && ours.provider ? [providerCandidate(byName)] : []),
  ];
  if (application === undefined || byName === undefined || !ours.application || !ours.provider) return;
  const differences = compareState(job.wanted, await readFound(deps, job));
  if (differences.length > 0) {
    const message = `Authentik holds something else than the registration of ${job.client} asks for, and an undo could not make it again: ${differences.join('; ')}`;
    if (force) forced.push(`forced: ${message}`);
    else {
      const remedy = 'Undo it in the admin interface, or start with force: true.';
      problems.add({ system: 'Authentik', kind: 'Refused', message, remedy });
      return;
    }
  }
  for (const candidate of candidates) {
    const users = await usersOf(deps, candidate);
    if ('lacking' in users || users.length === 0) continue;
    problems.add({
      system: 'Authentik',
      kind: 'Refused',
      message: `${madeLabel(candidate)} is in use: ${users.map((row) => `${row.model} ${row.name}`).join(', ')}`,
      remedy: 'End that use first, then start again.',
    });
  }
}
