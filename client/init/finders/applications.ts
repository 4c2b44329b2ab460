import { at } from '../../../core/base/own.ts';
import { nameOf, type Placed, type Tree } from '../tree.ts';
import { parametersOf } from './generators.ts';
import { rendered } from './templates.ts';

/** An Application of Argo CD, as a file holds it or as an ApplicationSet makes it. */
export interface PlacedApplication extends Placed {
  /** Name of the ApplicationSet whose file `path` is; undefined where that file holds the Application itself. */
  readonly set?: string;
}

/**
 * Every Application that files tell. What a generator asks of a cluster or a forge stands in its place as the template has it, such
 * as `{{name}}`.
 */
export function applicationsIn(tree: Tree): readonly PlacedApplication[] {
  const objects = (kind: string): readonly Placed[] =>
    tree.objects(kind, 'argoproj.io/').filter(({ path, object }) => !isOfHelm(tree, path, isOfGo(object)));
  return [...objects('Application'), ...objects('ApplicationSet').flatMap((placed) => madeBy(tree, placed))];
}

/** A file that may make an Application once Helm has read it, and is none before; undefined where there is none. */
export function templateOfApplication(tree: Tree): string | undefined {
  return tree.holding(['kind: Application']).find((file) => isOfHelm(tree, file));
}

/**
 * Whether a file is a template of Helm, which may be YAML by chance and says something else than it seems to. Where it is an
 * ApplicationSet with Go templates of its own, such as a `templatePatch`, the words of the language tell nothing: what Helm alone has does.
 */
function isOfHelm(tree: Tree, file: string, ownTemplates = false): boolean {
  const text = tree.read(file) ?? '';
  if (/\{\{-?[^}]*(?:\binclude |\.(?:Values|Release|Chart|Files)\b)/.test(text)) return true;
  return !ownTemplates && /\{\{-?\s*(?:\$|if |range |with )/.test(text);
}

function isOfGo(set: unknown): boolean {
  return at(set, 'spec', 'goTemplate') === true;
}

function madeBy(tree: Tree, { path, object }: Placed): readonly PlacedApplication[] {
  const style = isOfGo(object) ? 'go' : 'fast';
  const template = at(object, 'spec', 'template');
  const namespace = at(object, 'metadata', 'namespace');
  return parametersOf(tree, at(object, 'spec', 'generators'), style).map((parameters) => {
    const made = rendered(template, parameters, style);
    const metadata = { ...(at(made, 'metadata') as object | undefined), namespace };
    return { path, set: nameOf(object), object: { metadata, spec: at(made, 'spec') } };
  });
}
