import { pendingLabel } from '../../core/names/labels.ts';
import type { Job } from '../../core/run/job.ts';
import type { Leftover, MadeField, StepReport, Undone } from '../../core/run/reports.ts';
import type { Deps } from '../deps.ts';
import { placeOf, vaultFor } from '../state/clientVault.ts';
import { journalled, type UndoJournal } from '../kit/undoJournal.ts';
import { idToMake, idValue, isIdOf } from '../state/keptId.ts';
import { appeared, assertUsable, fieldOf } from '../state/vaultSecret.ts';
import { throwIfCancelled } from '../kit/wait.ts';

/**
 * Makes the client secret and writes it to the vault as a pending field, which no ExternalSecret names; and a field with the client id,
 * where the vault is to keep that. A field that was there before the run is adopted. A retry finds its own field by the change id in the
 * label, and that of the id by its text.
 */
export async function generateSecret(deps: Deps, job: Job): Promise<StepReport & MadeField> {
  const made = await makeSecret(deps, job);
  await keepId(deps, job);
  return made;
}

/** No value is generated: the id is what the registration says, so that every attempt writes the same. */
async function keepId(deps: Deps, job: Job): Promise<void> {
  const label = idToMake(job);
  const vault = vaultFor(deps, job.names);
  if (label === undefined) return;
  const contents = await vault.read();
  const field = fieldOf(contents, label);
  if (field?.value.equals(idValue(job.names)) === false) throw appeared(contents, label);
  if (field !== undefined) return;
  throwIfCancelled();
  await vault.addField(label, idValue(job.names), { shown: true, makes: job.changeId });
}

async function makeSecret(deps: Deps, job: Job): Promise<StepReport & MadeField> {
  const { vaultField } = job.names;
  const contents = await vaultFor(deps, job.names).read();
  const field = fieldOf(contents, vaultField);
  if (field !== undefined) {
    if (job.before.vaultField) {
      assertUsable(contents, field);
      return { alreadyRight: [`vault field ${vaultField}`], note: 'the existing secret is adopted' };
    }
    const pending = fieldOf(contents, pendingLabel(vaultField, job.changeId));
    if (pending === undefined && (await begunBefore(deps, job)))
      return { fieldId: field.id, note: 'made by an earlier attempt' };
    throw appeared(contents, vaultField);
  }
  throwIfCancelled();
  const label = pendingLabel(vaultField, job.changeId);
  // A write of a run that died may still be on its way: it must not end beside a second value.
  const { added, fieldId } = await vaultFor(deps, job.names).addField(label, deps.generateSecret(), {
    unless: vaultField,
    seen: contents,
    makes: job.changeId,
  });
  return { fieldId, note: added ? 'made, pending in the vault' : 'made by an earlier attempt, pending in the vault' };
}

/** Only a change that has been worked on before can have put a field into service that preflight did not see. */
async function begunBefore(deps: Deps, job: Job): Promise<boolean> {
  if (job.continued) return true;
  await deps.git.fetch();
  return (await deps.git.head(job.branch)) !== undefined;
}

/** Removes the pending field and that of the client id, and the place that this change made for them. An adopted field is never touched. */
export async function undoGenerateSecret(deps: Deps, job: Job): Promise<Undone> {
  if (job.before.vaultField && idToMake(job) === undefined) return { undone: [], kept: [], blocks: false };
  return journalled(async (journal) => {
    if (!job.before.vaultField) await removePending(deps, job, journal);
    const left = await removeId(deps, job, journal);
    return { kept: [...left, ...(await removePlace(deps, job, journal))], blocks: false };
  });
}

async function removePending(deps: Deps, job: Job, journal: UndoJournal): Promise<void> {
  const label = pendingLabel(job.names.vaultField, job.changeId);
  const deed = { what: `vault field ${label}`, done: `vault field ${job.names.vaultField}, still pending, removed` };
  if (fieldOf(await vaultFor(deps, job.names).read(), label) !== undefined) await journal.begin(deed);
  const { removed } = await vaultFor(deps, job.names).removeField(label);
  if (removed) journal.done(deed);
}

/** What holds another text, or came from another run, is not ours. */
async function removeId(deps: Deps, job: Job, journal: UndoJournal): Promise<readonly Leftover[]> {
  const label = idToMake(job);
  const vault = vaultFor(deps, job.names);
  const field = label === undefined ? undefined : fieldOf(await vault.read(), label);
  if (field === undefined || !field.value.equals(idValue(job.names))) return [];
  const what = `vault field ${field.label}`;
  if (!isIdOf(job, field))
    return [{ what, why: 'nothing shows that this change made it.', remedy: 'Remove it by hand if nothing uses it.' }];
  const deed = { what, done: `${what} removed` };
  await journal.begin(deed);
  if ((await vault.change({ remove: [field.id] })).changed) journal.done(deed);
  return [];
}

/** One that holds something of others by now stays: it is theirs as well. */
async function removePlace(deps: Deps, job: Job, journal: UndoJournal): Promise<readonly Leftover[]> {
  const place = placeOf(deps, job.names);
  if (place === undefined) return [];
  const { title } = job.names.vaultItem ?? { title: '' };
  const deed = { what: `vault item ${title}`, done: `vault item ${title} deleted` };
  const { own, fields, unwritable } = await place.read();
  if (own?.madeBy?.changeId !== job.changeId) return [];
  const held = fields.filter(({ value }) => value.reveal() !== '').map(({ label }) => label);
  if (held.length > 0 || unwritable !== undefined) {
    const why = held.length > 0 ? `it holds ${held.join(', ')}` : `it ${unwritable?.why ?? ''}`;
    return [
      {
        what: deed.what,
        why: `${why}, which this change did not put there.`,
        remedy: 'Remove it by hand if nothing uses it.',
      },
    ];
  }
  await journal.begin(deed);
  if ((await place.removePlace(job.changeId)).removed) journal.done(deed);
  return [];
}
