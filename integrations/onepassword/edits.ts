import { vaultError } from './connectErrors.ts';
import { labelled, type RawField, type RawItem } from './rawItem.ts';
import type { VaultEdits } from './vault.ts';

/** What several edits make of an item; undefined where it is so already. Everything else of the item stays as it is. */
export function edited(item: RawItem, { relabel = [], remove = [], note }: VaultEdits): RawItem | undefined {
  const fields = item.fields ?? [];
  for (const { fieldId } of relabel) {
    if (!fields.some((field) => field.id === fieldId)) throw missing(item, fieldId);
  }
  const wanted = new Map(relabel.map(({ fieldId, to }) => [fieldId, to]));
  const next = fields
    .filter((field) => !remove.includes(field.id ?? ''))
    .map((field) => {
      const to = wanted.get(field.id ?? '');
      return to === undefined || to === field.label ? field : { ...field, label: to };
    });
  for (const { to } of relabel) assertOnce(item, next, to);
  const noted = note === undefined ? { ...item, fields: next } : withNote({ ...item, fields: next }, note);
  const same = noted.fields?.length === fields.length && noted.fields.every((field, i) => field === fields[i]);
  return same ? undefined : noted;
}

function withNote(item: RawItem, { label, text, section }: NonNullable<VaultEdits['note']>): RawItem {
  const found = labelled(item, label);
  if (found?.value === text) return item;
  if (found !== undefined) {
    return {
      ...item,
      fields: (item.fields ?? []).map((field) => (field === found ? { ...field, value: text } : field)),
    };
  }
  const sections = item.sections ?? [];
  const known = sections.find((each) => each.label === section);
  const id = known?.id ?? section.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return {
    ...item,
    ...(known === undefined ? { sections: [...sections, { id, label: section }] } : {}),
    fields: [...(item.fields ?? []), { label, type: 'STRING', value: text, section: { id } }],
  };
}

function assertOnce(item: RawItem, fields: readonly RawField[], label: string): void {
  if (fields.filter((field) => field.label === label).length === 1) return;
  throw vaultError(
    'Collision',
    `item "${item.title}" has a field "${label}" already; it is not overwritten`,
    'See who made it; keep one of the two.',
  );
}

function missing(item: RawItem, fieldId: string): ReturnType<typeof vaultError> {
  return vaultError(
    'NotFound',
    `item "${item.title}" has no field of id ${fieldId} any more`,
    'See who removed it in the item history.',
  );
}
