import type { EditOutcome, Splice } from './edit.ts';
import { blankAbove, lineStart, newlineOf } from './positions.ts';
import { CannotEdit, hold, parse } from './yamlDocument.ts';

/** Inserts lines after the line that ends at `end`. */
export function insertAfter(text: string, end: number, lines: readonly string[]): Splice {
  const newline = newlineOf(text);
  return { offset: end, remove: '', insert: lines.map((line) => `${newline}${line}`).join('') };
}

/** Removes from the end of the line before `start` to `end`, with the one blank line above when `withBlank`. */
export function removeLines(text: string, start: number, end: number, withBlank: boolean): Splice {
  let from = lineStart(text, start);
  if (withBlank && blankAbove(text, from)) from = lineStart(text, from - 1);
  if (from === 0) throw new CannotEdit('the entry is the first line of the file');
  from -= text[from - 2] === '\r' ? 2 : 1;
  return { offset: from, remove: text.slice(from, end), insert: '' };
}

export function apply(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.offset - a.offset)
    .reduce((result, splice) => {
      const there = result.slice(splice.offset, splice.offset + splice.remove.length);
      if (there !== splice.remove) throw new CannotEdit('the text has changed since the edit was computed');
      return result.slice(0, splice.offset) + splice.insert + result.slice(splice.offset + splice.remove.length);
    }, text);
}

/** The splices that give the text before, from the text after. */
export function invert(splices: readonly Splice[]): readonly Splice[] {
  let shift = 0;
  return splices
    .toSorted((a, b) => a.offset - b.offset)
    .map((splice) => {
      const inverse = { offset: splice.offset + shift, remove: splice.insert, insert: splice.remove };
      shift += splice.insert.length - splice.remove.length;
      return inverse;
    });
}

/** Runs an edit; what it cannot do becomes `refused` with the lines to add by hand, which are written only then. */
export function guarded(addByHand: string | (() => string), edit: () => EditOutcome): EditOutcome {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof CannotEdit)) throw error;
    const lines = typeof addByHand === 'string' ? addByHand : addByHand();
    const code = error.code === undefined ? {} : { code: error.code };
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
    return { kind: 'refused', reason: error.message, addByHand: lines, ...code, ...remedy };
  }
}

/** Applies splices and proves that the data came out as wanted, in every document of the file. */
export function proven(text: string, splices: readonly Splice[], wanted: readonly unknown[]): EditOutcome {
  const after = apply(text, splices);
  if (!hold(parse(after), wanted)) throw new CannotEdit('the result would not read back as wanted');
  return { kind: 'changed', text: after, splices, inverse: invert(splices) };
}
