import path from 'node:path';
import { RegistrarError } from '../../core/base/errors.ts';
import type { EditOutcome } from '../../core/edits/yaml/edit.ts';
import { at, listOf } from '../../core/base/own.ts';
import { heldAt, isAppTemplates } from '../../core/edits/kubernetes/helmValues.ts';
import {
  addMountedConfigMap,
  addPersistence,
  addResource,
  addVolume,
  resourcesIn,
} from '../../core/edits/kubernetes/newConfigMap.ts';
import type { FileTexts } from '../../core/plan/unifiedDiff.ts';
import type { Blueprints } from './finders/blueprints.ts';
import type { ExternalSecret } from './finders/externalSecrets.ts';
import type { Worker } from './finders/worker.ts';
import { type Tree, words } from './tree.ts';

/** What `--blueprints` takes where no ConfigMap is for all clients. */
export const NEW = 'new';

const NAME = 'oidc-clients';

/** A ConfigMap for the clients of the job, beside those that people have. */
export interface NewHome {
  readonly blueprints: Blueprints;
  /** The files that make it, have it deployed and have it mounted. */
  readonly files: readonly FileTexts[];
}

/** Whether lines in the worker's file would mount it: of its Deployment, or of the values of a chart. */
export function isMountable({ values, valuesPath }: Worker): boolean {
  return valuesPath === undefined || (typeof values === 'object' && values !== null);
}

/** How a worker has it mounted: by which edit of its file, and in which folder below /blueprints. */
function mountIn({ name, container, valuesPath, values, file }: Worker, tree: Tree) {
  if (valuesPath === undefined)
    return { mountedAs: NAME, edit: (text: string) => addVolume(text, { name, container, configMap: NAME }) };
  if (isAppTemplates(valuesPath))
    return { mountedAs: NAME, edit: (text: string) => addPersistence(text, valuesPath, NAME) };
  const listPath = [...valuesPath.split('.').slice(0, -2), 'blueprints', 'configMaps'].join('.');
  const isElsewhere = listOf(at(values, 'blueprints', 'configMaps')).length > 0;
  if (isElsewhere && heldAt(tree.read(file) ?? '', listPath) === undefined)
    throw cannot(
      `other values than ${file} set blueprints.configMaps, which a list there would replace`,
      `Make the ConfigMap ${NAME}, add it to that list, and name its file by --blueprints.`,
    );
  return {
    mountedAs: `mounted/cm-${NAME}`,
    edit: (text: string) => addMountedConfigMap(text, { listPath, configMap: NAME }),
  };
}

/**
 * Makes it in the folder of the ExternalSecret, for that one is deployed; what deploys the folder names it where it names the
 * ExternalSecret. Throws `BadInput` where a file cannot be edited, with the lines to add by hand.
 */
export function newHome(tree: Tree, worker: Worker, externalSecret: ExternalSecret): NewHome {
  const file = path.posix.join(path.posix.dirname(externalSecret.file), `${NAME}.yaml`);
  if (tree.read(file) !== undefined)
    throw cannot(`${file} is there already`, `Name its ConfigMap: --blueprints ${file}.`);
  const { mountedAs, edit } = mountIn(worker, tree);
  const kustomizations = tree
    .kustomizations()
    .filter(({ path: at, object }) => resourcesIn(object).some((each) => join(at, each) === externalSecret.file));
  const named = kustomizations.map(({ path: at }) =>
    edited(tree, at, (text) => addResource(text, path.posix.relative(path.posix.dirname(at), file))),
  );
  const mounted = edited(tree, worker.file, edit);
  return {
    blueprints: { file, configMap: NAME, mountedAs, sections: new Map() },
    files: [{ path: file, before: undefined, after: manifest(externalSecret.namespace) }, ...named, mounted],
  };
}

function manifest(namespace: string | undefined): string {
  const place = words(namespace) === undefined ? [] : [`  namespace: ${namespace}`];
  return [
    '# OIDC clients of Authentik: oidc-registrar writes a blueprint for each.',
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    `  name: ${NAME}`,
    ...place,
    'data: {}',
    '',
  ].join('\n');
}

function edited(tree: Tree, file: string, edit: (text: string) => EditOutcome): FileTexts {
  const before = tree.read(file) ?? '';
  const outcome = edit(before);
  if (outcome.kind === 'changed' || outcome.kind === 'alreadyThere') return { path: file, before, after: outcome.text };
  if (outcome.kind === 'different') throw cannot(`${file} has ${outcome.found}`, `Write ${outcome.wanted} there.`);
  throw cannot(
    `${file}: ${outcome.reason}`,
    `Add by hand, and name the ConfigMap by --blueprints:\n${outcome.addByHand}`,
  );
}

function cannot(message: string, remedy: string): RegistrarError {
  return new RegistrarError({
    system: 'registrar.yaml',
    kind: 'BadInput',
    message: `--blueprints ${NEW}: ${message}`,
    remedy,
  });
}

const join = (file: string, below: string): string => path.posix.join(path.posix.dirname(file), below);
