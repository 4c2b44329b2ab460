import { isMap, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { standardEntry, standardLines, type EnvEntry } from './envEntry.ts';
import { addList, type ListEdit } from '../yaml/listEntry.ts';
import { stepOf } from '../yaml/newKey.ts';
import { column, keyStart } from '../yaml/positions.ts';
import { scalar } from '../yaml/scalars.ts';
import { CannotEdit, parse, plainData } from '../yaml/yamlDocument.ts';
import { own } from '../../base/own.ts';

/**
 * A list of variables in the values of a Helm chart, such as `worker.env` or `global.env` of goauthentik/authentik, in a file of
 * their own or in a HelmRelease.
 */
type Values = Omit<ListEdit, 'list'>;

/** Values stand in a file of their own, or in one document of several, such as a HelmRelease. */
export function valuesOf(text: string, valuesPath: string): Values {
  const documents = parse(text);
  const path = valuesPath.split('.');
  const [first = ''] = path;
  const holding = documents.filter(
    ({ contents }) => isMap(contents) && (documents.length === 1 || contents.has(first)),
  );
  const [document] = holding;
  if (document === undefined || holding.length > 1)
    throw new CannotEdit(`it holds ${holding.length} documents with values of ${first}, one is needed`);
  return { text, documents, document, path };
}

/** The variables of our entry's list, in Helm values; undefined where they cannot be read. */
export function envOfValues(text: string, valuesPath: string): readonly unknown[] | undefined {
  try {
    const { document, path } = valuesOf(text, valuesPath);
    const found = path.reduce<unknown>(
      (at, key) => own(at as Readonly<Record<string, unknown>> | null | undefined, String(key)),
      plainData(document),
    );
    return Array.isArray(found) ? found : undefined;
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}

/** Makes the list, and the mappings that are to hold it, at the end of what is there. */
export function addValues(values: Values, absent: number, wanted: EnvEntry): EditOutcome {
  const { text, document, path } = values;
  const holder = path.slice(0, absent - 1);
  const map = (absent === 1 ? document.contents : document.getIn(holder, true)) as YAMLMap;
  const below = map.items.at(-1) as Pair;
  const step = stepOf(text, document.contents as YAMLMap);
  const indent = column(text, keyStart(below));
  const keys = path.slice(absent - 1);
  const lines = keys.map((key, i) => `${' '.repeat(indent + i * step)}${scalar(String(key))}:`);
  const list: readonly unknown[] = [standardEntry(wanted)];
  const value = keys.slice(1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), list);
  const entry = standardLines(wanted, indent + keys.length * step);
  return addList({ ...values, path: path.slice(0, absent) }, below, [...lines, ...entry], value);
}

/** The list, or the outermost mapping of values that holds nothing but it. */
export function outermost(edit: Values, { valuesPath }: EnvEntry): Values {
  let { path } = edit;
  for (let length = path.length - 1; valuesPath !== undefined && length >= 1; length -= 1) {
    const map = edit.document.getIn(path.slice(0, length), true);
    if (!isMap(map) || map.items.length > 1) break;
    path = path.slice(0, length);
  }
  return { ...edit, path };
}
