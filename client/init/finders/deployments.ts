import { at, listOf } from '../../../core/base/own.ts';
import { mountedMaps, podPlaces } from '../../../core/kubernetes/blueprintMount.ts';
import { environmentOf } from '../../../core/kubernetes/containerEnvironment.ts';
import { nameOf, type Placed, type Tree, words } from '../tree.ts';
import { looksLikeWorker } from './image.ts';
import type { Worker } from './worker.ts';

const POD = ['spec', 'template', 'spec'] as const;

/** Deployments of Authentik's worker: those that run its image with the word "worker" before those that only look so. */
export function deployments(tree: Tree): readonly Worker[] {
  const all = tree.objects('Deployment').flatMap((placed) =>
    listOf(at(placed.object, ...POD, 'containers')).flatMap((container) => {
      const rank = rankOf(nameOf(placed.object), container);
      return rank === undefined ? [] : [{ rank, placed, container: String(at(container, 'name')) }];
    }),
  );
  const best = Math.min(...all.map(({ rank }) => rank));
  return all.filter(({ rank }) => rank === best).map(({ placed, container }) => workerOf(placed, container));
}

/** How much a container looks like the worker, 0 the most; undefined where it does not. */
function rankOf(deployment: string, container: unknown): number | undefined {
  const image = words(at(container, 'image'));
  const said = [...listOf(at(container, 'command')), ...listOf(at(container, 'args'))].map(String);
  if (image !== undefined) return looksLikeWorker({ names: [deployment], image, said });
  // A patch may say neither image nor words.
  if (!deployment.includes('authentik') || said.includes('server')) return undefined;
  return said.includes('worker') ? 0 : deployment.includes('worker') ? 3 : undefined;
}

function workerOf({ path, object }: Placed, container: string): Worker {
  const pod = at(object, ...POD);
  return {
    file: path,
    name: nameOf(object),
    container,
    namespace: words(at(object, 'metadata', 'namespace')),
    // A label of goauthentik's chart, as of most ("Standard Labels" of Helm's best practices).
    isRendered: at(object, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === 'Helm',
    mounts: mountedMaps(object, podPlaces(object, container)),
    environment: environmentOf(pod, container) ?? { env: [], envFrom: [] },
    secretFolders: secretFoldersOf(pod, container),
  };
}

function secretFoldersOf(pod: unknown, container: string): Worker['secretFolders'] {
  const found = listOf(at(pod, 'containers')).find((each) => at(each, 'name') === container);
  return listOf(at(found, 'volumeMounts')).flatMap((mount) => {
    const volume = listOf(at(pod, 'volumes')).find((each) => at(each, 'name') === at(mount, 'name'));
    const [secret, folder] = [words(at(volume, 'secret', 'secretName')), words(at(mount, 'mountPath'))];
    return secret === undefined || folder === undefined ? [] : [{ secret, folder: folder.replace(/\/+$/, '') }];
  });
}
