import type { EditOutcome } from '../../../core/edits/yaml/edit.ts';

/** The code of a refusal, where it has one: `codes.test.ts` says which. Every other field of it is compared exactly. */
export function codeOf(outcome: EditOutcome): Readonly<Record<string, unknown>> {
  return outcome.kind === 'refused' && outcome.code !== undefined ? { code: outcome.code } : {};
}
