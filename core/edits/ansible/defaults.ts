import { isMap } from 'yaml';
import { addToBare, isBare, removeToBare } from '../yaml/bareFile.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { withKey, withoutKey } from '../yaml/newKey.ts';
import { assertClosed, keyStart, ownEnd, pairEnd } from '../yaml/positions.ts';
import { scalar } from '../yaml/scalars.ts';
import { CannotEdit, dataOf, parse } from '../yaml/yamlDocument.ts';
import { guarded, insertAfter, proven, removeLines } from '../yaml/yamlSplice.ts';

/** Adds `<fact>: ''` to a role's defaults, so that its template renders where the secret was not read. */
export function addEmptyDefault(text: string, fact: string): EditOutcome {
  return guarded(line(fact), () => {
    if (isBare(text)) return addToBare(text, [line(fact)], { [fact]: '' });
    const { documents, map } = open(text);
    if (map.has(fact)) return compare(text, map.get(fact), fact);
    const last = map.items.at(-1);
    if (last === undefined) throw new CannotEdit('it has no variables');
    assertClosed(text, last.value ?? last.key);
    const wanted = dataOf(documents);
    const result = [withKey(wanted[0], fact, '', { below: last })];
    return proven(text, [insertAfter(text, pairEnd(text, last), [line(fact)])], result);
  });
}

/** Takes the default out again, if it is still empty. */
export function removeEmptyDefault(text: string, fact: string): EditOutcome {
  return guarded('', () => {
    if (isBare(text)) return { kind: 'alreadyThere', text };
    const { documents, map } = open(text);
    const pair = map.items.find((item) => String(item.key) === fact);
    if (pair === undefined) return { kind: 'alreadyThere', text };
    const same = compare(text, map.get(fact), fact);
    if (same.kind !== 'alreadyThere') return same;
    const start = keyStart(pair);
    if (map.items.length < 2) return removeToBare(text, start, ownEnd(text, pair.value ?? pair.key));
    const wanted = dataOf(documents);
    const end = ownEnd(text, pair.value ?? pair.key);
    return proven(text, [removeLines(text, keyStart(pair), end, false)], [withoutKey(wanted[0], fact)]);
  });
}

/** The text of a defaults file that holds this variable only. */
export function defaultsFile(fact: string): string {
  return `---\n${line(fact)}\n`;
}

function open(text: string) {
  const documents = parse(text);
  const map = documents[0]?.contents;
  if (documents.length !== 1 || !isMap(map) || map.flow === true)
    throw new CannotEdit('it is not a mapping of variables');
  return { documents, map };
}

function compare(text: string, found: unknown, fact: string): EditOutcome {
  return found === '' ? { kind: 'alreadyThere', text } : { kind: 'different', found: `${fact}: …`, wanted: line(fact) };
}

function line(fact: string): string {
  return `${scalar(fact)}: ''`;
}
