import { applyPatch, structuredPatch } from 'diff';
import type { EditOutcome } from './edit.ts';

/** Lines around a change by which its place is known again. */
const CONTEXT = 2;

/**
 * Takes an update of a text back: `origin` is the text before it, `updated` what it made of it. In a text that others have changed
 * since, the changed lines are found again by the lines around them; where those have changed too nothing is done.
 */
export function restoreByLines(text: string, origin: string, updated: string): EditOutcome {
  if (text === origin) return { kind: 'alreadyThere', text };
  const after = text === updated ? origin : patched(text, updated, origin);
  if (after !== undefined) return { kind: 'changed', text: after, splices: [], inverse: [] };
  return patched(text, origin, updated) === undefined
    ? { kind: 'different', found: text, wanted: updated }
    : { kind: 'alreadyThere', text };
}

function patched(text: string, from: string, to: string): string | undefined {
  const patch = structuredPatch('', '', from, to, '', '', { context: CONTEXT });
  const after = applyPatch(text, patch, { fuzzFactor: 0, autoConvertLineEndings: false });
  return after === false ? undefined : after;
}
