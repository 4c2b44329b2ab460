import { assertFits } from '../../core/installation/readFiles.ts';
import type { Registration } from '../../core/registration/registration.ts';
import type { PreflightRequest } from '../../core/run/requests.ts';
import type { Deps } from '../deps.ts';
import { assertNoDeadRemoval } from '../branch/deadRemovals.ts';
import { targetHead } from '../branch/runBranch.ts';
import { clientNames } from '../state/clientNames.ts';
import { vaultFor, withPlace } from '../state/clientVault.ts';
import { fieldOf } from '../state/vaultSecret.ts';
import { assertNoDeadRotation, findStanding, registrationOfDeadRun } from '../branch/deadRuns.ts';
import { namesAt } from '../state/manifest.ts';
import { pendingChanges } from '../state/pendingFields.ts';
import { deregistered } from '../branch/deregistered.ts';
import { loadRegistration } from '../branch/registrationFile.ts';
import { isRepair } from './repair.ts';
import type { Asked } from './world.ts';

/**
 * Reads the registration, the vault and the client's branches, as of the last fetch. Throws `BadInput`; `Refused` where a
 * deregistration of the client ended half-way, and `HalfRotated` where a rotation did.
 */
export async function findAsked(deps: Deps, request: PreflightRequest): Promise<Asked> {
  const { client, changeId } = request;
  const target = await targetHead(deps);
  await assertNoDeadRemoval(deps, client);
  const asTargetSays = await askedFor(deps, request, target);
  const named = await namesAt(deps, target, asTargetSays);
  const found = await vaultFor(deps, named).read();
  const { vaultField } = named;
  const inService = fieldOf(found, vaultField) !== undefined;
  const asNow = { client, registration: asTargetSays, names: named, base: target };
  if (inService) await assertNoDeadRotation(deps, asNow, found, { dropsPending: isRepair(request) });
  // Beside the field in service a pending one is no change to go on with: a repair removes it.
  const pending = inService && isRepair(request) ? [] : pendingChanges(found, vaultField);
  const standing = await findStanding(deps, client, changeId, pending, inService);
  const newest = standing.base === target ? asTargetSays : await askedFor(deps, request, standing.base);
  const dead = standing.onBranch ? standing.plan?.job : undefined;
  const registration = dead?.registration ?? newest;
  // What a run began with is finished or taken back, whatever its size.
  if (dead === undefined) assertFits(registration, whereOf(deps, request));
  const asked = dead?.names ?? (await clientNames(deps, registration, standing.base));
  const contents = asked.vaultItem?.title === named.vaultItem?.title ? found : await vaultFor(deps, asked).read();
  // Where a dead run was to make the place, what is there now must prove that it did.
  const names = dead === undefined ? withPlace(asked, contents) : asked;
  return { target, contents, standing, newest, dead, registration, names };
}

function whereOf({ installation }: Deps, { input, client }: PreflightRequest): string {
  return 'kind' in input ? 'workflow input' : `${installation.gitops.registrations}/${client}.yaml`;
}

/** A change that was asked for inline, and whose run ended half-way, has no file: it stands in the plan of that run. */
async function askedFor(deps: Deps, { input, client }: PreflightRequest, commit: string): Promise<Registration> {
  try {
    return await loadRegistration(deps, input, client, commit);
  } catch (error) {
    const known = await registrationOfDeadRun(deps, client);
    if (known === undefined) throw ('kind' in input ? undefined : await deregistered(deps, client, commit)) ?? error;
    return known;
  }
}
