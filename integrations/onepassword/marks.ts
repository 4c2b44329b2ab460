import type { VaultMark } from '../../core/vault/vaultMark.ts';
import type { ItemField, ItemNote } from './item.ts';

/** Sections of the item for what is no secret, apart from the secrets: the marks, and the dates of rotations. */
const MARK_SECTION = 'Made by oidc-registrar';
export const NOTE_SECTION = 'Rotations';

/** Label of the note that is a field's mark. It goes by the field's id, for one that a person makes under the same label has another. */
export function markLabel(fieldId: string): string {
  return `oidc-registrar made ${fieldId}`;
}

export function markNote(fieldId: string, { client, vaultField, changeId }: VaultMark): ItemNote {
  const text = `client ${client}, field ${vaultField}, change ${changeId}`;
  return { label: markLabel(fieldId), text, section: MARK_SECTION };
}

/** Reads the text of {@link markNote}; undefined for any other. */
export function readMark(text: string): VaultMark | undefined {
  const [, client, vaultField, changeId] = /^client (\S+), field (\S+), change (\S+)$/.exec(text) ?? [];
  if (client === undefined || vaultField === undefined || changeId === undefined) return undefined;
  return { client, vaultField, changeId };
}

/** What the mark of a field says, whichever client it is of. */
export function markOf(fields: readonly ItemField[], { id }: ItemField): VaultMark | undefined {
  const note = fields.find(({ label }) => label === markLabel(id));
  return note === undefined ? undefined : readMark(note.value.reveal());
}

/** Ids of the marks of fields, where they have one. */
export function markIds(fields: readonly ItemField[], fieldIds: readonly string[]): readonly string[] {
  const labels = new Set(fieldIds.map(markLabel));
  return fields.flatMap(({ id, label }) => (labels.has(label) ? [id] : []));
}
