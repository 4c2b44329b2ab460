import { isMap, isSeq } from 'yaml';
import { listEditor } from '../yaml/listEditor.ts';
import { inObject, type EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf } from '../yaml/yamlDocument.ts';
import { valuesOf } from './helmValues.ts';

export interface EnvEntry {
  /** metadata.name of the Deployment. */
  readonly name: string;
  readonly container: string;
  /** Keys with dots between, of the list of variables in Helm values; undefined where the file holds the Deployment itself. */
  readonly valuesPath?: string | undefined;
  readonly envVar: string;
  readonly secretName: string;
  readonly secretKey: string;
}

interface Env {
  readonly name?: unknown;
  readonly value?: unknown;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: unknown; readonly key?: unknown } };
}

/** The variable of the named container, or of a list in Helm values. */
export const { add: addEnvEntry, remove: removeEnvEntry } = listEditor<EnvEntry, Env>({
  at: (text, wanted) => (wanted.valuesPath === undefined ? envOf(text, wanted) : valuesOf(text, wanted.valuesPath)),
  key: 'name',
  entry: ({ envVar, secretName, secretKey }) => ({
    name: envVar,
    valueFrom: { secretKeyRef: { name: secretName, key: secretKey } },
  }),
  says: ({ name, value, valueFrom }) => ({
    name,
    value,
    secret: valueFrom?.secretKeyRef?.name,
    key: valueFrom?.secretKeyRef?.key,
  }),
  // An env value may be a secret that someone wrote in clear.
  shown: (found) => (found.value === undefined ? found : { ...found, value: '…' }),
  byHand: { indent: 12 },
});

/** Keys of a container that people write above `env`, the nearest first. */
const ABOVE_ENV = ['envFrom', 'args', 'command', 'imagePullPolicy', 'image', 'name'];

function envOf(text: string, wanted: EnvEntry): EntryList {
  const path = ['spec', 'template', 'spec', 'containers'];
  const list = inObject(text, 'Deployment', wanted.name, path);
  const containers = list.document.getIn(path, true);
  if (!isSeq(containers)) throw new CannotEdit('the Deployment has no list of containers');
  const index = containers.items.findIndex((item) => isMap(item) && item.get('name') === wanted.container);
  if (index < 0) {
    const names = containers.items.map((item) => (isMap(item) ? String(item.get('name')) : '?'));
    throw new CannotEdit(`the Deployment has no container ${wanted.container} (there are: ${names.join(', ')})`);
  }
  const below: EntryList['below'] = (map) => ABOVE_ENV.flatMap((key) => pairOf(map, key) ?? [])[0];
  return { ...list, path: [...path, index, 'env'], below };
}
