import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import { sourcesOf, type Spec } from '../../../integrations/argocd/sources.ts';
import { foldersAbove, nameOf, type Tree, words } from '../tree.ts';
import { applicationsIn, type PlacedApplication } from './applications.ts';
import { builtOf, type DeployedBy, type Edited } from './deployed.ts';
import { isOpen, mayBecome } from './templates.ts';
import type { Worker } from './worker.ts';

/** An Application that deploys Authentik's objects. */
export interface Application extends DeployedBy {
  readonly automated: boolean;
  readonly namespace: string | undefined;
  /** Name of Authentik's cluster as the Application has it; undefined where that is the cluster of Argo CD. */
  readonly cluster: string | undefined;
  readonly targetNamespace: string | undefined;
  /** Name of the ApplicationSet that makes it. */
  readonly set: string | undefined;
  /** Why the job cannot use it, as the rest of a sentence about it. */
  readonly refusal?: string;
}

/** Applications of one source or several whose folders hold these files, or which give one of them to Helm. */
export async function applicationsFor(tree: Tree, files: Edited, worker: Worker): Promise<readonly Application[]> {
  return Promise.all(applicationsIn(tree).map((placed) => applicationOf(tree, placed, files, worker)));
}

async function applicationOf(
  tree: Tree,
  { path: file, object, set }: PlacedApplication,
  files: Edited,
  worker: Worker,
) {
  const spec = (at(object, 'spec') ?? {}) as Spec;
  const { sources: written, hydrated } = sourcesOf(spec);
  // Templates of Ansible are YAML by chance, too, where what stands in braces reads as a mapping.
  const sources = written.filter(({ repoURL, targetRevision, path: folder = '' }) =>
    [repoURL, targetRevision, folder].every((each: unknown) => typeof each === 'string'),
  );
  const name = nameOf(object);
  const built = await Promise.all(sources.map((source) => builtIn(tree, source.path, files)));
  const given = worker.application === name ? [worker.file] : [];
  const reached = files.filter((each) => built.flat().includes(each) || given.includes(each));
  const own = sources.filter((source, i) => (built[i] ?? []).length > 0 || source.ref !== undefined);
  return {
    name,
    file,
    set,
    files: reached,
    depth: Math.max(0, ...sources.map((source) => source.path?.length ?? 0)),
    remote: unlessOpen(own[0]?.repoURL),
    branch: unlessOpen(own.map(({ targetRevision }) => targetRevision).find((revision) => revision !== 'HEAD')),
    automated: at(object, 'spec', 'syncPolicy', 'automated') != null,
    namespace: words(at(object, 'metadata', 'namespace')),
    cluster: clusterOf(at(object, 'spec', 'destination')),
    targetNamespace: unlessOpen(words(at(object, 'spec', 'destination', 'namespace'))),
    ...(hydrated ? { refusal: 'has spec.sourceHydrator, so that a branch is deployed which Argo CD writes' } : {}),
  };
}

/** Of the files those that the folder of a source leads to; a part of it may be what a generator asks of a cluster. */
async function builtIn(tree: Tree, folder: string | undefined, files: Edited): Promise<Edited> {
  if (folder === undefined) return [];
  const folders = isOpen(folder)
    ? files.flatMap(foldersAbove).filter((each) => mayBecome(path.posix.join(folder), each))
    : [folder];
  const all = await Promise.all([...new Set(folders)].map((each) => builtOf(tree, each, [], files)));
  // Of Argo CD a run asks what it deploys, and reads no kustomization on the way there.
  return all.flatMap((each) => each.files);
}

/** `destination.name`, or the first part of the address of another cluster than Argo CD's own. */
function clusterOf(destination: unknown): string | undefined {
  const name = unlessOpen(words(at(destination, 'name')));
  if (name !== undefined) return name === 'in-cluster' ? undefined : name;
  const [, host] = /^https?:\/\/([^:/]+)/.exec(words(at(destination, 'server')) ?? '') ?? [];
  if (host === undefined || host.startsWith('kubernetes.default')) return undefined;
  return /^[\d.]+$/.test(host) ? 'authentik' : host.split('.')[0];
}

function unlessOpen(text: string | undefined): string | undefined {
  return isOpen(text) ? undefined : text;
}
