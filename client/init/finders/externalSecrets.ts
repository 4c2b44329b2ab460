import path from 'node:path';
import { at } from '../../../core/base/own.ts';
import { bringsKey } from '../../../core/kubernetes/externalSecret/ownEntry.ts';
import { secretInstead } from '../../../core/kubernetes/otherSecrets.ts';
import { nameOf, type Tree, words } from '../tree.ts';
import { secretsOf, type Worker } from './worker.ts';

/** An ExternalSecret, and the Secret that it fills. */
export interface ExternalSecret {
  readonly file: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly target: string;
  readonly spec: unknown;
}

/**
 * ExternalSecrets that fill a Secret from which the worker is given something: the one that brings these keys before others, which
 * are of clients that stand. Of a worker that is given nothing yet, those beside its file.
 */
export function externalSecretsFor(tree: Tree, worker: Worker, keys: readonly string[]): readonly ExternalSecret[] {
  const isBeside = ({ file }: ExternalSecret): boolean => path.posix.dirname(file) === path.posix.dirname(worker.file);
  const found =
    secretsOf(worker).length > 0 ? externalSecretsOf(tree, worker) : externalSecretsIn(tree).filter(isBeside);
  const bringing = found.filter(({ spec }) => keys.some((key) => bringsKey(spec, key)));
  // Where each client has its own, a new one goes into what is for all.
  const ofAll = bringing.length > 1 ? found.filter((each) => !bringing.includes(each)) : bringing;
  return ofAll.length > 0 ? ofAll : found;
}

/** ExternalSecrets that fill a Secret from which the worker is given something. */
export function externalSecretsOf(tree: Tree, worker: Worker): readonly ExternalSecret[] {
  const wanted = secretsOf(worker);
  // A name with a variable of Flux is another one in each Kustomization.
  const isMeant = ({ file, target }: ExternalSecret): boolean => !target.includes('${') || isNear(file, worker.file);
  return externalSecretsIn(tree).filter((each) => wanted.includes(each.target) && isMeant(each));
}

/** Whether one of two files is in the folder of the other, or below it. */
function isNear(one: string, other: string): boolean {
  const folders = [one, other].map((file) => `${path.posix.dirname(file)}/`);
  return folders.some((folder) => folders.every((each) => each.startsWith(folder)));
}

function externalSecretsIn(tree: Tree): readonly ExternalSecret[] {
  return tree.objects('ExternalSecret', 'external-secrets.io/').map(({ path: file, object }) => {
    const name = nameOf(object);
    const spec = at(object, 'spec');
    return {
      file,
      name,
      namespace: words(at(object, 'metadata', 'namespace')),
      // "Defaults to the .metadata.name of the ExternalSecret resource" (API of External Secrets, ExternalSecretTarget).
      target: words(at(spec, 'target', 'name')) ?? name,
      spec,
    };
  });
}

/** The way where Authentik's Secret is filled by something that is not served. */
export const BESIDE = `What brings Authentik's own secrets may stay: an ExternalSecret beside it brings those of clients, and the worker takes its Secret by envFrom (docs/how-to/fit-your-repository.md, "Authentik's own secrets by other means")`;

/** What a file holds of a Secret that no ExternalSecret fills, as a sentence with the file. */
export function otherwiseFilled(tree: Tree, secrets: readonly string[]): string | undefined {
  return tree.holding(secrets).flatMap((file) => {
    const text = tree.read(file) ?? '';
    const told = secrets.flatMap((name) => secretInstead(text, name) ?? [])[0];
    return told === undefined || tree.objectsOf(file).every(({ object }) => !secrets.includes(nameOf(object)))
      ? []
      : [`${file}: ${told}`];
  })[0];
}
