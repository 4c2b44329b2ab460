import { sameSection } from './sameSection.ts';
import { clientUpdated, isElsewhere, mayJoin, type ClientSection } from './clientSection.ts';
import { withoutClient } from './leaveSection.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { updateSection } from './updateSection.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** A client's blueprint in a file of its own: what clientSection.ts does to a section, done to a whole text. */

/** Changes the blueprint that is there to what is asked for, where it is the same client's. */
export function updateClientFile(text: string, wanted: ClientSection): EditOutcome {
  return guarded(wanted.value, () => {
    if (text.includes('\r')) throw new CannotEdit('it has the line breaks of Windows');
    return whole(clientUpdated(text, wanted));
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

/** Adds the client's entries to a file that makes others; undefined where that is none which it may join. */
export function joinClientFile(text: string, wanted: ClientSection): EditOutcome | undefined {
  if (!mayJoin(text, wanted)) return undefined;
  return guarded(wanted.value, () => whole(updateSection(text, wanted.value, wanted)));
}

/** Takes the client's entries out, if they say what was asked for; with the last of its entries the file goes. */
export function removeClientFile(text: string, wanted: ClientSection): EditOutcome | 'delete' {
  if (text === wanted.value) return 'delete';
  if (isElsewhere(text, wanted)) return { kind: 'alreadyThere', text };
  if (!sameSection(text, wanted.value, wanted)) return { kind: 'different', found: text, wanted: wanted.value };
  let gone = false;
  const outcome = guarded('', () => {
    const isWindows = text.includes('\r\n') && !/(?<!\r)\n/.test(text);
    const left = withoutClient(isWindows ? text.replaceAll('\r\n', '\n') : text, wanted.value, wanted);
    gone = left === undefined;
    return whole((isWindows ? left?.replaceAll('\n', '\r\n') : left) ?? '');
  });
  return gone ? 'delete' : outcome;
}

/** A file of ours alone is taken back by its whole text. */
function whole(text: string): EditOutcome {
  return { kind: 'changed', text, splices: [], inverse: [] };
}
