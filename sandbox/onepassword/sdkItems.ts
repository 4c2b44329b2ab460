import {
  AutofillBehavior,
  ItemCategory,
  ItemFieldType,
  ItemState,
  type Item,
  type ItemOverview,
  type ItemField,
  type ItemSection,
  type Website,
} from '@1password/sdk';
import type { StoredField, StoredItem } from './vaultStore.ts';

/** An item between Connect's words, in which the store keeps it, and the SDK's. */

const CATEGORIES: Readonly<Record<string, ItemCategory>> = {
  LOGIN: ItemCategory.Login,
  PASSWORD: ItemCategory.Password,
  SERVER: ItemCategory.Server,
  DATABASE: ItemCategory.Database,
  SECURE_NOTE: ItemCategory.SecureNote,
  API_CREDENTIAL: ItemCategory.ApiCredentials,
};

const TYPES: Readonly<Record<string, ItemFieldType>> = {
  STRING: ItemFieldType.Text,
  CONCEALED: ItemFieldType.Concealed,
  CREDIT_CARD_TYPE: ItemFieldType.CreditCardType,
  CREDIT_CARD_NUMBER: ItemFieldType.CreditCardNumber,
  PHONE: ItemFieldType.Phone,
  URL: ItemFieldType.Url,
  OTP: ItemFieldType.Totp,
  EMAIL: ItemFieldType.Email,
  REFERENCE: ItemFieldType.Reference,
  SSHKEY: ItemFieldType.SshKey,
  MENU: ItemFieldType.Menu,
  MONTH_YEAR: ItemFieldType.MonthYear,
  ADDRESS: ItemFieldType.Address,
  DATE: ItemFieldType.Date,
};

interface StoredUrl {
  readonly href: string;
  readonly label?: string;
  readonly [other: string]: unknown;
}

interface StoredSection {
  readonly id: string;
  readonly label?: string;
}

interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

const isNotes = (field: StoredField): boolean => field.purpose === 'NOTES';

/** What the SDK gives of an item. Its custom icon and whether it is a favourite it does not show. */
export function toSdkItem(item: StoredItem): Item {
  const sections = (item['sections'] ?? []) as readonly StoredSection[];
  const files = (item['files'] ?? []) as readonly StoredFile[];
  return {
    id: item.id,
    title: item.title,
    category: CATEGORIES[item.category] ?? ItemCategory.Unsupported,
    vaultId: item.vault.id,
    fields: item.fields.filter((field) => !isNotes(field)).map(toSdkField),
    sections: sections.map(({ id, label = '' }): ItemSection => ({ id, title: label })),
    notes: item.fields.find(isNotes)?.value ?? '',
    tags: [...((item['tags'] ?? []) as readonly string[])],
    websites: ((item['urls'] ?? []) as readonly StoredUrl[]).map(toWebsite),
    version: item.version,
    files: files.map((attributes) => ({ attributes, sectionId: '', fieldId: attributes.id })),
    createdAt: new Date(item.createdAt),
    updatedAt: new Date(item.updatedAt),
  };
}

function toSdkField(field: StoredField): ItemField {
  const fieldType = TYPES[field.type ?? 'STRING'] ?? ItemFieldType.Unsupported;
  return {
    id: field.id ?? '',
    title: field.label ?? '',
    fieldType,
    value: field.value ?? '',
    ...(field.section === undefined ? {} : { sectionId: field.section.id }),
    // A code is another one every half minute; it is no part of what is kept.
    ...(fieldType === ItemFieldType.Totp
      ? { details: { type: 'Otp', content: { code: String(Date.now()).slice(-6) } } }
      : {}),
  };
}

function toWebsite({ href, label = '' }: StoredUrl): Website {
  return { url: href, label, autofillBehavior: AutofillBehavior.AnywhereOnWebsite };
}

/** What the SDK's list shows of an item. */
export function toSdkOverview(item: StoredItem): ItemOverview {
  const {
    fields: _fields,
    sections: _sections,
    notes: _notes,
    version: _version,
    files: _files,
    ...head
  } = toSdkItem(item);
  return { ...head, state: ItemState.Active };
}

/** The store's category of one of the SDK's. */
export function categoryOf(category: ItemCategory): string {
  return Object.entries(CATEGORIES).find(([, sdk]) => sdk === category)?.[0] ?? 'CUSTOM';
}

/** What the store keeps after a `put`: of a part that the SDK shows, what it says; of all others, what was there. */
export function merged(current: StoredItem, item: Item): StoredItem {
  const sections = [...item.sections];
  const fields = item.fields.map((field) => mergedField(current, field, sections));
  const notesAt = current.fields.findIndex(isNotes);
  const notes = current.fields[notesAt];
  if (notes !== undefined) fields.splice(notesAt, 0, { ...notes, value: item.notes });
  else if (item.notes !== '')
    fields.push({ id: 'notesPlain', type: 'STRING', purpose: 'NOTES', label: 'notesPlain', value: item.notes });
  const urls = (current['urls'] ?? []) as readonly StoredUrl[];
  return {
    ...current,
    title: item.title,
    fields,
    ...asBefore(
      current,
      'sections',
      sections.map(({ id, title }) => ({ id, label: title })),
    ),
    ...asBefore(current, 'tags', item.tags),
    ...asBefore(
      current,
      'urls',
      item.websites.map(({ url, label }) => ({ ...urls.find(({ href }) => href === url), href: url, label })),
    ),
  };
}

/** A list that is empty and was absent stays absent. */
function asBefore(current: StoredItem, name: string, list: readonly unknown[]): Record<string, unknown> {
  return list.length === 0 && current[name] === undefined ? {} : { [name]: list };
}

function mergedField(current: StoredItem, field: ItemField, sections: ItemSection[]): StoredField {
  const before = current.fields.find(({ id }) => id === field.id);
  const type = Object.entries(TYPES).find(([, sdk]) => sdk === field.fieldType)?.[0] ?? before?.type ?? 'STRING';
  const sectionId = field.sectionId ?? (before === undefined ? untitled(sections) : undefined);
  const { section, ...kept } = before ?? {};
  return {
    ...kept,
    id: field.id,
    label: field.title,
    type,
    value: field.value,
    ...(sectionId === undefined ? {} : { section: section?.id === sectionId ? section : { id: sectionId } }),
  };
}

/** Release 0.2.1: a new field without section goes into the empty one, which is made where there is none. */
function untitled(sections: ItemSection[]): string {
  const found = sections.find(({ title }) => title === '');
  if (found !== undefined) return found.id;
  sections.push({ id: 'add more', title: '' });
  return 'add more';
}
