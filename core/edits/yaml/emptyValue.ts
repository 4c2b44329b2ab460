import { isNode, type Node, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';
import type { ListAt } from './listEntry.ts';
import {
  beginsLine,
  blankAbove,
  keyStart,
  lineEnd,
  lineStart,
  ownEnd,
  pairEnd,
  rangeOf,
  startWithComments,
} from './positions.ts';
import { CannotEdit, dataWith, parse } from './yamlDocument.ts';
import { apply, insertAfter, proven, removeLines } from './yamlSplice.ts';

/**
 * A key whose value is there but empty, as charts write `env: []`, gets lines of ours below it, and what stood there comes back
 * when they go. Where the place alone does not tell such a key from one that the job made, what stood there is kept in a comment:
 * `env: # []`.
 */

/** A value that says nothing, in one piece on the line of its key. */
const EMPTY = /^(?:\[\s*\]|\{\s*\}|~|null)$/i;
const NOTHING = 'empty';
const MARK = /^([ \t]+)# (\[[ \t]*\]|\{[ \t]*\}|~|null|empty)(?=[ \t]|\r?$)/im;

/** Whether a key stands where the job would not have made it, by its neighbours or by comments about it. */
export type IsTheirs = (text: string, pair: Pair) => boolean;

/** Puts lines below a key in place of its empty value. `again` finds the key in a text that was changed. */
export function fillEmpty(
  text: string,
  pair: Pair,
  lines: readonly string[],
  isTheirs: (after: string) => boolean,
): readonly Splice[] {
  const colon = colonOf(text, pair);
  const end = lineEnd(text, colon);
  const line = text.slice(colon, end);
  const below = insertAfter(text, end, lines);
  const clean = { offset: colon, remove: ' []', insert: '' };
  if (/^ \[\](?=[ \t]|$)/.test(line) && !MARK.test(line.slice(3))) {
    const splices = joined(clean, below);
    if (isTheirs(apply(text, splices))) return splices;
  }
  const [, space = '', value = ''] = /^([ \t]*)([^#]*?)[ \t]*(?:#.*)?$/.exec(line) ?? [];
  const isTagged = (pair.value as { tag?: string; anchor?: string } | null)?.anchor !== undefined;
  if (isTagged || (value !== '' && !EMPTY.test(value)))
    throw new CannotEdit(`${String((pair.key as { value?: unknown }).value)} is there but empty: take its line out`);
  const mark =
    value === ''
      ? { offset: colon, remove: '', insert: ` # ${NOTHING}` }
      : { offset: colon + space.length, remove: '', insert: '# ' };
  return joined(mark, below);
}

/** Two splices, one behind the other, as one where nothing stands between them. */
function joined(first: Splice, second: Splice): readonly Splice[] {
  if (first.offset + first.remove.length < second.offset) return [first, second];
  const { offset } = first;
  return [{ offset, remove: `${first.remove}${second.remove}`, insert: `${first.insert}${second.insert}` }];
}

/** The splice that puts back the empty value of a key whose lines go; undefined where the job made the key. */
export function emptyAgain(text: string, pair: Pair, isTheirs: IsTheirs): Splice | undefined {
  const colon = colonOf(text, pair);
  const line = text.slice(colon, lineEnd(text, colon));
  const [marked, space = '', value] = MARK.exec(line) ?? [];
  if (marked !== undefined)
    return value === NOTHING
      ? { offset: colon, remove: marked, insert: '' }
      : { offset: colon + space.length, remove: '# ', insert: '' };
  return isTheirs(text, pair) ? { offset: colon, remove: '', insert: ' []' } : undefined;
}

/** Takes lines of ours out from there to the end of their last node, and puts back what stood at the key of that path. */
export function emptied(
  { text, documents, document, path }: ListAt,
  splice: Splice,
  start: number,
  last: Node,
): EditOutcome {
  const splices = joined(splice, removeLines(text, start, ownEnd(text, last), false));
  const after = parse(apply(text, splices))[documents.indexOf(document)];
  const value = after?.getIn(path, true);
  const result = dataWith(documents, document, path, () => (isNode(value) ? (value.toJSON() as unknown) : null));
  return proven(text, splices, result);
}

/** Whether a key has comments or a blank line about it: the job makes none. */
export function isAnnotated(text: string, pair: Pair): boolean {
  const start = keyStart(pair);
  if (!beginsLine(text, start)) return true;
  const colon = colonOf(text, pair);
  return (
    startWithComments(text, start) < lineStart(text, start) ||
    blankAbove(text, start) ||
    text.slice(colon, lineEnd(text, colon)).trim() !== '' ||
    pairEnd(text, pair) > ownEnd(text, pair.value as YAMLMap)
  );
}

/** Offset behind the colon of a key. */
function colonOf(text: string, { key }: Pair): number {
  const [, end] = rangeOf(key);
  if (text[end] !== ':') throw new CannotEdit('a key is not followed by its colon');
  return end + 1;
}
