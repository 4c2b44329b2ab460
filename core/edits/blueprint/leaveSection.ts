import { sameData } from '../yaml/sameData.ts';
import { CannotEdit, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { apply } from '../yaml/yamlSplice.ts';
import { readSection } from './blueprintSection.ts';
import { GROUP, isSecret, NAMED_BY, USER } from './models.ts';
import { isPeoples, keyOfs, scopedBoth, type SectionOptions } from './sameSection.ts';
import { isMarkedFor, type Scope, scopedSection } from './scopedSection.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { entryRemoval, joined } from './sectionText.ts';

/**
 * A section without this client's entries; undefined where it has no others, so that it goes as a whole. In one that makes other
 * clients, too, a group or account goes only where it is marked as this client's and no entry that stays names it. Throws
 * {@link CannotEdit} where an entry that stays needs one that is to go.
 */
export function withoutClient(found: string, wanted: string, options: SectionOptions): string | undefined {
  const [there, asked] = scopedBoth(found, wanted, options);
  const own = there.entries.filter((entry) => entry.key !== undefined && !isPeoples(entry, asked));
  const others = there.entries.filter((entry) => !own.includes(entry));
  const going = own.filter(
    (entry) =>
      (!isAccount(entry) && !isSecret(entry)) ||
      (staysAlone(entry, others) && (isSecret(entry) || !there.shared || isMarkedFor(entry, options.client))),
  );
  if (going.length === there.entries.length && there.absent.length === 0) return undefined;
  const staying = there.entries.filter((entry) => !going.includes(entry));
  for (const { id } of going)
    if (id !== undefined && staying.some(({ node }) => keyOfs(node).includes(id)))
      throw new CannotEdit(`another entry of the section names ${id}, which is to go`);
  const after = apply(found, joined(going.map((entry) => entryRemoval(found, entry))));
  const left = readSection(after).entries;
  const values = (entries: readonly SectionEntry[]) => entries.map((entry) => [entry.model, entry.id, entry.values]);
  if (!sameData(values(left), values(staying)))
    throw new CannotEdit('what stays in the section would not read back as it was');
  return after;
}

/**
 * Whether another client's part of a section needs a group: an entry names it, or makes it without being marked as this
 * client's. Of a section that is this client's alone it is not asked. False where the text cannot be read.
 */
export function othersNeedGroup(text: string, of: Omit<Scope, 'accounts'>, group: string): boolean {
  const section = undefinedIfUneditable(() => scopedSection(readSection(text), { ...of, accounts: [] }));
  if (section?.shared !== true) return false;
  const reference = { object: GROUP, name: group };
  return section.entries.some(
    ({ key, model, values }) =>
      key === undefined && ((model === GROUP && values['name'] === group) || mentions(values, reference)),
  );
}

function isAccount({ model }: SectionEntry): boolean {
  return model === GROUP || model === USER;
}

/** Whether no entry of others names it. */
function staysAlone({ model, values, id }: SectionEntry, others: readonly SectionEntry[]): boolean {
  const reference = { object: model, name: values[NAMED_BY[model] ?? ''] };
  return !others.some(
    (other) => mentions(other.values, reference) || (id !== undefined && keyOfs(other.node).includes(id)),
  );
}

function mentions(value: unknown, reference: object): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return sameData(value, reference) || Object.values(value).some((each) => mentions(each, reference));
}
