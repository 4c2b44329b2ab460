import { isAlias, isMap, type Node, type Pair, type YAMLSeq } from 'yaml';
import { AskedText } from './askedText.ts';
import type { Section } from './blueprintSection.ts';
import { withFreeIds } from './freeIds.ts';
import { aliasOf } from './furtherValues.ts';
import type { SectionEntry } from './sectionEntries.ts';
import { BINDING, DEFAULTS, SECRET_FIELDS } from './models.ts';
import {
  canonical,
  differingFields,
  entriesFor,
  isSurplus,
  keyOfs,
  obstacleIn,
  refusedTwice,
  sameScoped,
  scopedBoth,
  type SectionOptions,
} from './sameSection.ts';
import type { ScopedSection } from './scopedSection.ts';
import { anchorReached, leavesOthers } from './sharedParts.ts';
import { refusalToChange } from './unclearFields.ts';
import {
  dashAt,
  entryRemoval,
  fieldOf,
  isBlockSeq,
  isEmpty,
  isOneLine,
  joined,
  keyText,
  linesRemoval,
  spaced,
  startOf,
  valueStart,
} from './sectionText.ts';
import type { Splice } from '../yaml/edit.ts';
import { column, dashOf, keyStart, lineStart, ownEnd, rangeOf, startWithComments } from '../yaml/positions.ts';
import { scalar } from '../yaml/scalars.ts';
import { CannotEdit, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { apply } from '../yaml/yamlSplice.ts';
import { own } from '../../base/own.ts';

/**
 * A blueprint that people or the job wrote, changed so that it makes what another one makes, and in nothing else: what is right
 * already keeps its bytes, comments stay, and so does what the other one does not speak of. Throws {@link CannotEdit}.
 */
export function updateSection(found: string, wanted: string, options: SectionOptions): string {
  if (found === wanted) return found;
  const [there, asked] = scopedBoth(found, wanted, options);
  if (sameScoped(there, asked, options)) return found;
  const update = new Update(there, withFreeIds(there, asked));
  const after = update.run(options);
  const now = undefinedIfUneditable(() => scopedBoth(after, wanted, options)[0]);
  const isWanted = now !== undefined && (after === wanted || sameScoped(now, asked, options));
  if (isWanted && leavesOthers(there, now, asked)) return after;
  const anchor = anchorReached(there, update.splices);
  if (anchor === undefined) throw new CannotEdit('the section would not read back as wanted');
  throw new CannotEdit(
    `the change would be inside of &${anchor}, which other places of the section take over by *${anchor}: write out there what is to stay, first`,
    'unclear',
  );
}

class Update {
  readonly #there: ScopedSection;
  readonly #asked: Section;
  readonly #text: AskedText;
  readonly #splices: Splice[] = [];
  /** Entries of the other text, by the entry that they go after: -1 stands for the top. */
  readonly #added = new Map<number, SectionEntry[]>();

  constructor(there: ScopedSection, asked: Section) {
    this.#there = there;
    this.#asked = asked;
    this.#text = new AskedText(there, asked);
  }

  /** What the run has changed. */
  get splices(): readonly Splice[] {
    return this.#splices;
  }

  run(options: SectionOptions): string {
    const { described } = options;
    const obstacle = obstacleIn(this.#there, this.#asked) ?? refusedTwice(this.#there.entries);
    if (obstacle !== undefined) throw new CannotEdit(obstacle, 'unclear');
    let after = this.#firstPlace();
    for (const entry of this.#asked.entries.filter(({ key }) => key !== undefined)) {
      const [found] = entriesFor(this.#there, entry.key);
      const index = found === undefined ? -1 : this.#there.entries.indexOf(found);
      const named = Math.max(-1, ...this.#placesNamedBy(entry));
      const lowest = Math.max(after, named);
      if (found === undefined) this.#added.set(lowest, [...(this.#added.get(lowest) ?? []), entry]);
      else if (entry.model === BINDING && named > index && differingFields(found, entry).length > 0) {
        // An entry that is to name a group which stands below it moves down there.
        this.#removeEntry(found);
        this.#added.set(named, [...(this.#added.get(named) ?? []), entry]);
      } else {
        this.#updateEntry(found, entry, options);
        after = Math.max(after, index);
      }
    }
    this.#removeSurplus();
    for (const [index, entries] of this.#added) this.#insert(index, entries);
    if (described && !this.#there.shared) this.#describe();
    return apply(this.#there.text, joined(this.#splices));
  }

  /** The entry after which the client's own begin: of a section that is others', too, the last one where it has none yet. */
  #firstPlace(): number {
    const { shared, entries } = this.#there;
    if (!shared) return -1;
    const first = entries.findIndex(({ key }) => key !== undefined);
    return first === -1 ? entries.length - 1 : first - 1;
  }

  /** Where the entries stand here that an entry of the other text names by `!KeyOf`. */
  #placesNamedBy({ node }: SectionEntry): readonly number[] {
    return keyOfs(node).map((id) => {
      const key = this.#asked.entries.find((entry) => entry.id === id)?.key;
      return this.#there.entries.findIndex((entry) => entry.key === key);
    });
  }

  #updateEntry(found: SectionEntry, wanted: SectionEntry, options: SectionOptions): void {
    const fields = differingFields(found, wanted);
    const refusal = refusalToChange(found, wanted, fields, options);
    if (refusal !== undefined) throw new CannotEdit(refusal, 'unclear');
    for (const field of fields) {
      const places = ['identifiers', 'attrs']
        .map((part) => found.node.get(part, true))
        .map((part) => fieldOf(part, field) ?? fieldOf(part, aliasOf(found.model, field) ?? field))
        .filter((pair) => pair !== undefined);
      const source =
        fieldOf(wanted.node.get('attrs', true), field) ?? fieldOf(wanted.node.get('identifiers', true), field);
      if (places.length === 0) this.#addField(found, field, source);
      for (const pair of places) this.#replaceField(found, field, pair, source, wanted);
    }
  }

  /** A field that is no longer asked for gets Authentik's default: left out, it would keep its value. */
  #defaultOf(model: string, field: string): string {
    const value = own(own(DEFAULTS, model), field);
    if (value === undefined) throw new CannotEdit(`${field} is not asked for, and has no default to go back to`);
    return typeof value === 'string' ? scalar(value) : String(value);
  }

  #addField(found: SectionEntry, field: string, source: Pair | undefined): void {
    const attrs = found.node.get('attrs', true);
    if (isAlias(attrs))
      throw new CannotEdit(
        `the attrs of its entry of model ${found.model} are *${attrs.source}, so ${field} would change for others too: ` +
          `write "<<: *${attrs.source}" below attrs first`,
        'unclear',
      );
    if (!isMap(attrs) || attrs.flow === true || attrs.items.length === 0)
      throw new CannotEdit(`its entry of model ${found.model} has no attrs in block style, which ${field} goes into`);
    const { text } = this.#there;
    const last = attrs.items.at(-1) as Pair;
    const indent = column(text, keyStart(attrs.items[0] as Pair));
    const lines =
      source === undefined
        ? [`${' '.repeat(indent)}${field}: ${this.#defaultOf(found.model, field)}`]
        : this.#text.linesOf(source, indent, found);
    const end = ownEnd(text, (last.value ?? last.key) as Node);
    this.#splices.push({ offset: end, remove: '', insert: lines.map((line) => `\n${line}`).join('') });
  }

  #replaceField(found: SectionEntry, field: string, pair: Pair, source: Pair | undefined, wanted: SectionEntry): void {
    const { text } = this.#there;
    if (source === undefined && SECRET_FIELDS.includes(field)) {
      this.#removeField(field, pair);
      return;
    }
    if (source === undefined) {
      this.#replaceValue(pair, this.#defaultOf(found.model, field));
      return;
    }
    if (isBlockSeq(pair.value) && isBlockSeq(source.value)) {
      this.#replaceItems(found, field, pair.value, source.value, wanted);
      return;
    }
    const single = this.#text.singleLine(source, found);
    if (single !== undefined && isOneLine(text, pair)) {
      this.#replaceValue(pair, single);
      return;
    }
    const start = lineStart(text, keyStart(pair));
    if (text.slice(start, keyStart(pair)).trim() !== '')
      throw new CannotEdit(`${field} of its entry of model ${found.model} is not on a line of its own`);
    const end = ownEnd(text, (pair.value ?? pair.key) as Node);
    const lines = this.#text.linesOf(source, column(text, keyStart(pair)), found);
    this.#splices.push({ offset: start, remove: text.slice(start, end), insert: lines.join('\n') });
  }

  /** Takes a field out that has no value to go back to. */
  #removeField(field: string, pair: Pair): void {
    const { text } = this.#there;
    const start = lineStart(text, keyStart(pair));
    if (text.slice(start, keyStart(pair)).trim() !== '' || !isOneLine(text, pair))
      throw new CannotEdit(`${field} is not on a line of its own`);
    this.#removeLines(start, ownEnd(text, (pair.value ?? pair.key) as Node));
  }

  /** Replaces a field's value alone, so that a comment behind it stays. */
  #replaceValue(pair: Pair, value: string): void {
    const { text } = this.#there;
    if (!isOneLine(text, pair)) throw new CannotEdit(`${keyText(pair)} is not on one line`);
    const start = valueStart(text, pair);
    const end = isEmpty(pair) ? start : rangeOf(pair.value)[1];
    this.#splices.push({ offset: start, remove: text.slice(start, end), insert: isEmpty(pair) ? ` ${value}` : value });
  }

  /** Items that are wanted keep their lines; new ones come after the last. */
  #replaceItems(found: SectionEntry, field: string, there: YAMLSeq, asked: YAMLSeq, wanted: SectionEntry): void {
    const { text } = this.#there;
    const [has, wants] = [membersOf(field, found), membersOf(field, wanted)];
    const last = there.items.at(-1);
    const dash = column(text, dashAt(text, last));
    const kept = new Set<string>();
    for (const [i, item] of there.items.entries()) {
      const member = has[i] ?? '';
      if (wants.includes(member) && !kept.has(member)) kept.add(member);
      else this.#removeLines(startWithComments(text, dashAt(text, item)), ownEnd(text, item as Node));
    }
    const lines = asked.items
      .filter((_, i) => !kept.has(wants[i] ?? ''))
      .flatMap((item) => {
        const from = dashAt(this.#asked.text, item);
        return this.#text.lines(from, ownEnd(this.#asked.text, item as Node), dash, found);
      });
    if (lines.length === 0) return;
    this.#splices.push({
      offset: ownEnd(text, last as Node),
      remove: '',
      insert: lines.map((line) => `\n${line}`).join(''),
    });
  }

  #removeSurplus(): void {
    const { entries } = this.#there;
    const surplus = entries.filter((entry) => isSurplus(entry, this.#asked));
    const staying = entries.filter((entry) => !surplus.includes(entry));
    for (const entry of surplus) {
      const { id } = entry;
      const named =
        id !== undefined && staying.some((entry) => entry.key === undefined && keyOfs(entry.node).includes(id));
      if (named) throw new CannotEdit(`another entry of the section names ${id}, which is to go`);
      this.#removeEntry(entry);
    }
  }

  #removeEntry(entry: SectionEntry): void {
    this.#splices.push(entryRemoval(this.#there.text, entry));
  }

  #removeLines(start: number, end: number): void {
    this.#splices.push(linesRemoval(this.#there.text, start, end));
  }

  /** New entries, with their comments, after the entry that they follow in the other text; before the first one else. */
  #insert(index: number, entries: readonly SectionEntry[]): void {
    const { text, entries: there } = this.#there;
    const anchor = there[Math.max(index, 0)];
    if (anchor === undefined)
      throw new CannotEdit(
        'the section has no entry that the new ones go after: take the section out, for a run makes one',
      );
    const dash = column(text, dashOf(text, anchor.node));
    const blocks = entries.map((entry) => {
      const from = startOf(this.#asked.text, entry);
      const end = ownEnd(this.#asked.text, entry.node);
      const first = column(this.#asked.text, dashOf(this.#asked.text, entry.node));
      return this.#text.lines(from + first, end, dash, undefined);
    });
    const gap = spaced(this.#there) ? [''] : [];
    if (index < 0) {
      const insert = blocks.flatMap((block) => [...block, ...gap]).map((line) => `\n${line}`);
      const at = lineStart(text, startOf(text, anchor));
      this.#splices.push({ offset: at - 1, remove: '', insert: insert.join('') });
      return;
    }
    const insert = blocks.flatMap((block) => [...gap, ...block]).map((line) => `\n${line}`);
    this.#splices.push({ offset: ownEnd(text, anchor.node), remove: '', insert: insert.join('') });
  }

  #describe(): void {
    if (this.#there.description === this.#asked.description) return;
    const path = ['metadata', 'labels'];
    const [there, asked] = [this.#there, this.#asked].map((section) =>
      fieldOf(section.document.getIn(path, true), 'blueprints.goauthentik.io/description'),
    );
    if (there === undefined || asked === undefined)
      throw new CannotEdit('it has no label blueprints.goauthentik.io/description, which is asked for');
    const { text } = this.#asked;
    this.#replaceValue(there, text.slice(valueStart(text, asked), rangeOf(asked.value)[1]));
  }
}

function membersOf(field: string, entry: SectionEntry): readonly string[] {
  const value = own(entry.values, field);
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return list.map((item) => JSON.stringify(canonical(field, [item])));
}
