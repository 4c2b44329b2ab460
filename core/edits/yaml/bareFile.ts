import { isScalar } from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';
import { newlineOf } from './positions.ts';
import { CannotEdit, parse } from './yamlDocument.ts';
import { apply, insertAfter, invert, proven, removeLines } from './yamlSplice.ts';

/** A file without any data: empty, or `---` and comments, as `ansible-galaxy init` leaves it. */
export function isBare(text: string): boolean {
  const [document, ...others] = parse(text);
  if (document === undefined) return true;
  const { contents } = document;
  if (others.length > 0) return false;
  if (contents === null) return true;
  const written = isScalar(contents) && (contents.source ?? '') === '' && contents.value === null;
  return written && contents.anchor === undefined && contents.tag === undefined;
}

/** The first data of such a file, apart from its comments by a blank line. */
export function addToBare(text: string, lines: readonly string[], wanted: unknown): EditOutcome {
  const end = text.trimEnd().length;
  if (/^\.\.\.\s*$/m.test(text)) throw new CannotEdit('it ends its only document, which is empty');
  const newline = newlineOf(text);
  const splice =
    end === 0
      ? { offset: 0, remove: '', insert: lines.map((line) => `${line}${newline}`).join('') }
      : insertAfter(text, end, ['', ...lines]);
  return proven(text, [splice], [wanted]);
}

/** Takes the only data of a file out again, from `start` to `end`; its comments stay. */
export function removeToBare(text: string, start: number, end: number): EditOutcome {
  const splice = text.slice(0, start).trim() === '' ? wholeText(text, end) : removeLines(text, start, end, true);
  const after = apply(text, [splice]);
  if (!isBare(after)) throw new CannotEdit('the result would not read back as wanted');
  return { kind: 'changed', text: after, splices: [splice], inverse: invert([splice]) };
}

function wholeText(text: string, end: number): Splice {
  const after = /^\r?\n/.exec(text.slice(end))?.[0].length ?? 0;
  return { offset: 0, remove: text.slice(0, end + after), insert: '' };
}
