import { isMap } from 'yaml';
import { own } from '../../base/own.ts';
import type { EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';

/**
 * A list of variables in the values of a Helm chart, such as `worker.env` or `global.env` of goauthentik/authentik. The values
 * stand in a file of their own, or in one document of several, such as a HelmRelease.
 */
export function valuesOf(text: string, valuesPath: string): EntryList {
  const documents = parse(text);
  const path = valuesPath.split('.');
  const [first = ''] = path;
  const holding = documents.filter(
    ({ contents }) => isMap(contents) && (documents.length === 1 || contents.has(first)),
  );
  const [document] = holding;
  if (document === undefined || holding.length > 1)
    throw new CannotEdit(`it holds ${holding.length} documents with values of ${first}, one is needed`);
  return { text, documents, document, path, makes: path.length };
}

/** The variables of our entry's list, in Helm values; undefined where they cannot be read. */
export function envOfValues(text: string, valuesPath: string): readonly unknown[] | undefined {
  const values = undefinedIfUneditable(() => plainData(valuesOf(text, valuesPath).document));
  const found = valuesPath
    .split('.')
    .reduce<unknown>((at, key) => own(at as Readonly<Record<string, unknown>> | null | undefined, key), values);
  return Array.isArray(found) ? found : undefined;
}
