import type { Job } from '../../core/run/job.ts';
import { MARK_SECTION, markLabel, markText, readMark, type VaultMark } from '../../core/names/vaultMark.ts';
import type { VaultField, VaultItem, VaultNote } from '../../integrations/onepassword/vault.ts';
import { fieldOf } from './vaultSecret.ts';

/** The note that marks a field as made by this change. */
export function markNote({ client, names, changeId }: Job, fieldId: string): VaultNote {
  const { vaultField } = names;
  return { label: markLabel(fieldId), text: markText({ client, vaultField, changeId }), section: MARK_SECTION };
}

/** Ids of fields and of their notes, which go with them. */
export function withNotes(item: VaultItem, fields: readonly VaultField[]): readonly string[] {
  return fields.flatMap(({ id }) => [id, ...noteIds(item, id)]);
}

/** Id of the note of a field, where it has one. */
export function noteIds(item: VaultItem, fieldId: string): readonly string[] {
  return item.fields.flatMap(({ id, label }) => (label === markLabel(fieldId) ? [id] : []));
}

/** What the mark of a field says, whichever client it is of. */
export function anyMarkOf(item: VaultItem, field: VaultField): VaultMark | undefined {
  const note = item.fields.find(({ label }) => label === markLabel(field.id));
  return note === undefined ? undefined : readMark(note.value.reveal());
}

/** What the mark of a field says, where it is one of this client and vault field. */
export function markOf(item: VaultItem, field: VaultField, of: Omit<VaultMark, 'changeId'>): VaultMark | undefined {
  const mark = anyMarkOf(item, field);
  return mark?.client === of.client && mark.vaultField === of.vaultField ? mark : undefined;
}

/** The field that is in service, where its mark says that a run of this client made it. */
export function madeField(item: VaultItem, client: string, vaultField: string): VaultField | undefined {
  const field = fieldOf(item, vaultField);
  return field !== undefined && markOf(item, field, { client, vaultField }) !== undefined ? field : undefined;
}
