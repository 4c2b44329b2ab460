import type { Node, Pair } from 'yaml';
import { own } from '../../base/own.ts';
import { column, keyStart, ownEnd, rangeOf } from '../yaml/positions.ts';
import { scalar } from '../yaml/scalars.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import type { Section } from './blueprintSection.ts';
import { NAMED_BY } from './models.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { isEmpty, isOneLine, valueStart } from './sectionText.ts';

/**
 * Text of the section that is asked for, as it is written in the one that is there: at that one's indentation, and with
 * references to its entries. `within` is the entry that the text goes into, where there is one.
 */
export class AskedText {
  readonly #there: Section;
  readonly #asked: Section;

  constructor(there: Section, asked: Section) {
    this.#there = there;
    this.#asked = asked;
  }

  /** The lines of a field. */
  linesOf(source: Pair, indent: number, within: SectionEntry | undefined): readonly string[] {
    const { text } = this.#asked;
    const from = keyStart(source);
    return this.lines(from, ownEnd(text, (source.value ?? source.key) as Node), indent, within);
  }

  /** The value of the other text, where it is on one line. */
  singleLine(source: Pair, within: SectionEntry): string | undefined {
    const { text } = this.#asked;
    if (!isOneLine(text, source) || isEmpty(source)) return undefined;
    const value = text.slice(valueStart(text, source), rangeOf(source.value)[1]);
    return this.#withReferences(value, within);
  }

  /** Lines of the other text at another indentation, with references as this text knows them. */
  lines(from: number, end: number, indent: number, within: SectionEntry | undefined): readonly string[] {
    const { text } = this.#asked;
    const old = column(text, from);
    return this.#withReferences(text.slice(from, end), within)
      .split('\n')
      .map((line, i) => {
        if (line.trim() === '') return '';
        const own = i === 0 ? 0 : line.length - line.trimStart().length - old;
        return `${' '.repeat(indent + own)}${line.trimStart()}`;
      });
  }

  /** Lines with the references of this section, where the same entries may have other ids, or none. */
  #withReferences(lines: string, within: SectionEntry | undefined): string {
    return lines.replaceAll(/!KeyOf +([^\s,\]}#]+)/g, (reference, id: string) => {
      const key = this.#asked.entries.find((entry) => entry.id === id)?.key;
      const at = this.#there.entries.findIndex((entry) => entry.key === key);
      const target = this.#there.entries[at];
      if (target === undefined) return reference;
      if (within !== undefined && at > this.#there.entries.indexOf(within))
        throw new CannotEdit(`the entry of ${key ?? id} must stand above the one that names it: move it there by hand`);
      if (target.id !== undefined) return `!KeyOf ${target.id}`;
      return findOf(key ?? '');
    });
  }
}

/** A reference to the object of an entry, by the entry's key, from wherever that is not named by its id. */
export function findOf(key: string): string {
  const [model = '', ...name] = key.split(' ');
  return `!Find [${model}, [${own(NAMED_BY, model) ?? 'name'}, ${scalar(name.join(' '), true)}]]`;
}
