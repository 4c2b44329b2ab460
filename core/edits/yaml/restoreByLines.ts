import { diffArrays } from 'diff';
import type { EditOutcome } from './edit.ts';

/** Lines around a change by which its place is known again. */
const CONTEXT = 2;

/**
 * Takes an update of a text back: `origin` is the text before it, `updated` what it made of it. In a text that others have
 * changed since, the changed lines are found again by the lines around them; where those have changed too nothing is done.
 */
export function restoreByLines(text: string, origin: string, updated: string): EditOutcome {
  if (text === origin) return { kind: 'alreadyThere', text };
  const after = text === updated ? origin : patched(text, updated, origin);
  if (after !== undefined) return { kind: 'changed', text: after, splices: [], inverse: [] };
  return patched(text, origin, updated) === undefined
    ? { kind: 'different', found: text, wanted: updated }
    : { kind: 'alreadyThere', text };
}

/**
 * Makes the change from one text to another in a third, which others made of the first. A line is found where they have left it,
 * never by what it says: tasks are alike, and another one's lines are not ours.
 */
function patched(text: string, from: string, to: string): string | undefined {
  const [now, old, wanted] = [text, from, to].map((each) => each.split('\n')) as [string[], string[], string[]];
  const places = placesOf(old, now);
  const result = [...now];
  // Behind the last line break there is no line.
  const last = old.at(-1) === '' ? old.length - 1 : old.length;
  for (const { at, remove, insert } of hunksOf(old, wanted).toReversed()) {
    const [first, end] = [Math.max(0, at - CONTEXT), Math.max(at + remove, Math.min(last, at + remove + CONTEXT))];
    const start = places[first];
    const stands = old.slice(first, end).every((_, i) => start !== undefined && places[first + i] === start + i);
    if (start === undefined || !stands) return undefined;
    result.splice(start + at - first, remove, ...insert);
  }
  return result.join('\n');
}

/** Where each line of a text stands in what others made of it; undefined where it is gone. */
function placesOf(old: readonly string[], now: readonly string[]): readonly (number | undefined)[] {
  let place = 0;
  return diffArrays([...old], [...now]).flatMap((part): readonly (number | undefined)[] => {
    const from = place;
    if (!part.removed) place += part.value.length;
    if (part.added) return [];
    return part.value.map((_, i) => (part.removed ? undefined : from + i));
  });
}

interface Hunk {
  /** Line of the text before. */
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly string[];
}

function hunksOf(old: readonly string[], wanted: readonly string[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  for (const { value, added, removed } of diffArrays([...old], [...wanted])) {
    const last = hunks.at(-1);
    const open = last !== undefined && last.at + last.remove === at ? hunks.pop() : undefined;
    const { at: start, remove, insert } = open ?? { at, remove: 0, insert: [] };
    if (added) hunks.push({ at: start, remove, insert: [...insert, ...value] });
    else if (removed) hunks.push({ at: start, remove: remove + value.length, insert });
    else if (open !== undefined) hunks.push(open);
    if (!added) at += value.length;
  }
  return hunks;
}
