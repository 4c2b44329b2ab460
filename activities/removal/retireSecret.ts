import { purgedFields } from '../../core/removal.ts';
import type { RemovalReport } from '../../core/deregistration.ts';
import { RegistrarError } from '../../core/errors.ts';
import { rotatedLabel } from '../../core/resolve.ts';
import type { Job, Kept } from '../../core/run.ts';
import type { Deps } from '../deps.ts';
import { pendingFields } from '../preflight/deadRun.ts';
import { fieldOf } from '../vaultSecret.ts';

/**
 * Takes the secret out of service: relabelled, so that nothing reads it, or with `purge` deleted, together with what earlier
 * deregistrations kept. The date of its last rotation goes with it, and what closed runs have left pending. A field that was there
 * before the registration stays.
 */
export async function retireSecret(deps: Deps, job: Job): Promise<RemovalReport> {
  const { names, removal } = job;
  if (removal === undefined) return {};
  const schedule = await endSchedule(deps, job.client);
  const { vaultField } = names;
  const item = await deps.vault.read();
  const inService = fieldOf(item, vaultField);
  const older = removal.older.vaultField && inService !== undefined;
  const kept = [...(older ? [keptOlder(vaultField)] : []), ...schedule.kept];
  const date = older ? undefined : fieldOf(item, rotatedLabel(vaultField));
  const going = older ? undefined : inService;
  const pending = pendingFields(item, vaultField);
  const purged = purgedFields(item.fields, vaultField, removal);
  // One write: a date beside no field would be taken for that of the next secret.
  await deps.vault.change({
    relabel: going === undefined || removal.purge ? [] : [{ fieldId: going.id, to: removal.retiredLabel }],
    remove: [...purged, ...pending, ...(date === undefined ? [] : [date])].map(({ id }) => id),
  });
  if (removal.purge) {
    const fields = purged.map(({ label }) => `vault field ${label}`);
    const note = fields.length === 0 ? 'no field to delete' : `${fields.join(', ')} deleted`;
    return { removed: [...schedule.removed, ...fields], kept, note };
  }
  if (going === undefined)
    return { removed: schedule.removed, kept, note: older ? 'the field stays' : 'no field is in service' };
  return {
    kept,
    removed: [...schedule.removed, `vault field ${vaultField}, kept as "${removal.retiredLabel}"`],
    note: `kept as ${removal.retiredLabel}`,
  };
}

/** A rotation would find nothing from now on. The Schedule that a policy made goes; one that a person made is theirs to delete. */
async function endSchedule(
  deps: Deps,
  client: string,
): Promise<{ readonly removed: readonly string[]; readonly kept: readonly Kept[] }> {
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

function keptOlder(vaultField: string) {
  return {
    what: `vault field ${vaultField}`,
    why: 'it was there before the registration.',
    remedy: 'Remove it by hand if nothing reads it.',
  };
}
