import { Secret } from '../../core/secret.ts';
import { vaultError } from './connectErrors.ts';
import type { VaultField } from './vault.ts';

/** The parts of an item that this adapter reads; all others are carried along untouched. */
export interface RawField {
  id?: string;
  label?: string;
  type?: string;
  value?: string;
  section?: { id?: string; label?: string };
  [other: string]: unknown;
}

export interface RawItem {
  id: string;
  title: string;
  version?: number;
  fields?: RawField[];
  sections?: { id?: string; label?: string }[];
  files?: unknown[];
  [other: string]: unknown;
}

/** A field's section is told by its id; its name stands in the item's list of sections. */
export function toField(raw: RawField, sections: RawItem['sections'] = []): VaultField {
  const id = raw.section?.id;
  return {
    id: raw.id ?? '',
    label: raw.label ?? '',
    type: raw.type ?? 'STRING',
    section: raw.section?.label ?? sections.find((section) => section.id === id)?.label ?? id,
    value: new Secret(raw.value ?? ''),
  };
}

/** The field of that label; two of them are an error, for External Secrets could not tell them apart either. */
export function labelled(item: RawItem, label: string): RawField | undefined {
  const found = (item.fields ?? []).filter((field) => field.label === label);
  if (found.length <= 1) return found[0];
  throw vaultError(
    'Collision',
    `item "${item.title}" has ${found.length} fields labelled "${label}"`,
    'Rename or remove all but one of them.',
  );
}

/** A PUT is not proven to keep attached files, and a lost file is lost for good. */
export function assertWhole(item: RawItem): void {
  if ((item.files ?? []).length === 0) return;
  throw vaultError(
    'Refused',
    `item "${item.title}" holds attached files, which a write through Connect might lose`,
    'Move the files to another item, or the client secrets to an item of their own.',
  );
}
