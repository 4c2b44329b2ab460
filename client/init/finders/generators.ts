import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { matches } from '../../../core/policy/pattern.ts';
import { foldersAbove, type Tree, words } from '../tree.ts';
import { type Parameters, rendered, type TemplateStyle } from './templates.ts';

/**
 * What the generators of an ApplicationSet give: those that read Git and those that list, alone or as a matrix (Argo CD's manual,
 * "Generators"). Of any other, which asks a cluster or a forge, one set without a parameter.
 */
export function parametersOf(tree: Tree, generators: unknown, style: TemplateStyle): readonly Parameters[] {
  return listOf(generators).flatMap((generator) => givenBy(tree, generator, style));
}

function givenBy(tree: Tree, generator: unknown, style: TemplateStyle): readonly Parameters[] {
  const git = at(generator, 'git');
  if (at(git, 'directories') !== undefined)
    return foldersOf(tree, git).map((folder) => withValues(git, pathParameters(git, folder, style), style));
  if (at(git, 'files') !== undefined)
    return filesOf(tree, git).flatMap((file) => parametersOfFile(tree, git, file, style));
  const elements = at(generator, 'list', 'elements');
  // Beside `elementsYaml`, which a template gives, the list that the schema asks for is an empty one.
  if (at(generator, 'list', 'elementsYaml') !== undefined) return [{}];
  if (Array.isArray(elements)) return elements.map((each) => (style === 'go' ? (each as Parameters) : flat(each)));
  const [first, second] = listOf(at(generator, 'matrix', 'generators'));
  if (second === undefined) return [{}];
  // The second one may use what the first one gives.
  return parametersOf(tree, [first], style).flatMap((outer) =>
    parametersOf(tree, [rendered(second, outer, style)], style).map((inner) => ({ ...outer, ...inner })),
  );
}

function foldersOf(tree: Tree, git: unknown): readonly string[] {
  const all = new Set(tree.paths.flatMap((file) => foldersAbove(file)));
  return matching([...all], listOf(at(git, 'directories')));
}

function filesOf(tree: Tree, git: unknown): readonly string[] {
  return matching(tree.paths, listOf(at(git, 'files')));
}

/** Those that a pattern names and none with `exclude` does. */
function matching(all: readonly string[], patterns: readonly unknown[]): readonly string[] {
  const isNamed = (text: string, isExcluded: boolean): boolean =>
    patterns.some((each) => {
      const glob = String(at(each, 'path'));
      // `**/` stands for no folder, too.
      const isMatch = matches(glob, text) || matches(glob.replaceAll('**/', ''), text);
      return (at(each, 'exclude') === true) === isExcluded && isMatch;
    });
  return all.filter((each) => isNamed(each, false) && !isNamed(each, true));
}

function pathParameters(git: unknown, folder: string, style: TemplateStyle): Parameters {
  const [basename, segments] = [path.posix.basename(folder), folder.split('/')];
  const basenameNormalized = basename.replaceAll(/[^\w.-]/g, '-').replaceAll('_', '-');
  const prefix = words(at(git, 'pathParamPrefix'));
  if (style === 'go') {
    const found = { path: { path: folder, basename, basenameNormalized, segments } };
    return prefix === undefined ? found : { [prefix]: found };
  }
  const name = prefix === undefined ? 'path' : `${prefix}.path`;
  return {
    [name]: folder,
    [`${name}.basename`]: basename,
    [`${name}.basenameNormalized`]: basenameNormalized,
    ...Object.fromEntries(segments.map((each, i) => [`${name}[${i}]`, each])),
  };
}

function parametersOfFile(tree: Tree, git: unknown, file: string, style: TemplateStyle): readonly Parameters[] {
  const own = pathParameters(git, path.posix.dirname(file), style);
  // JSON is YAML, too; a file may hold several, as a list.
  const held = tree.objectsOf(file).flatMap(({ object }) => (Array.isArray(object) ? object : [object]) as unknown[]);
  return held.map((each) => {
    const given = style === 'go' ? (each as Parameters) : flat(each);
    return withValues(git, { ...given, ...own }, style);
  });
}

function withValues(git: unknown, parameters: Parameters, style: TemplateStyle): Parameters {
  const values = rendered(at(git, 'values') ?? {}, parameters, style);
  return { ...parameters, ...(style === 'go' ? { values } : flat({ values })) };
}

/** With dots in the names: `{a: {b: 1}}` as `{'a.b': 1}`. */
function flat(value: unknown, above = ''): Parameters {
  if (typeof value !== 'object' || value === null) return { [above]: value };
  const all = Object.entries(value).map(([key, each]) => flat(each, above === '' ? key : `${above}.${key}`));
  return Object.assign({}, ...all) as Parameters;
}
