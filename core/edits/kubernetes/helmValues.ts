import { isMap, isSeq, type Document } from 'yaml';
import { at, isMapping, listOf } from '../../base/own.ts';
import { mappingsOf, type EnvVar } from '../../kubernetes/containerEnvironment.ts';
import type { EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';

/**
 * A list of variables in the values of a Helm chart, such as `worker.env` or `global.env` of goauthentik/authentik. The values
 * stand in a file of their own, or in one document of several, such as a HelmRelease.
 */
export function valuesOf(text: string, valuesPath: string): EntryList {
  const documents = parse(text);
  const path = valuesPath.split('.');
  const mappings = documents.filter(({ contents }) => isMap(contents));
  assertBelowValues(mappings, valuesPath);
  const depths = mappings.map((document) => depthOf(document, path));
  // A HelmRepository beside its HelmRelease has a spec, too.
  const deepest = Math.max(documents.length === 1 ? 0 : 1, ...depths);
  const holding = mappings.filter((_, i) => depths[i] === deepest);
  const [document] = holding;
  if (document === undefined || holding.length > 1)
    throw new CannotEdit(
      `it holds ${holding.length} documents with values of ${path.slice(0, Math.max(1, deepest)).join('.')}, one is needed`,
    );
  const way = path.map((key, i) => (isSeq(document.getIn(path.slice(0, i))) ? Number(key) : key));
  // An entry of a list, such as a source of an Application, is not made.
  const makes = path.length - 1 - way.findLastIndex(Number.isInteger);
  return { text, documents, document, path: way, makes, ...otherValues(document, valuesPath) };
}

/** Whole values that a HelmRelease has from elsewhere may set the list, which one of its own would replace: Helm merges no lists. */
function otherValues(document: Document.Parsed, valuesPath: string): Pick<EntryList, 'notMade'> {
  if (!valuesPath.startsWith('spec.values.')) return {};
  const whole = listOf(at(plainData(document), 'spec', 'valuesFrom')).find(
    (each) => at(each, 'targetPath') === undefined,
  );
  if (whole === undefined) return {};
  const source = `${String(at(whole, 'kind'))} ${String(at(whole, 'name'))}`;
  return {
    notMade: {
      why: `${valuesPath} is not there, and ${source} of spec.valuesFrom may set it: a list in spec.values takes the place of that one`,
      remedy: `Write ${valuesPath} with what the list is to hold now ([] where it is empty), or name in authentik.deployment of registrar.yaml (file, valuesPath) the file of which ${source} is made.`,
    },
  };
}

/** Whether a path leads to the variables of a container in the values of app-template. */
export function isAppTemplates(valuesPath: string): boolean {
  return /(?:^|\.)controllers\.[^.]+\.(?:containers|initContainers)\.[^.]+\.env$/.test(valuesPath);
}

/** Of a HelmRelease of Flux, Helm is given what stands below `spec.values`. Throws {@link CannotEdit} where a path leads elsewhere. */
function assertBelowValues(documents: readonly Document.Parsed[], valuesPath: string): void {
  if (valuesPath.startsWith('spec.values.') || !documents.some((each) => each.get('kind') === 'HelmRelease')) return;
  const right = `spec.values.${valuesPath.replace(/^(spec\.|values\.)+/, '')}`;
  throw new CannotEdit(
    `it holds a HelmRelease, and ${valuesPath} leads to none of its values, which begin at spec.values`,
    undefined,
    `Set authentik.deployment.valuesPath in registrar.yaml to ${right}.`,
  );
}

/** How many of the first keys of a path are there. */
function depthOf(document: Document.Parsed, path: readonly string[]): number {
  const absent = path.findIndex((_, i) => !document.hasIn(path.slice(0, i + 1)));
  return absent < 0 ? path.length : absent;
}

/** Whether Helm takes what later values hold at a path instead of what ours hold there: it merges two mappings, and nothing else. */
export function replaces(later: unknown, own: unknown): boolean {
  return later !== undefined && !(isMapping(later) && isMapping(own));
}

/** Whether a list that is made in later values would take anything of this one away: an empty one has nothing to lose. */
export function hasVariables(value: unknown): boolean {
  return variablesIn(value).length > 0;
}

/** The variables at that place of Helm values, of a list or a mapping; undefined where they cannot be read. */
export function envOfValues(text: string, valuesPath: string): readonly EnvVar[] | undefined {
  const found = heldAt(text, valuesPath);
  return typeof found === 'object' && found !== null ? variablesIn(found) : undefined;
}

/** What Helm values hold at a path, as data; undefined where that is nothing, or they cannot be read. */
export function heldAt(text: string, valuesPath: string): unknown {
  const values = undefinedIfUneditable(() => plainData(valuesOf(text, valuesPath).document));
  return at(values, ...valuesPath.split('.'));
}

/** A list of variables, or a mapping from name to value or source, as other charts have it. */
export function variablesIn(value: unknown): readonly EnvVar[] {
  if (Array.isArray(value)) return mappingsOf(value as readonly EnvVar[]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([name, of]) => {
    if (typeof of !== 'object' || of === null) return { name, value: of };
    return 'secretKeyRef' in of ? { name, valueFrom: of as NonNullable<EnvVar['valueFrom']> } : { ...of, name };
  });
}

/** Keys of goauthentik's chart on the way to its lists of variables, which values may leave out. */
const OF_THE_CHART: ReadonlySet<string> = new Set(['global', 'server', 'worker', 'env']);

/** What an edit would make of a path that no value stands at, and no known chart reads: perhaps it is misspelt. */
export function newBlock(text: string, valuesPath: string): string | undefined {
  const path = valuesPath.split('.');
  const depth = undefinedIfUneditable(() => depthOf(valuesOf(text, valuesPath).document, path)) ?? path.length;
  const key = path[depth];
  return key === undefined || OF_THE_CHART.has(key) ? undefined : path.slice(0, depth + 1).join('.');
}
