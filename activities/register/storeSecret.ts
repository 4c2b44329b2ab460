import { Context } from '@temporalio/activity';
import { RegistrarError } from '../../core/base/errors.ts';
import { pendingLabel } from '../../core/names/labels.ts';
import type { Job } from '../../core/run/job.ts';
import type { MadeField, StepReport, Undone } from '../../core/run/reports.ts';
import type { VaultContents, VaultField } from '../../integrations/vault/vault.ts';
import type { Deps } from '../deps.ts';
import { vaultFor } from '../state/clientVault.ts';
import { targetNamesField } from '../branch/landed.ts';
import { mergerOf } from '../branch/landing/mergerOf.ts';
import { NOTHING_LEFT, journalled, type UndoRemainder, type UndoJournal } from '../kit/undoJournal.ts';
import { idToMake, idValue } from '../state/keptId.ts';
import { markBy, markOf } from '../state/vaultMark.ts';
import { appeared, fieldOf } from '../state/vaultSecret.ts';
import { throwIfCancelled } from '../kit/wait.ts';

/** How many reads in a row may miss a field that was just written. */
const LAGGING_READS = 6;

/**
 * Puts the pending field into service, with the job's mark, and marks that of the client id: one write, same field ids. An adopted field
 * stays as it is.
 */
export async function storeSecret(deps: Deps, job: Job, { fieldId }: MadeField): Promise<StepReport> {
  const { vaultField } = job.names;
  const idLabel = idToMake(job);
  const fields = [...(job.before.vaultField ? [] : [vaultField]), ...(idLabel === undefined ? [] : [idLabel])];
  const created = fields.map((label) => `vault field ${label}`);
  if (created.length === 0) return { note: 'the existing secret stays' };
  const contents = await vaultFor(deps, job.names).read();
  const id = idLabel === undefined ? undefined : madeId(contents, job, idLabel);
  const mark = id === undefined ? [] : [{ fieldId: id.id, mark: markBy(job, id.label) }];
  if (job.before.vaultField) {
    throwIfCancelled();
    await vaultFor(deps, job.names).change({ mark }, { seen: contents });
    return { created, note: 'the existing secret stays' };
  }
  const pending = pendingLabel(vaultField, job.changeId);
  const inService = fieldOf(contents, vaultField);
  const made = fieldOf(contents, pending);
  if (made === undefined && inService !== undefined) {
    if (fieldId !== undefined && inService.id !== fieldId) throw appeared(contents, vaultField);
    return { created, note: 'in service since an earlier attempt' };
  }
  if (made === undefined) throw notVisible(contents, pending);
  throwIfCancelled();
  // The mark comes in the same write: a field in service without it is somebody else's.
  const edits = {
    relabel: [{ fieldId: made.id, to: vaultField }],
    mark: [{ fieldId: made.id, mark: markBy(job) }, ...mark],
  };
  await vaultFor(deps, job.names).change(edits, { seen: contents });
  return { created, note: `field ${vaultField} is in service` };
}

/** The field that generateSecret has made for the client id. Throws `Collision` where somebody has put something else there since. */
function madeId(contents: VaultContents, { names }: Job, label: string): VaultField {
  const field = fieldOf(contents, label);
  if (field === undefined) throw notVisible(contents, label);
  if (!field.value.equals(idValue(names))) throw appeared(contents, label);
  return field;
}

/** Reads may lag behind a write; a field that stays away has been removed by somebody. */
function notVisible({ system, place }: VaultContents, label: string): RegistrarError {
  const gone = Context.current().info.attempt > LAGGING_READS;
  return new RegistrarError({
    system,
    kind: gone ? 'NotFound' : 'NotYet',
    message: `${place} does not show field "${label}"${gone ? '' : ' yet'}`,
    remedy: "See in the vault's history who removed it, then start again.",
  });
}

/** Relabels our field back to pending. A field that was there before, or that is not ours, is not touched. */
export async function undoStoreSecret(deps: Deps, job: Job, made: MadeField): Promise<Undone> {
  if (job.before.vaultField && idToMake(job) === undefined) return { undone: [], ...NOTHING_LEFT };
  return journalled((journal) => relabelBack(deps, job, made, journal));
}

async function relabelBack(deps: Deps, job: Job, { fieldId }: MadeField, journal: UndoJournal): Promise<UndoRemainder> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  if (job.before.vaultField) return holdBackId(deps, job, contents);
  const pending = pendingLabel(vaultField, job.changeId);
  // With the pending field still there, a field in service is somebody else's.
  const inService = fieldOf(contents, vaultField);
  if (fieldOf(contents, pending) !== undefined || inService === undefined) return NOTHING_LEFT;
  if (fieldId !== undefined && inService.id !== fieldId) return NOTHING_LEFT;
  const mark = markOf(inService, { client: job.client, vaultField });
  // A version that wrote no mark knew its field by the id alone, in the very run that had made it.
  const proven = mark?.changeId === job.changeId || (fieldId !== undefined && !job.continued);
  if (!job.before.known || !proven) return keptUnknown(job);
  // Somebody may have merged the proposal in the last moment: the next deployment would read the field.
  if (mergerOf(job).people && (await targetNamesField(deps, job))) return keptMerged(job);
  const deed = { what: `vault field ${vaultField}`, done: `vault field ${vaultField} is out of service` };
  await journal.begin(deed);
  await vaultFor(deps, job.names).change({
    relabel: [{ fieldId: inService.id, to: pending }],
    unmark: [inService.id],
  });
  journal.done(deed);
  return NOTHING_LEFT;
}

/** The field of the client id goes with the pending one, unless the target branch has come to name it. */
async function holdBackId(deps: Deps, job: Job, contents: VaultContents): Promise<UndoRemainder> {
  const label = idToMake(job);
  if (label === undefined || fieldOf(contents, label) === undefined) return NOTHING_LEFT;
  return mergerOf(job).people && (await targetNamesField(deps, job)) ? keptMerged(job) : NOTHING_LEFT;
}

function keptMerged(job: Job): UndoRemainder {
  return {
    kept: [
      {
        what: `vault field ${job.names.vaultField}`,
        why: 'the ExternalSecret on the target branch names it: the change was merged while it was taken back.',
        remedy: `Run client ${job.client} again: it continues change ${job.changeId}.`,
      },
    ],
    blocks: true,
  };
}

function keptUnknown(job: Job): UndoRemainder {
  return {
    kept: [
      {
        what: `vault field ${job.names.vaultField}`,
        why: job.before.known
          ? 'no mark in the vault says that this change made it.'
          : 'the history of the run that may have made it is gone.',
        remedy: 'Remove it from the vault by hand if nothing uses it.',
      },
    ],
    blocks: true,
  };
}
