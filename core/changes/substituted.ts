import { arrival, untoldSentence, writtenFor, type Substitution } from '../kubernetes/substitution.ts';
import type { EditOutcome } from '../edits/yaml/edit.ts';
import type { Edits, FileEdit } from './fileEdit.ts';

type Edit = NonNullable<FileEdit['update']>;
type Restore = NonNullable<FileEdit['restore']>;

/**
 * Edits of a file in which values are substituted: done to what arrives, and written back so that this arrives. `part` is what must
 * be told of the file: the client's section, whose hash is that of what arrives.
 */
export function substituted<Some extends Edits & Pick<FileEdit, 'update' | 'restore'>>(
  edits: Some,
  substitution: Substitution | undefined,
  part: (text: string) => string | undefined = () => undefined,
): Some {
  if (substitution === undefined) return edits;
  const refusal = (raw: string): EditOutcome | undefined => {
    const reason = untoldSentence(part(raw) ?? '', substitution);
    return reason === undefined ? undefined : { kind: 'refused', reason, addByHand: '' };
  };
  const back = (outcome: EditOutcome, raw: string, origin?: string): EditOutcome => {
    if (outcome.kind === 'alreadyThere') return { ...outcome, text: raw };
    if (outcome.kind !== 'changed') return outcome;
    const text = writtenFor(outcome.text, { raw, ...(origin === undefined ? {} : { origin }) }, substitution);
    if (text === outcome.text) return outcome;
    if (text !== undefined) return { ...outcome, text, splices: [], inverse: [] };
    return {
      kind: 'refused',
      reason:
        'what is asked for holds "${", in whose place Flux may put something else: say in gitops.substitute of registrar.yaml what it ' +
        'substitutes, or "substitute: false" where it does not',
      addByHand: '',
    };
  };
  const arrived = (text: string): string => arrival(text, substitution).text;
  return {
    ...edits,
    add: (raw: string | undefined) =>
      refusal(raw ?? '') ?? back(edits.add(raw === undefined ? raw : arrived(raw)), raw ?? ''),
    ...(edits.update && {
      update: (raw: string) => refusal(raw) ?? back((edits.update as Edit)(arrived(raw)), raw),
    }),
    ...(edits.restore && {
      restore: (raw: string, origin: string) =>
        back((edits.restore as Restore)(arrived(raw), arrived(origin)), raw, origin),
    }),
    remove: (raw: string) => {
      const outcome = edits.remove(arrived(raw));
      return outcome === 'delete' ? outcome : back(outcome, raw);
    },
  };
}
