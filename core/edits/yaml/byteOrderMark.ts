import type { EditOutcome, Splice } from './edit.ts';

/** U+FEFF, which some editors of Windows write at the beginning of a file. */
const MARK = '\uFEFF';

/** Makes an edit without the byte order mark, which the parser takes for a column of its own; the mark stays. */
export function keepingMark(text: string, edit: (text: string) => EditOutcome): EditOutcome {
  if (!text.startsWith(MARK)) return edit(text);
  const outcome = edit(text.slice(1));
  if (outcome.kind === 'alreadyThere') return { kind: 'alreadyThere', text };
  if (outcome.kind !== 'changed') return outcome;
  const shifted = (splices: readonly Splice[]): readonly Splice[] =>
    splices.map((splice) => ({ ...splice, offset: splice.offset + 1 }));
  const { splices, inverse } = outcome;
  return { kind: 'changed', text: `${MARK}${outcome.text}`, splices: shifted(splices), inverse: shifted(inverse) };
}
