import { own } from '../../base/own.ts';
import {
  environmentOf,
  listOf,
  type EnvSource,
  type Environment,
  type EnvVar,
} from '../../kubernetes/containerEnvironment.ts';
import { documentOf, parse, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { valuesOf } from './helmValues.ts';

/** Where Git says what environment Authentik's worker has. */
export interface WorkerPlace {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  /** Keys with dots between, of the list of variables in Helm values; undefined where the file holds the Deployment itself. */
  readonly valuesPath?: string | undefined;
}

/** The environment of the worker as a file has it; undefined where the file cannot be read or holds no such Deployment or values. */
export function environmentIn(text: string, { name, container, valuesPath }: WorkerPlace): Environment | undefined {
  return undefinedIfUneditable(() => {
    if (valuesPath !== undefined)
      return environmentOfValues(plainData(valuesOf(text, valuesPath).document), valuesPath);
    const data = plainData(documentOf(parse(text), 'Deployment', name));
    return environmentOf(at(data, ['spec', 'template', 'spec']), container);
  });
}

/**
 * goauthentik's chart gives the worker `concat .Values.global.env .Values.worker.env`, and as `envFrom` the Secret of
 * `authentik.existingSecret.secretName`, then `global.envFrom`, then `worker.envFrom` (its templates/worker/deployment.yaml). Of
 * another chart `envFrom` stands beside the list.
 */
function environmentOfValues(data: unknown, valuesPath: string): Environment {
  const path = valuesPath.split('.');
  const [holder, root] = [path.slice(0, -1), path.slice(0, -2)];
  const scope = holder.at(-1);
  const isChart = path.at(-1) === 'env' && (scope === 'global' || scope === 'worker');
  const holders = isChart ? ['global', 'worker'].map((each) => [...root, each]) : [holder];
  const secret = isChart ? at(data, [...root, 'authentik', 'existingSecret', 'secretName']) : undefined;
  const existing = typeof secret === 'string' && secret !== '' ? [{ secretRef: { name: secret } }] : [];
  const envKey = path.at(-1) ?? '';
  return {
    env: holders.flatMap((of) => listOf(at(data, [...of, envKey]) as readonly EnvVar[] | undefined)),
    envFrom: [
      ...existing,
      ...holders.flatMap((of) => listOf(at(data, [...of, 'envFrom']) as readonly EnvSource[] | undefined)),
    ],
  };
}

function at(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (holder, key) =>
      typeof holder === 'object' ? own(holder as Readonly<Record<string, unknown>> | null, key) : undefined,
    data,
  );
}
