import { sameSection } from './sameSection.ts';
import { identityDifference, type ClientSection } from './clientSection.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { updateSection } from './updateSection.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** A client's blueprint in a file of its own: what clientSection.ts does to a section, done to a whole text. */

/** Changes the blueprint that is there to what is asked for, where it is the same client's. */
export function updateClientFile(text: string, wanted: ClientSection): EditOutcome {
  return guarded(wanted.value, () => {
    if (text.includes('\r')) throw new CannotEdit('it has the line breaks of Windows');
    const differs = identityDifference(text, wanted.value);
    if (differs !== undefined) throw new CannotEdit(differs);
    return whole(updateSection(text, wanted.value, wanted));
  });
}

/** Puts a blueprint back that {@link updateClientFile} changed: what `origin` had, while what it asked for stands. */
export function restoreClientFile(text: string, origin: string, wanted: ClientSection): EditOutcome {
  return guarded('', () => {
    if (text === origin || sameSection(text, origin, wanted)) return { kind: 'alreadyThere', text };
    if (text === updateSection(origin, wanted.value, wanted)) return whole(origin);
    // Comments may have come in since: then the lines that say something else go back.
    if (sameSection(text, wanted.value, wanted)) return whole(updateSection(text, origin, wanted));
    return { kind: 'different', found: text, wanted: wanted.value };
  });
}

/** A file of ours alone is taken back by its whole text. */
function whole(text: string): EditOutcome {
  return { kind: 'changed', text, splices: [], inverse: [] };
}
