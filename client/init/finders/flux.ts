import path from 'node:path';
import { at, listOf } from '../../../core/base/own.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import { type Built, builtOf, type DeployedBy, type Edited } from './deployed.ts';

const NAMESPACE = 'flux-system';

/** A Kustomization of Flux that deploys Authentik's objects. */
export interface FluxKustomization extends DeployedBy {
  readonly namespace: string | undefined;
  readonly targetNamespace: string | undefined;
  /** What it puts in the place of `${NAME}`, as far as files tell it. */
  readonly substitute: Readonly<Record<string, string>>;
  /** Name of the folder below `clusters/` that holds it, as `flux bootstrap` makes one for each cluster. */
  readonly cluster: string | undefined;
  readonly refusal?: string;
}

/** Kustomizations of Flux whose folders hold these files. */
export async function kustomizationsFor(tree: Tree, files: Edited): Promise<readonly FluxKustomization[]> {
  const all = tree.objects('Kustomization', 'kustomize.toolkit.fluxcd.io/');
  return Promise.all(all.map((placed) => kustomizationOf(tree, placed, files)));
}

async function kustomizationOf(tree: Tree, { path: file, object }: Placed, files: Edited): Promise<FluxKustomization> {
  const folder = words(at(object, 'spec', 'path')) ?? '.';
  const components = listOf(at(object, 'spec', 'components')).map(String);
  const source = sourceOf(tree, object);
  const kind = at(object, 'spec', 'sourceRef', 'kind');
  const name = nameOf(object);
  const namespace = words(at(object, 'metadata', 'namespace'));
  const built: Built = folder.includes('$') ? { files: [] } : await builtOf(tree, folder, components, files);
  return {
    name: namespace === undefined || namespace === NAMESPACE ? name : `${namespace}/${name}`,
    file,
    ...built,
    depth: path.posix.join(folder).length,
    remote: words(at(source, 'spec', 'url')),
    branch: words(at(source, 'spec', 'ref', 'branch')),
    namespace,
    targetNamespace: words(at(object, 'spec', 'targetNamespace')),
    substitute: substituteOf(tree, object),
    cluster: /(?:^|\/)clusters\/([^/]+)\//.exec(file)?.[1],
    ...(kind === 'GitRepository' || kind === undefined ? {} : { refusal: `deploys a source of kind ${String(kind)}` }),
  };
}

function sourceOf(tree: Tree, kustomization: unknown): unknown {
  const name = at(kustomization, 'spec', 'sourceRef', 'name');
  const found = tree
    .objects('GitRepository', 'source.toolkit.fluxcd.io/')
    .filter(({ object }) => nameOf(object) === name);
  return found.length === 1 ? found[0]?.object : undefined;
}

/** `postBuild` of it; ConfigMaps that files hold, and never a Secret. Values of its own come before those of others. */
function substituteOf(tree: Tree, kustomization: unknown): Readonly<Record<string, string>> {
  const from = listOf(at(kustomization, 'spec', 'postBuild', 'substituteFrom'))
    .filter((each) => at(each, 'kind') === 'ConfigMap')
    .flatMap((each) => tree.objects('ConfigMap').filter(({ object }) => nameOf(object) === at(each, 'name')));
  const all = [...from.map(({ object }) => at(object, 'data')), at(kustomization, 'spec', 'postBuild', 'substitute')];
  return Object.fromEntries(
    all.flatMap((each) => Object.entries(each ?? {})).map(([name, value]) => [name, String(value)] as const),
  );
}
