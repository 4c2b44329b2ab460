import { at } from '../../base/own.ts';
import { environmentOf, mappingsOf, type EnvSource, type Environment } from '../../kubernetes/containerEnvironment.ts';
import { CannotEdit, documentOf, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { chartScopes, valuesOf, variablesIn } from './helmValues.ts';

/** Where Git says what environment Authentik's worker has. */
export interface WorkerPlace {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  /** Keys with dots between, of the list of variables in Helm values; undefined where the file holds the Deployment itself. */
  readonly valuesPath?: string | undefined;
}

/** A variable of the worker from a key of a Secret. */
export interface EnvEntry extends WorkerPlace {
  readonly envVar: string;
  readonly secretName: string;
  readonly secretKey: string;
}

/** Throws {@link CannotEdit} where a variable that is to be added has its name from another list or mapping of the chart. */
export function refuseSecondOfName(text: string, wanted: EnvEntry): void {
  const { env = [] } = environmentIn(text, wanted) ?? {};
  if (env.some(({ name }) => name === wanted.envVar))
    throw new CannotEdit(`another list of the chart holds ${wanted.envVar} already: take it out there`);
}

/** The environment of the worker as a file has it; undefined where the file cannot be read or holds no such Deployment or values. */
export function environmentIn(text: string, { name, container, valuesPath }: WorkerPlace): Environment | undefined {
  return undefinedIfUneditable(() => {
    if (valuesPath !== undefined)
      return environmentOfValues(plainData(valuesOf(text, valuesPath).document), valuesPath);
    const data = plainData(documentOf(parse(text), 'Deployment', name));
    return environmentOf(at(data, 'spec', 'template', 'spec'), container);
  });
}

/**
 * goauthentik's chart gives the worker `concat .Values.global.env .Values.worker.env`, and as `envFrom` the Secret of
 * `authentik.existingSecret.secretName`, then `global.envFrom`, then `worker.envFrom` (its templates/worker/deployment.yaml).
 */
function environmentOfValues(data: unknown, valuesPath: string): Environment {
  const { scopes, root } = chartScopes(valuesPath);
  const secret = root === undefined ? undefined : at(data, ...root, 'authentik', 'existingSecret', 'secretName');
  const existing = typeof secret === 'string' && secret !== '' ? [{ secretRef: { name: secret } }] : [];
  const key = valuesPath.slice(valuesPath.lastIndexOf('.') + 1);
  return {
    env: scopes.flatMap((scope) => variablesIn(at(data, ...scope, key))),
    envFrom: [
      ...existing,
      ...scopes.flatMap((scope) => mappingsOf(at(data, ...scope, 'envFrom') as readonly EnvSource[] | undefined)),
    ],
  };
}
