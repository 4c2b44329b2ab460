import type { RemovalReport } from '../../core/run/deregistration.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { placeOf, vaultFor } from '../state/clientVault.ts';
import { pendingFields } from '../state/pendingFields.ts';
import type { VaultField } from '../../integrations/vault/vault.ts';
import { datesOf, ownFields, purgedFields } from './ownFields.ts';

/**
 * Takes the secret out of service: relabelled, so that nothing reads it, or with `purge` deleted, together with what earlier
 * deregistrations kept. The dates of its rotations and the client id go with it, and what closed runs have left pending. A field that the
 * job's own mark does not name stays.
 */
export async function retireSecret(deps: Deps, job: Job): Promise<RemovalReport> {
  const { names, removal } = job;
  if (removal === undefined) return {};
  const schedule = await endSchedule(deps, job.client);
  const { vaultField } = names;
  const contents = await vaultFor(deps, names).read();
  const { inService: going, clientId, unproven } = ownFields(contents, job);
  const named = new Set<string | undefined>([vaultField, names.keptId?.vaultField]);
  const stays = unproven.filter(({ label }) => removal.purge || named.has(label));
  const kept = [...stays.map((field) => keptField(field, job)), ...schedule.kept];
  const purged = purgedFields(contents, job);
  const pending = pendingFields(contents, vaultField);
  // All of it in one write: a date beside no field would be taken for that of the next secret.
  const dates = stays.some(({ label }) => label === vaultField) ? [] : datesOf(contents, vaultField);
  await vaultFor(deps, names).change({
    relabel: going === undefined || removal.purge ? [] : [{ fieldId: going.id, to: removal.retiredLabel }],
    remove: [...purged, ...pending, ...dates, ...(clientId === undefined ? [] : [clientId])].map(({ id }) => id),
  });
  const ids = clientId === undefined ? [] : [`vault field ${clientId.label}`];
  if (removal.purge) {
    const fields = [...purged.map(({ label }) => `vault field ${label}`), ...ids, ...(await removedPlace(deps, names))];
    const note = fields.length === 0 ? 'no field to delete' : `${fields.join(', ')} deleted`;
    return { removed: [...schedule.removed, ...fields], kept, note };
  }
  if (going === undefined)
    return {
      removed: [...schedule.removed, ...ids],
      kept,
      note: stays.length > 0 ? 'the field stays' : 'no field is in service',
    };
  return {
    kept,
    removed: [...schedule.removed, `vault field ${vaultField}, kept as "${removal.retiredLabel}"`, ...ids],
    note: `kept as ${removal.retiredLabel}`,
  };
}

/** An item that the job made for the client alone goes with the last value in it. */
async function removedPlace(deps: Deps, names: Job['names']): Promise<readonly string[]> {
  const removed = (await placeOf(deps, names)?.removePlace())?.removed;
  return removed === true ? [`vault item ${names.vaultItem?.title}`] : [];
}

/** A rotation would find nothing from now on. The Schedule that a policy made goes; one that a person made is theirs to delete. */
async function endSchedule(
  deps: Deps,
  client: string,
): Promise<{ readonly removed: readonly string[]; readonly kept: readonly Leftover[] }> {
  const what = `Schedule of rotations of ${client}`;
  const remedy = `Delete it: oidc-registrar schedule delete ${client}`;
  try {
    const found = await deps.schedules.read(client);
    if (found === undefined) return { removed: [], kept: [] };
    if (found.by === 'person') return { removed: [], kept: [{ what, why: 'a person made it.', remedy }] };
    await deps.schedules.remove(client);
    return { removed: [what], kept: [] };
  } catch (error) {
    // The secret goes out of service all the same: a rotation that starts without it is refused.
    if (!(error instanceof RegistrarError) || error.retryable) throw error;
    return { removed: [], kept: [{ what: `${what}, if there is one`, why: error.message, remedy }] };
  }
}

function keptField({ label }: VaultField, { names, removal }: Job): Leftover {
  const older = removal?.older.vaultField === true && label === names.vaultField;
  return {
    what: `vault field ${label}`,
    why: older
      ? 'it was there before the registration.'
      : 'no mark in the vault says that a run of this client made it.',
    remedy: 'Remove it by hand if nothing reads it.',
  };
}
