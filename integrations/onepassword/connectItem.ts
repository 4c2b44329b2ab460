import { sectionIdOf, withoutEmpty } from './ourSections.ts';
import type { Unwritable } from '../vault/vault.ts';
import { valueOf, type ItemField, type ItemNote, type VaultItem } from './item.ts';

/** The parts of an item that this adapter reads; all others are carried along untouched. */
interface ConnectField {
  id?: string;
  label?: string;
  type?: string;
  value?: string;
  section?: { id?: string; label?: string };
  [other: string]: unknown;
}

export interface ConnectItem {
  id: string;
  title: string;
  version?: number;
  updatedAt?: string;
  fields?: ConnectField[];
  sections?: { id?: string; label?: string }[];
  files?: unknown[];
  [other: string]: unknown;
}

/**
 * Whether it is the item of that id, by all that is read here. An item without fields may have no list of them (Connect's
 * OpenAPI document, `FullItem`).
 */
export function isConnectItem(data: unknown, id: string): data is ConnectItem {
  if (!isRecord(data) || data['id'] !== id || typeof data['title'] !== 'string') return false;
  const { version, updatedAt, fields = [], sections = [], files = [] } = data;
  const dated = updatedAt === undefined || (typeof updatedAt === 'string' && !Number.isNaN(Date.parse(updatedAt)));
  const lists = [fields, sections, files].every((list) => Array.isArray(list) && list.every(isRecord));
  return typeof version === 'number' && dated && lists;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function describeConnectItem(item: ConnectItem): VaultItem {
  return {
    id: item.id,
    title: item.title,
    version: item.version ?? 0,
    updatedAt: item.updatedAt === undefined ? undefined : new Date(item.updatedAt).toISOString(),
    fields: (item.fields ?? []).map((field) => toField(field, item.sections)),
    unwritable: unwritable(item),
  };
}

/** A field's section is told by its id; its name stands in the item's list of sections. */
function toField(raw: ConnectField, sections: ConnectItem['sections'] = []): ItemField {
  const id = raw.section?.id;
  return {
    id: raw.id ?? '',
    label: raw.label ?? '',
    type: raw.type ?? 'STRING',
    section: raw.section?.label ?? sections.find((section) => section.id === id)?.label ?? id,
    value: valueOf(raw.type ?? 'STRING', raw.value ?? ''),
  };
}

/** The item with one field of plain text more, in the section of this name. */
export function withConnectNote(item: ConnectItem, { label, text, section }: ItemNote): ConnectItem {
  const sections = item.sections ?? [];
  const known = sections.find((each) => each.label === section);
  const id = known?.id ?? sectionIdOf(section);
  return {
    ...item,
    ...(known === undefined ? { sections: [...sections, { id, label: section }] } : {}),
    fields: [...(item.fields ?? []), { label, type: 'STRING', value: text, section: { id } }],
  };
}

/** The item without one field, and without a section of ours where that held nothing else. */
export function withoutConnectField(item: ConnectItem, at: number): ConnectItem {
  const fields = (item.fields ?? []).filter((_field, i) => i !== at);
  const used = fields.map((field) => field.section?.id);
  const had = item.sections ?? [];
  const left = withoutEmpty(had, used);
  if (left.length === had.length) return { ...item, fields };
  if (left.length > 0) return { ...item, fields, sections: left };
  // An item without sections has no list of them.
  const { sections: _none, ...rest } = item;
  return { ...rest, fields };
}

/** A PUT is not proven to keep attached files, and a lost file is lost for good. */
function unwritable(item: ConnectItem): Unwritable | undefined {
  if ((item.files ?? []).length === 0) return undefined;
  return {
    why: 'holds attached files, which a write through Connect might lose',
    remedy: 'Move the files to another item, or the client secrets to an item of their own.',
  };
}
