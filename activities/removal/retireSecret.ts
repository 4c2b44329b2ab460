import { isRetiredLabel } from '../../core/removal.ts';
import type { RemovalReport } from '../../core/deregistration.ts';
import type { Job } from '../../core/run.ts';
import { sameInstallation, type Deps } from '../deps.ts';
import { fieldOf } from '../vaultSecret.ts';

/**
 * Takes the secret out of service: relabelled, so that nothing reads it, or with `purge` deleted, together with what earlier
 * deregistrations kept. A field that was there before the registration stays.
 */
export async function retireSecret(deps: Deps, job: Job): Promise<RemovalReport> {
  sameInstallation(deps, job.digest);
  const { names, removal } = job;
  if (removal === undefined) return {};
  const { vaultField } = names;
  const item = await deps.vault.read();
  const inService = fieldOf(item, vaultField);
  const older = removal.older.vaultField && inService !== undefined;
  const kept = older ? [keptOlder(vaultField)] : [];
  if (!removal.purge) {
    if (inService === undefined || older) return { kept, note: older ? 'the field stays' : 'no field is in service' };
    await deps.vault.relabelField(vaultField, removal.retiredLabel);
    return {
      removed: [`vault field ${vaultField}, kept as "${removal.retiredLabel}"`],
      note: `kept as ${removal.retiredLabel}`,
    };
  }
  const labels = item.fields.map((field) => field.label).filter((label) => isRetiredLabel(label, vaultField));
  const purged: string[] = [];
  for (const label of inService === undefined || older ? labels : [vaultField, ...labels]) {
    if ((await deps.vault.removeField(label)).removed) purged.push(`vault field ${label}`);
  }
  return { removed: purged, kept, note: purged.length === 0 ? 'no field to delete' : `${purged.join(', ')} deleted` };
}

function keptOlder(vaultField: string) {
  return {
    what: `vault field ${vaultField}`,
    why: 'it was there before the registration.',
    remedy: 'Remove it by hand if nothing reads it.',
  };
}
