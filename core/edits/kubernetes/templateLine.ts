import type { Pair, YAMLMap } from 'yaml';
import type { NewLine } from '../../kubernetes/externalSecret/needed.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { inObject } from '../yaml/listPlace.ts';
import { insertBelow, removeKey, withKey, withoutKey } from '../yaml/newKey.ts';
import { column, isBlock, keyStart } from '../yaml/positions.ts';
import { quotedLike } from '../yaml/scalars.ts';
import { blockMap, CannotEdit, dataWith, pairOf } from '../yaml/yamlDocument.ts';
import { guarded, proven } from '../yaml/yamlSplice.ts';

const PATH = ['spec', 'target', 'template', 'data'];

/** Adds a line to the template of an ExternalSecret, as its last one and quoted as the one above. */
export function addTemplateLine(text: string, name: string, { key, text: value }: NewLine): EditOutcome {
  return guarded('', () => {
    const { document, documents } = inObject(text, 'ExternalSecret', name, PATH);
    const data = blockMap(document, PATH);
    const last = data.items.at(-1) as Pair;
    const indent = ' '.repeat(column(text, keyStart(last)));
    const result = dataWith(documents, document, PATH, (old) => withKey(old, key, value, { below: last }));
    return proven(
      text,
      [insertBelow(text, last, [`${indent}${keyLike(last, key)}: ${valueLike(data, value)}`], false)],
      result,
    );
  });
}

/** Takes a line of the template out. The only one stays: without any the template would hand on whatever is fetched. */
export function removeTemplateLine(text: string, name: string, key: string): EditOutcome {
  return guarded('', () => {
    const { document, documents } = inObject(text, 'ExternalSecret', name, PATH);
    const data = blockMap(document, PATH);
    const pair = pairOf(data, key);
    if (pair === undefined) return { kind: 'alreadyThere', text };
    if (data.items.length < 2) throw new CannotEdit('the line is the only one of the template');
    const result = dataWith(documents, document, PATH, (old) => withoutKey(old, key));
    return proven(text, [removeKey(text, data, pair, false)], result);
  });
}

/** The lines that stand under `spec.target.template.data`, to add by hand. */
export function lineByHand({ key, text }: NewLine): string {
  return `${quotedLike(undefined, key)}: ${quoted(undefined, text)}`;
}

function keyLike({ key }: Pair, text: string): string {
  return quotedLike(key, text);
}

function valueLike({ items }: YAMLMap, text: string): string {
  return quoted(items.findLast((pair) => !isBlock(pair))?.value, text);
}

/** A name in double quotes of its own would need a backslash before each in double quotes of YAML. */
function quoted(like: unknown, text: string): string {
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : quotedLike(like, text);
}
