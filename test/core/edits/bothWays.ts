import { expect } from 'vitest';
import type { EditOutcome } from '../../../core/edits/yaml/edit.ts';
import { apply } from '../../../core/edits/yaml/yamlSplice.ts';

export interface Edit<Wanted> {
  readonly add: (text: string, wanted: Wanted) => EditOutcome;
  readonly remove: (text: string, wanted: Wanted) => EditOutcome;
}

type Changed = Extract<EditOutcome, { kind: 'changed' }>;

/** The outcome, which must be a change; what a refusal says otherwise. */
export function changed(outcome: EditOutcome): Changed {
  if (outcome.kind !== 'changed') throw new Error(`not changed, but ${JSON.stringify(outcome, null, 2)}`);
  return outcome;
}

/**
 * Makes an edit and holds it to every promise: only whole lines were added, the inverse and the removal each give the text
 * before byte for byte, twice is once, and there is nothing to remove before. Returns the text after.
 */
export function bothWays<Wanted>(edit: Edit<Wanted>, before: string, wanted: Wanted): string {
  const outcome = changed(edit.add(before, wanted));
  expectOnlyAddedLines(before, outcome);
  expect(apply(outcome.text, outcome.inverse)).toBe(before);
  expect(changed(edit.remove(outcome.text, wanted)).text).toBe(before);
  expect(edit.add(outcome.text, wanted)).toEqual({ kind: 'alreadyThere', text: outcome.text });
  expect(edit.remove(before, wanted)).toEqual({ kind: 'alreadyThere', text: before });
  return outcome.text;
}

function expectOnlyAddedLines(before: string, { splices, text }: Changed): void {
  for (const { offset, remove, insert } of splices) {
    expect(remove).toBe('');
    const afterLine = /^\r?\n/.test(insert) && /^(\r?\n|$)/.test(before.slice(offset));
    const beforeLine = insert.endsWith('\n') && (offset === 0 || before[offset - 1] === '\n');
    expect({ insert, wholeLines: afterLine || beforeLine }).toEqual({ insert, wholeLines: true });
  }
  // A file of one kind of line break keeps it.
  if (!before.includes('\r')) expect(text).not.toContain('\r');
  if (before.includes('\n') && !/[^\r]\n/.test(before)) expect(text).not.toMatch(/[^\r]\n/);
}

/** The same text with the line breaks of Windows. */
export function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n');
}
