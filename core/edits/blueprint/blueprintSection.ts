import { isMap, isSeq, parseDocument, type Document } from 'yaml';
import { firstLine } from '../../base/yamlFile.ts';
import { byText } from '../yaml/byText.ts';
import { CannotEdit } from '../yaml/yamlDocument.ts';
import { Reader } from './sectionData.ts';
import { entriesOf, type SectionEntry } from './sectionEntries.ts';
import { textOf } from './sectionValues.ts';

/** A client's blueprint as people or the job wrote it. */
export interface Section {
  readonly text: string;
  readonly document: Document.Parsed;
  /** What makes and changes objects. */
  readonly entries: readonly SectionEntry[];
  /** Entries of `state: absent`, by which Authentik deletes an object. */
  readonly absent: readonly SectionEntry[];
  readonly description: string | undefined;
  /** Of what is asked of one of several sections of a client: its entries that are asked of the others. */
  readonly beside?: readonly SectionEntry[];
}

const DESCRIPTION = 'blueprints.goauthentik.io/description';
const INSTANTIATE = 'blueprints.goauthentik.io/instantiate';

/** The text's document. The version is that of Authentik's reader: PyYAML is YAML 1.1. */
export function parseBlueprint(text: string): Document.Parsed {
  return parseDocument(text, { logLevel: 'silent', version: '1.1', keepSourceTokens: true });
}

/**
 * Reads a blueprint; nobody may change what it says. Throws {@link CannotEdit} on what does not parse, or what would make an entry
 * work in another way.
 */
export const readSection: (text: string) => Section = byText(readAnew);

function readAnew(text: string): Section {
  const document = parseBlueprint(text);
  const [error] = document.errors;
  if (error !== undefined) throw new CannotEdit(`the blueprint does not parse: ${firstLine(error)}`, 'syntax');
  const root = document.contents;
  if (!isMap(root)) throw new CannotEdit('the blueprint is no mapping');
  const data = new Reader(document);
  const version = data.plain(root.get('version', true));
  if (version !== undefined && version !== 1) throw new CannotEdit('the blueprint is not of version 1');
  const labels = (data.plain(document.getIn(['metadata', 'labels'], true)) ?? {}) as Record<string, unknown>;
  if (textOf(labels[INSTANTIATE]) === 'false' || labels[INSTANTIATE] === false)
    throw new CannotEdit(`its label ${INSTANTIATE} keeps Authentik from applying it`);
  const list = root.get('entries', true);
  if (!isSeq(list)) throw new CannotEdit('the blueprint has no list of entries');
  const nodes = list.items.map((item) => {
    if (isMap(item)) return item;
    throw new CannotEdit('an entry of the blueprint is no mapping');
  });
  const made = entriesOf(data, nodes, data.plain(root.get('context', true)));
  const description = labels[DESCRIPTION];
  return { text, document, ...made, description: typeof description === 'string' ? description : undefined };
}
