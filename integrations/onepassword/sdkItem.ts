import { ItemCategory, ItemFieldType, type Item } from '@1password/sdk';
import type { Secret } from '../../core/base/secret.ts';
import { OUR_SECTION_ID, sectionIdOf, withoutEmpty } from './ourSections.ts';
import type { Unwritable } from '../vault/vault.ts';
import { valueOf, type ItemNote, type VaultItem } from './item.ts';

/** A {@link VaultItem} speaks Connect's words; these are no mere spellings of the SDK's. */
const RENAMED: Partial<Record<ItemFieldType, string>> = {
  [ItemFieldType.Text]: 'STRING',
  [ItemFieldType.Totp]: 'OTP',
  [ItemFieldType.SshKey]: 'SSHKEY',
};

/** `MonthYear` is `MONTH_YEAR`. */
function typeOf(type: ItemFieldType): string {
  return RENAMED[type] ?? type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/**
 * Section of the fields that the job adds: the library takes no custom field without one ("must be part of a section"), and would
 * put it into a section of its own choosing. It has no title, as the one that 1Password's apps put fields into.
 */
const OUR_SECTION = { id: OUR_SECTION_ID, title: '' };

/** Whether it is the item of that id, by all that is read here: the library hands on what its core was answered. */
export function isSdkItem(item: Item, id: string): boolean {
  const { title, version, updatedAt, fields, sections, tags, files } = (item ?? {}) as Partial<Item>;
  const lists: readonly unknown[] = [fields, sections, tags, files];
  const whole = item?.id === id && typeof title === 'string' && typeof version === 'number';
  return whole && updatedAt instanceof Date && lists.every((list) => Array.isArray(list));
}

export function describeSdkItem(item: Item): VaultItem {
  const titles = new Map(item.sections.map(({ id, title }) => [id, title]));
  return {
    id: item.id,
    title: item.title,
    version: item.version,
    updatedAt: item.updatedAt.toISOString(),
    fields: item.fields.map((field) => ({
      id: field.id,
      label: field.title,
      type: typeOf(field.fieldType),
      section: field.sectionId === undefined ? undefined : (titles.get(field.sectionId) ?? field.sectionId),
      value: valueOf(typeOf(field.fieldType), field.value),
    })),
    unwritable: unwritable(item),
  };
}

/** The item with one concealed field more, in a section without title. */
export function withSdkField(
  item: Item,
  {
    id,
    title,
    value,
    shown,
  }: { readonly id: string; readonly title: string; readonly value: Secret; readonly shown: boolean },
): Item {
  const section = item.sections.find((each) => each.title === '') ?? OUR_SECTION;
  const sections = item.sections.includes(section) ? item.sections : [...item.sections, section];
  const fieldType = shown ? ItemFieldType.Text : ItemFieldType.Concealed;
  const field = { id, title, sectionId: section.id, fieldType, value: value.reveal() };
  return { ...item, sections, fields: [...item.fields, field] };
}

/** The item with one field of plain text more, in the section of this name. */
export function withSdkNote(item: Item, id: string, { label, text, section }: ItemNote): Item {
  const known = item.sections.find((each) => each.title === section);
  const own = known ?? { id: sectionIdOf(section), title: section };
  const sections = known === undefined ? [...item.sections, own] : item.sections;
  const field = { id, title: label, sectionId: own.id, fieldType: ItemFieldType.Text, value: text };
  return { ...item, sections, fields: [...item.fields, field] };
}

/** The item without one field, and without a section of ours where that held nothing else. */
export function withoutSdkField(item: Item, at: number): Item {
  const fields = item.fields.filter((_field, i) => i !== at);
  const used = fields.map((field) => field.sectionId);
  return { ...item, fields, sections: withoutEmpty(item.sections, used) };
}

/**
 * What `items.put` would not write back as it was. The library itself refuses items with fields that it does not know and tags beyond
 * ASCII ("Editing is not supported for unsupported fields", "tags list contains non-ascii characters"); that it keeps attached
 * files is not proven. Custom icons it does not show: those it refuses by itself, before it writes.
 */
function unwritable(item: Item): Unwritable | undefined {
  const remedy = 'Move that part to another item, or the client secrets to an item of their own.';
  const why = (text: string): Unwritable => ({ why: text, remedy });
  if (item.category === ItemCategory.Unsupported) return why("is of a category that 1Password's SDK does not know");
  const unknown = item.fields.filter((field) => field.fieldType === ItemFieldType.Unsupported);
  if (unknown.length > 0) {
    const names = unknown.map((field) => `"${field.title}"`).join(', ');
    return why(`holds what 1Password's SDK cannot edit: ${names}`);
  }
  if (item.files.length > 0 || item.document !== undefined)
    return why("holds attached files, which a write through 1Password's SDK might lose");
  const tags = item.tags.filter((tag) => !/^[\x20-\x7e]+$/.test(tag) || tag.trim() === '');
  if (tags.length > 0 || new Set(item.tags).size < item.tags.length)
    return why("has tags that 1Password's SDK does not write: empty, twice, or beyond ASCII");
  return undefined;
}
