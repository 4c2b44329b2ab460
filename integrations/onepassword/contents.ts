import type { VaultContents, VaultEdits } from '../vault/vault.ts';
import type { ItemNote, VaultItem } from './item.ts';
import { markIds, markNote, markOf, NOTE_SECTION } from './marks.ts';

/** The item as everybody else knows the vault: what is a mark goes with its field, and is none itself. */
export function contentsOf({ title, updatedAt, fields, unwritable }: VaultItem): VaultContents {
  const marks = new Set(
    markIds(
      fields,
      fields.map(({ id }) => id),
    ),
  );
  return {
    system: '1Password',
    place: `item "${title}"`,
    updatedAt,
    unwritable,
    fields: fields
      .filter(({ id }) => !marks.has(id))
      .map((field) => ({
        id: field.id,
        label: field.label,
        value: field.value,
        shown: field.type === 'CONCEALED' ? undefined : `is of type ${field.type}, not CONCEALED`,
        mark: markOf(fields, field),
      })),
  };
}

/** Edits in the item's own terms: marks and notes are fields of plain text, in sections of theirs. */
export function editsIn(
  { fields }: VaultItem,
  { relabel = [], remove = [], mark = [], unmark = [], notes = [] }: VaultEdits,
) {
  return {
    relabel,
    remove: [...remove, ...markIds(fields, [...remove, ...unmark])],
    notes: [
      ...mark.map((each) => markNote(each.fieldId, each.mark)),
      ...notes.map((note): ItemNote => ({ ...note, section: NOTE_SECTION })),
    ],
  };
}
