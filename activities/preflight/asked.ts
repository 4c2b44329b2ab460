import { type RenderedBlueprint, renderBlueprint } from '../../core/authentik/renderBlueprint.ts';
import { sameData } from '../../core/edits/yaml/sameData.ts';
import type { Registration } from '../../core/registration/registration.ts';
import { type Names, resolveNames } from '../../core/names/names.ts';
import type { Job, StateBefore } from '../../core/run/job.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import { wantedState } from '../../core/authentik/wantedState.ts';
import type { VaultContents } from '../../integrations/vault/vault.ts';
import { blueprintAt, engineModeAt, engineModeIn } from '../state/blueprintOf.ts';
import type { Deps } from '../deps.ts';
import { assertNoDeadRemoval } from '../branch/deadRemovals.ts';
import { targetHead } from '../branch/runBranch.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { readOccupied, stateBefore, type ExistingObjects } from './authentik.ts';
import { type ResumePoint, assertNoDeadRotation, findStanding, registrationOfDeadRun } from '../branch/deadRuns.ts';
import { pendingChanges } from '../state/pendingFields.ts';
import { changeOf } from '../branch/changeOf.ts';
import type { Problems } from './problems.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import { isRepair } from './repair.ts';

/** What a registration asks for, and where it stands on what earlier runs of its client have left. */
export interface Asked {
  readonly item: VaultContents;
  readonly standing: ResumePoint;
  /** The registration as it is now. */
  readonly newest: Registration;
  /** The job of the run that died, where that one's change is finished as it was asked for then. */
  readonly dead: Job | undefined;
  /** What is done: the dead run's, or the newest. */
  readonly registration: Registration;
  readonly names: Names;
}

/**
 * Reads the registration, the vault and the client's branches, as of the last fetch. Throws `BadInput`; `Refused` where a
 * deregistration of the client ended half-way, and `HalfRotated` where a rotation did.
 */
export async function findAsked(deps: Deps, request: PreflightRequest): Promise<Asked> {
  const { client, changeId } = request;
  const target = await targetHead(deps);
  await assertNoDeadRemoval(deps, client);
  const asTargetSays = await askedFor(deps, request, target);
  const item = await deps.vault.read();
  const named = resolveNames(asTargetSays, deps.installation);
  const { vaultField } = named;
  const inService = fieldOf(item, vaultField) !== undefined;
  const asNow = { client, registration: asTargetSays, names: named, base: target };
  if (inService) await assertNoDeadRotation(deps, asNow, item, { dropsPending: isRepair(request) });
  // Beside the field in service a pending one is no change to go on with: a repair removes it.
  const pending = inService && isRepair(request) ? [] : pendingChanges(item, vaultField);
  const standing = await findStanding(deps, client, changeId, pending, inService);
  const newest = standing.base === target ? asTargetSays : await askedFor(deps, request, standing.base);
  const dead = standing.onBranch ? standing.plan?.job : undefined;
  const registration = dead?.registration ?? newest;
  const names = dead?.names ?? resolveNames(registration, deps.installation);
  return { item, standing, newest, dead, registration, names };
}

/** A change that was asked for inline, and whose run ended half-way, has no file: it stands in the plan of that run. */
async function askedFor(deps: Deps, { input, client }: PreflightRequest, commit: string): Promise<Registration> {
  try {
    return await loadRegistration(deps, input, client, commit);
  } catch (error) {
    const known = await registrationOfDeadRun(deps, client);
    if (known === undefined) throw error;
    return known;
  }
}

/** A job without its edits, and what it was made of. */
interface Draft {
  readonly job: Job;
  readonly occupied: ExistingObjects;
  /** Undefined where it cannot be rendered, which is a problem. */
  readonly rendered: RenderedBlueprint | undefined;
  /** Of Authentik. */
  readonly version: string;
}

/** Resolves what is asked for against what Authentik holds under its names. */
export async function draftOf(deps: Deps, client: string, asked: Asked, problems: Problems): Promise<Draft> {
  const { item, standing, dead, registration, names } = asked;
  const { installation } = deps;
  const version = await deps.authentik.version();
  const occupied = await readOccupied(deps, { names, registration });
  const engineMode =
    dead === undefined
      ? await engineModeAt(deps, standing.base, names, occupied.application)
      : engineModeIn(dead.wanted);
  const rendered = await problems.collect(async () =>
    renderBlueprint({ registration, installation, names, authentikVersion: version, engineMode }),
  );
  const wanted = wantedState(registration, installation, names, engineMode);
  const blueprint = await blueprintAt(deps, standing.base, {
    names,
    registration,
    rendered: dead?.blueprint.asked ?? dead?.blueprint.text ?? rendered?.text ?? '',
    grantsKnown: dead === undefined && grantsAreRight(occupied, wanted),
  });
  const job: Job = {
    names,
    registration,
    wanted,
    ...changeOf(deps, client, standing),
    blueprint,
    mode: 'discovery',
    edits: [],
    before: before(standing, occupied, fieldOf(item, names.vaultField) !== undefined),
    ...(dead?.record === undefined ? {} : { record: dead.record }),
  };
  return { job, occupied, rendered, version };
}

/** Whether the provider has the grant types that are asked for, so that a blueprint need not name them. */
function grantsAreRight({ byName }: ExistingObjects, { provider }: Job['wanted']): boolean {
  const found = byName?.grantTypes;
  return found === undefined
    ? byName !== undefined
    : sameData(found.toSorted(), (provider.grantTypes ?? []).toSorted());
}

/** A dead run's own record of what was there before; where it is gone, nothing may be deleted on a guess. */
function before(standing: ResumePoint, occupied: ExistingObjects, vaultField: boolean): StateBefore {
  if (!standing.continued) return stateBefore(occupied, vaultField);
  return standing.plan?.job.before ?? { ...stateBefore(occupied, false), known: false };
}
