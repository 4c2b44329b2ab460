import type { EditOutcome } from '../edits/yaml/edit.ts';
import type { FileEdit } from './fileEdit.ts';

/** The edit that writes the record, and the ways back: the text from before the change, or none. */
export function recordEdit(path: string, wanted: string): FileEdit {
  const written: EditOutcome = { kind: 'changed', text: wanted, splices: [], inverse: [] };
  return {
    step: 'renderAnsibleFiles',
    entry: { place: 'record' },
    path,
    mayCreate: true,
    makeFirst: '',
    add: (found) => {
      if (found === undefined) return written;
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    update: () => written,
    // Whatever it says by then: without its registration it is of no use.
    remove: () => 'delete',
    restore: (text, origin) =>
      text === origin ? { kind: 'alreadyThere', text } : { kind: 'changed', text: origin, splices: [], inverse: [] },
  };
}
