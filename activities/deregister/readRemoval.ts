import type { PlannedChange } from '../../core/changes/removals.ts';
import type { Names } from '../../core/names/names.ts';
import type { FoundReference } from '../../core/base/words.ts';
import type { FieldClaims } from '../../core/policy/fieldOwner.ts';
import type { DeregisterInput, RemovalRequest } from '../../core/run/deregistration.ts';
import type { Job } from '../../core/run/job.ts';
import { type RemovalSpec, retiredLabel } from '../../core/run/removal.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { sharedGroups } from '../authentik/sharedGroups.ts';
import { changeOf } from '../branch/changeOf.ts';
import { type RemovalStanding, findRemovalStanding } from '../branch/deadRemovals.ts';
import { assertNoDeadRotation, assertNoOtherDeadRun } from '../branch/deadRuns.ts';
import { assertNoOtherInstallation } from '../branch/otherInstallations.ts';
import { knownClaims } from '../branch/fieldClaims.ts';
import { findReferences } from '../branch/references.ts';
import { planEdits, summarise } from '../branch/plans.ts';
import { EDIT_STEPS, targetHead } from '../branch/runBranch.ts';
import { withLive } from '../deploy/withLive.ts';
import type { Deps } from '../deps.ts';
import { askedOnce } from '../kit/askedOnce.ts';
import { checkReading, stateBefore } from '../preflight/authentik.ts';
import { readCluster } from '../preflight/cluster.ts';
import { assertSamePlace } from '../preflight/ownItem.ts';
import { type Told, ask, toldOr } from '../preflight/problems.ts';
import { readClient } from '../preflight/readClient.ts';
import { olderIn } from '../preflight/record.ts';
import type { ClientFacts, ClusterFacts, ExistingObjects } from '../preflight/world.ts';
import { blueprintAt, engineModeAt, engineModeIn } from '../state/blueprintOf.ts';
import { clientNames } from '../state/clientNames.ts';
import { findRecord, knownFacts } from '../state/facts.ts';
import { vaultFor, withPlace } from '../state/clientVault.ts';
import { heldIn } from '../state/keptId.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { type AccountsPlan, planAccounts } from './accounts.ts';
import { type FoundRegistration, registrationOf } from './registrationOf.ts';

/** Everything that is read of a client that is to be taken out, and nothing that is judged. */
export interface RemovalWorld extends ClientFacts {
  readonly request: RemovalRequest;
  /** Head of the target branch. */
  readonly target: string;
  readonly standing: RemovalStanding;
  readonly found: FoundRegistration;
  readonly contents: VaultContents;
  /** What the removal would make of the files. */
  readonly edits: Told<readonly PlannedChange[]>;
  readonly job: Job;
  readonly accounts: AccountsPlan;
}

/** What is read where there is something to take out. */
export interface RemovalGround extends RemovalWorld {
  /** Lines that refer to the client beyond what the registration put there. */
  readonly references: readonly FoundReference[];
  readonly claims: Told<FieldClaims>;
  readonly cluster: ClusterFacts;
}

/**
 * Reads the world of a deregistration. Throws at once what keeps it from being planned at all, such as another client's
 * run that ended half-way.
 */
export async function readRemoval(systems: Deps, request: RemovalRequest): Promise<RemovalWorld> {
  const deps = askedOnce(systems);
  const { client, input } = request;
  await deps.git.fetch();
  const target = await targetHead(deps);
  await assertNoOtherInstallation(deps, client);
  const standing = await findRemovalStanding(deps, client, request.changeId);
  await assertNoOtherDeadRun(deps, client);
  const { base } = standing;
  const dead = standing.plan?.job;
  // What a dead run began with is finished, whatever the file says now.
  const found =
    dead === undefined
      ? await registrationOf(deps, input, client, base)
      : { registration: dead.registration, file: dead.removal?.file, otherFile: undefined };
  const { registration } = found;
  const asked = await clientNames(deps, registration, base);
  const contents = await vaultFor(deps, dead?.names ?? asked).read();
  const today = withPlace(asked, contents);
  if (dead === undefined) assertSamePlace(today, await findRecord(deps, client, base), contents);
  if (fieldOf(contents, today.vaultField) !== undefined)
    await assertNoDeadRotation(deps, { client, registration, names: today, base }, contents, { dropsPending: true });
  await checkReading(deps);
  const names = dead?.names ?? today;
  const engineMode =
    dead === undefined ? await engineModeAt(deps, base, { registration, names }) : engineModeIn(dead.wanted);
  const facts = await readClient(deps, { registration, names, base, engineMode, dead, asItStands: true });
  const { wanted, rendered, occupied, token, secretObject } = facts;
  const text = toldOr(rendered, undefined)?.text ?? '';
  const draft: Job = {
    names,
    registration,
    wanted,
    ...(secretObject === undefined ? {} : { secretObject }),
    ...changeOf(deps, client, standing),
    blueprint:
      dead?.blueprint ?? (await blueprintAt(deps, base, { names, registration, rendered: text, grantsKnown: true })),
    mode: toldOr(token, undefined)?.mode ?? 'discovery',
    edits: [],
    before: dead?.before ?? stateBefore(occupied, heldIn(contents, names)),
    removal: await specOf(deps, request, standing, found, occupied, names),
  };
  const edits = await ask(() => planEdits(deps, draft, EDIT_STEPS, base));
  const job = await withLive(deps, { ...draft, edits: summarise(toldOr(edits, [])) }, standing);
  return { ...facts, request, target, standing, found, contents, edits, job, accounts: await planAccounts(deps, job) };
}

/** Reads what else is judged where there is something to take out. Waits until no roll-out is under way. */
export async function readGround(world: RemovalWorld): Promise<RemovalGround> {
  const { deps, job, edits } = world;
  return {
    ...world,
    cluster: await readCluster(deps, job.names),
    references: job.continued ? [] : await findReferences(deps, job, toldOr(edits, [])),
    claims: await ask(() => knownClaims(deps, job, [])),
  };
}

async function specOf(
  deps: Deps,
  { input, client }: RemovalRequest,
  standing: RemovalStanding,
  { registration, file }: FoundRegistration,
  occupied: ExistingObjects,
  names: Names,
): Promise<RemovalSpec> {
  const dead = standing.plan?.job.removal;
  const known = await knownFacts(deps, client, await findRecord(deps, client, standing.base));
  const date = new Date().toISOString().slice(0, 10);
  return {
    purge: isAsked(input, 'purge') || dead?.purge === true,
    force: isAsked(input, 'force') || dead?.force === true,
    retiredLabel: dead?.retiredLabel ?? retiredLabel(names.vaultField, date, standing.changeId),
    ...(file === undefined ? {} : { file }),
    ours: dead?.ours ?? oursOf(occupied, names.clientId),
    older: dead?.older ?? (known === undefined ? NOTHING_OLDER : olderIn(known)),
    sharedGroups: await sharedGroups(deps, { registration, names, client, base: standing.base }),
    committed: standing.committed,
  };
}

export function isAsked(input: DeregisterInput, flag: 'purge' | 'force' | 'doneByHand' | 'takeBack'): boolean {
  return !('kind' in input) && input[flag] === true;
}

/** Objects of our names that belong to another client are not touched. */
function oursOf({ application, byName }: ExistingObjects, clientId: string): RemovalSpec['ours'] {
  const provider = byName === undefined || byName.clientId === clientId;
  const linked = application?.provider ?? undefined;
  return { provider, application: linked === undefined || (provider && linked === byName?.pk), instance: true };
}

const NOTHING_OLDER: RemovalSpec['older'] = { groups: [], users: [], vaultField: false };
