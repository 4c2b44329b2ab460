import type { Environment } from '../../kubernetes/containerEnvironment.ts';
import { CannotEdit, plainData, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import { workerFile, type WorkerPlace } from './workerFile.ts';

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
export function environmentIn(text: string, place: WorkerPlace): Environment | undefined {
  const file = workerFile(place);
  return undefinedIfUneditable(() => file.environment(plainData(file.document(text).document)));
}
