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
 * ExternalSecrets that fill a Secret from which the worker is given something: those that bring one of these keys before others. Of a
 * worker that is given nothing yet, those beside its file.
 */
export function externalSecretsFor(tree: Tree, worker: Worker, keys: readonly string[]): readonly ExternalSecret[] {
  const wanted = secretsOf(worker);
  const isMeant = ({ target, file }: ExternalSecret): boolean =>
    wanted.length > 0 ? wanted.includes(target) : path.posix.dirname(file) === path.posix.dirname(worker.file);
  const found = externalSecretsIn(tree).filter(isMeant);
  const bringing = found.filter(({ spec }) => keys.some((key) => bringsKey(spec, key)));
  return bringing.length > 0 ? bringing : found;
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
