import { escaped } from '../../base/words.ts';
import { readSection, type Section } from './blueprintSection.ts';

/** The section that is asked for, with ids that no other entry of the one that is there has: an id names one entry of a text. */
export function withFreeIds<Asked extends Section>(there: Section, asked: Asked): Asked {
  const taken = new Set(there.entries.flatMap(({ id }) => id ?? []));
  const isThere = (key: string | undefined): boolean => there.entries.some((entry) => entry.key === key);
  const double = asked.entries.filter(
    ({ id, key }) => id !== undefined && taken.has(id) && key !== undefined && !isThere(key),
  );
  if (double.length === 0) return asked;
  let { text } = asked;
  for (const { id = '' } of double) {
    let free = id;
    for (let n = 2; taken.has(free) || asked.entries.some((entry) => entry.id === free); n += 1) free = `${id}-${n}`;
    taken.add(free);
    const place = new RegExp(`(^ +(?:- )?id: +|!KeyOf +)${escaped(id)}(?![^\\s,\\]}])`, 'gm');
    text = text.replaceAll(place, `$1${free}`);
  }
  const again = readSection(text);
  // The same entries as before, by their place: their keys say whose they are.
  return { ...asked, ...again, entries: again.entries.map((entry, i) => ({ ...entry, key: asked.entries[i]?.key })) };
}
