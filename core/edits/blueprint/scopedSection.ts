import { MADE_FOR } from '../../authentik/renderBlueprint.ts';
import type { Names } from '../../names/names.ts';
import type { Registration } from '../../registration/registration.ts';
import { sameData } from '../yaml/sameData.ts';
import { ownEnd } from '../yaml/positions.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { readSection, type Section } from './blueprintSection.ts';
import { startOf } from './sectionText.ts';
import { APPLICATION, BINDING, GROUP, isSecret, PROVIDER, SECRET_FIELDS, USER, keyOfNamed } from './models.ts';
import { untoldName, type SectionEntry } from './sectionEntries.ts';

/** A section as one client sees it: what is not this client's has no key, as all that people keep there beside a client. */
export interface ScopedSection extends Section {
  /** It is not this client's alone, for it makes others' applications or providers or none: its metadata are nobody's. */
  readonly shared: boolean;
}

/** Whose a section is looked at for. */
export interface Scope {
  readonly slug: unknown;
  readonly providerName: unknown;
  /** Keys of the groups and accounts that it asks for, and of its secret where that is an object of its own. */
  readonly accounts: readonly (string | undefined)[];
  /** The client's name, by which the groups and accounts are marked that the job has made for it. */
  readonly client: string | undefined;
  /** Clients join the section: it is shared, whoever else is there by now. */
  readonly joined?: boolean | undefined;
}

/** The scope of a client by its blueprint, as that is by itself. */
export function scopeOf(of: Section, client: string | undefined, joined = false): Scope {
  const accounts = of.entries
    .filter((entry) => entry.model === GROUP || entry.model === USER || isSecret(entry))
    .map(({ key }) => key);
  return {
    slug: valueOf(of, APPLICATION, 'slug'),
    providerName: valueOf(of, PROVIDER, 'name'),
    accounts,
    client,
    joined,
  };
}

/** The scope of a client by what is asked for it. */
export function scopeFor(
  { slug, providerName, joined }: Pick<Names, 'slug' | 'providerName' | 'joined'>,
  { metadata, spec }: Registration,
): Scope {
  const accounts = spec.groups.flatMap(({ name, serviceAccounts }) => [
    keyOfNamed(GROUP, name),
    ...serviceAccounts.map(({ username }) => keyOfNamed(USER, username)),
  ]);
  return { slug, providerName, accounts, client: metadata.name, joined };
}

/** Texts of the sections that hold something of a client; most have one. */
export type SectionTexts = string | readonly string[] | undefined;

/**
 * A section's text as one client sees it, with its own entries alone where it is shared; of several the entries of all. Undefined where
 * there is none, or one cannot be read.
 */
export function ownSection(texts: SectionTexts, scope: Scope): ScopedSection | undefined {
  return undefinedIfUneditable(() => {
    const [first, ...others] = [texts ?? []].flat().map((text) => {
      const section = scopedSection(readSection(text), scope);
      return section.shared ? { ...section, entries: section.entries.filter(({ key }) => key !== undefined) } : section;
    });
    return first && { ...first, entries: [first, ...others].flatMap(({ entries }) => entries) };
  });
}

/** Whether a section says something of others as well; not known of one that cannot be read. */
export function makesOthers(text: string, scope: Scope): boolean {
  return (
    undefinedIfUneditable(() => {
      const { shared, entries } = scopedSection(readSection(text), scope);
      return shared && entries.some(({ key }) => key === undefined);
    }) ?? false
  );
}

/** A section's text cut in two: the client's own entries, and those of others where it is shared; all of it is own where it cannot be read. */
export function partsOf(text: string, scope: Scope): { readonly own: string; readonly others: string } {
  const section = undefinedIfUneditable(() => scopedSection(readSection(text), scope));
  if (section?.shared !== true) return { own: text, others: '' };
  const linesOf = (own: boolean): string =>
    section.entries
      .filter(({ key }) => (key !== undefined) === own)
      .map((entry) => text.slice(startOf(text, entry), ownEnd(text, entry.node)))
      .join('\n');
  return { own: linesOf(true), others: linesOf(false) };
}

/**
 * A section with the keys of this client's entries alone. In one that makes other clients as well, a binding is whose application
 * it binds; of groups and accounts only those count that the client asks for or is marked to have made: any other may be
 * somebody else's. A secret is whose provider refers to it.
 */
export function scopedSection(there: Section, { slug, providerName, accounts, client, joined }: Scope): ScopedSection {
  const application = there.entries.find((entry) => entry.model === APPLICATION && entry.values['slug'] === slug);
  const isClient = ({ model, values }: SectionEntry): boolean =>
    model === APPLICATION
      ? values['slug'] === slug
      : values['name'] === providerName ||
        sameData(application?.values['provider'], { object: PROVIDER, name: values['name'] });
  const references = there.entries
    .filter((entry) => entry.model === PROVIDER && isClient(entry))
    .flatMap(({ values }) => SECRET_FIELDS.map((field) => values[field]));
  const isOwn = (entry: SectionEntry): boolean => {
    const { model, key, values } = entry;
    if (isSecret(entry)) {
      const reference = { object: model, name: values['name'] };
      return accounts.includes(key) || references.some((each) => sameData(each, reference));
    }
    if (model === APPLICATION || model === PROVIDER) return isClient(entry);
    if (model === BINDING) return sameData(values['target'], { object: APPLICATION, name: slug });
    if (model !== GROUP && model !== USER) return false;
    return accounts.includes(key) || isMarkedFor(entry, client);
  };
  const clients = there.entries.filter(({ model }) => model === APPLICATION || model === PROVIDER);
  const shared = joined === true || clients.length === 0 || !clients.every(isClient);
  return {
    ...there,
    shared,
    entries: there.entries.map((entry) => {
      if (isOwn(entry) || untoldName(entry) !== undefined) return entry;
      if (shared) return ofOthers(entry);
      return entry.model === BINDING || isSecret(entry) ? { ...entry, key: undefined } : entry;
    }),
  };
}

/** What is unclear of it is no matter of this client. */
function ofOthers({ key: _key, unclear: _unclear, ...entry }: SectionEntry): SectionEntry {
  return { ...entry, key: undefined };
}

/** Whether the entry above makes it for this client. */
export function isMarkedFor({ mark }: SectionEntry, client: string | undefined): boolean {
  return client !== undefined && mark?.getIn(['attrs', 'attributes', MADE_FOR]) === client;
}

/** Whether a section holds neither application nor provider of the client, and no binding of it: it may join, or has left. */
export function isAbsent({ entries, shared }: ScopedSection): boolean {
  return shared && !entries.some(({ model, key }) => key !== undefined && CLIENTS.has(model));
}

const CLIENTS: ReadonlySet<string> = new Set([APPLICATION, PROVIDER, BINDING]);

function valueOf({ entries }: Section, model: string, field: string): unknown {
  return entries.find((entry) => entry.model === model)?.values[field];
}
