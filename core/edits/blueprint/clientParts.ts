import type { FurtherSection, Names, SectionNames } from '../../names/names.ts';
import { scalar } from '../yaml/scalars.ts';
import { apply } from '../yaml/yamlSplice.ts';
import { findOf } from './askedText.ts';
import { readSection } from './blueprintSection.ts';
import { isSecret, PROVIDER } from './models.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { entryRemoval, joined } from './sectionText.ts';

/** What a client asks of one section. */
export interface ClientPart {
  readonly section: SectionNames;
  /** Which of {@link Names.further}; undefined of the section that makes the application. */
  readonly index?: number;
  /** A blueprint that makes no more than this. */
  readonly text: string;
}

/** The sections of a client, in the order in which Authentik can make what they say; most clients have one. */
export function sectionsOfClient({ further = [], ...names }: Names): readonly Omit<ClientPart, 'text'>[] {
  const beside = further.map((section, index) => ({ section, index, isFirst: section.first === true }));
  return [
    ...beside.filter(({ isFirst }) => isFirst),
    { section: names },
    ...beside.filter(({ isFirst }) => !isFirst),
  ].map(({ section, index }: Omit<ClientPart, 'text'>) => ({ section, ...(index === undefined ? {} : { index }) }));
}

/**
 * A client's blueprint cut into what it asks of each section that holds some of its entries: those that stand in a further one stay
 * there, all others are of the section of the application. What stands elsewhere is found and not named by its id.
 */
export function clientParts(whole: string, names: Names): readonly ClientPart[] {
  // What could not be rendered is refused elsewhere.
  if ((names.further ?? []).length === 0 || whole === '') return [{ section: names, text: whole }];
  const { entries } = readSection(whole);
  const provider = entries.find(({ model }) => model === PROVIDER)?.key;
  // What keeps the secret stands above the provider, which refers to it.
  const placeOf = (entry: SectionEntry): FurtherSection | undefined =>
    names.further?.find((each) => each.entries.includes((isSecret(entry) ? provider : entry.key) ?? ''));
  return sectionsOfClient(names).map((part) => {
    const place = part.index === undefined ? undefined : names.further?.[part.index];
    const going = entries.filter((entry) => placeOf(entry) !== place);
    return { ...part, text: named(without(whole, going, going.length === entries.length), names, part.section) };
  });
}

function without(whole: string, going: readonly SectionEntry[], all: boolean): string {
  const left = apply(whole, joined(going.map((entry) => entryRemoval(whole, entry))));
  const found = left.replaceAll(/!KeyOf +([^\s,\]}#]+)/g, (reference, id: string) => {
    const key = going.find((entry) => entry.id === id)?.key;
    return key === undefined ? reference : findOf(key);
  });
  return all ? found.replace(/^entries:[^\n]*/m, 'entries: []') : found;
}

/** Two blueprints of one name would be one to Authentik. */
function named(text: string, names: SectionNames, { blueprintName }: SectionNames): string {
  return text.replace(`\n  name: ${scalar(names.blueprintName)}\n`, () => `\n  name: ${scalar(blueprintName)}\n`);
}
