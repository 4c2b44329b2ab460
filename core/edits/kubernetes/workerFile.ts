import { isMap, isSeq } from 'yaml';
import { at, listOf } from '../../base/own.ts';
import { podPlaces, type MountPlaces } from '../../kubernetes/blueprintMount.ts';
import { environmentOf, mappingsOf, type EnvSource, type Environment } from '../../kubernetes/containerEnvironment.ts';
import type { ListAt } from '../yaml/listEntry.ts';
import { inObject, type EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf } from '../yaml/yamlDocument.ts';
import { valuesOf, variablesIn } from './helmValues.ts';

/** Where Git says what Authentik's worker is given. */
export interface WorkerPlace {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  /** Keys with dots between, of the list of variables in Helm values; undefined where the file holds the Deployment itself. */
  readonly valuesPath?: string | undefined;
}

/** How a file says what the worker is given: as its Deployment, or as the values that a chart makes it of. */
interface WorkerFile {
  /** The document of the file that says it. Throws {@link CannotEdit} where there is none. */
  document(text: string): ListAt;
  /** The list of the worker's variables. Throws {@link CannotEdit} where it has no place. */
  variables(text: string): EntryList;
  environment(data: unknown): Environment | undefined;
  mounts(data: unknown): MountPlaces;
  /** Where the values of goauthentik's chart begin; undefined where they are another's, or none. */
  readonly root?: readonly string[] | undefined;
  /** What a person does where the file does not hold it. */
  readonly makeFirst: string;
}

/** The one place that asks which of the two it is. */
export function workerFile(place: WorkerPlace): WorkerFile {
  return place.valuesPath === undefined ? deploymentFile(place) : valuesFile(place.valuesPath);
}

/** Keys of a container that people write above `env`, the nearest first. */
const ABOVE_ENV = ['envFrom', 'args', 'command', 'imagePullPolicy', 'image', 'name'];

function deploymentFile({ name, container }: WorkerPlace): WorkerFile {
  const path = ['spec', 'template', 'spec', 'containers'];
  return {
    document: (text) => inObject(text, 'Deployment', name, path),
    variables(text) {
      const list = inObject(text, 'Deployment', name, path);
      const containers = list.document.getIn(path, true);
      if (!isSeq(containers)) throw new CannotEdit('the Deployment has no list of containers');
      const index = containers.items.findIndex((item) => isMap(item) && item.get('name') === container);
      if (index < 0) {
        const names = containers.items.map((item) => (isMap(item) ? String(item.get('name')) : '?'));
        throw new CannotEdit(`the Deployment has no container ${container} (there are: ${names.join(', ')})`);
      }
      const below: EntryList['below'] = (map) => ABOVE_ENV.flatMap((key) => pairOf(map, key) ?? [])[0];
      return { ...list, path: [...path, index, 'env'], below };
    },
    environment: (data) => environmentOf(at(data, 'spec', 'template', 'spec'), container),
    mounts: (data) => podPlaces(data, container),
    makeFirst:
      `Correct authentik.deployment in registrar.yaml: it names the file that holds the Deployment ${name} of the worker, ` +
      `or a patch of it with the container ${container}. Where Helm makes that Deployment, file names the values, ` +
      'or the HelmRelease, and valuesPath the list of variables in them.',
  };
}

/**
 * Values say what the worker is given in what stands below `global` and `worker`, which goauthentik's chart puts together (its
 * templates/worker/deployment.yaml), with more below `root`; those of another chart in what stands beside the list.
 */
function valuesFile(valuesPath: string): WorkerFile {
  const path = valuesPath.split('.');
  const [key = '', holder, above] = [path.at(-1), path.slice(0, -1), path.slice(0, -2)];
  const isGoauthentiks = key === 'env' && ['global', 'worker'].includes(holder.at(-1) ?? '');
  const scopes = isGoauthentiks ? ['global', 'worker'].map((each) => [...above, each]) : [holder];
  const root = isGoauthentiks ? above : undefined;
  return {
    document: (text) => valuesOf(text, valuesPath),
    variables: (text) => valuesOf(text, valuesPath),
    // As `envFrom` it has the Secret of `authentik.existingSecret.secretName`, then `global.envFrom`, then `worker.envFrom`.
    environment(data) {
      const secret = root === undefined ? undefined : at(data, ...root, 'authentik', 'existingSecret', 'secretName');
      const existing = typeof secret === 'string' && secret !== '' ? [{ secretRef: { name: secret } }] : [];
      const lists = scopes.map((scope) => listOf(at(data, ...scope, 'envFrom')).map(sourceIn));
      return {
        env: scopes.flatMap((scope) => variablesIn(at(data, ...scope, key))),
        envFrom: [...existing, ...lists.flatMap((list) => mappingsOf(list))],
      };
    },
    mounts: () => ({
      volumes: scopes.map((scope) => [...scope, 'volumes']),
      mounts: scopes.map((scope) => [...scope, 'volumeMounts']),
    }),
    root,
    makeFirst: 'Correct authentik.deployment in registrar.yaml: it names the file that holds the values of the chart.',
  };
}

/** A source of variables; app-template has `secret: NAME` for one, too. */
function sourceIn(source: unknown): EnvSource {
  const secret = at(source, 'secret');
  return typeof secret === 'string' ? { ...(source as object), secretRef: { name: secret } } : (source as EnvSource);
}
