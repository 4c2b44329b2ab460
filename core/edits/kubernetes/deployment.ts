import { isMap, isSeq } from 'yaml';
import type { EnvVar } from '../../kubernetes/containerEnvironment.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { inObject, type EntryList } from '../yaml/listPlace.ts';
import { CannotEdit, pairOf, undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { valuesOf } from './helmValues.ts';
import { addVariable, isMappingOfVariables, removeVariable } from './variableMapping.ts';
import { refuseSecondOfName, type EnvEntry } from './workerEnvironment.ts';

const inList = listEditor<EnvEntry, EnvVar>({
  at: listOf,
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
  check: ({ text }, wanted, found) => {
    if (found === undefined) refuseSecondOfName(text, wanted);
  },
  byHand: { indent: 12 },
});

/** Adds the variable of the named container, or of a list or mapping in Helm values. */
export function addEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return isMappingOfVariables(text, wanted) ? addVariable(text, wanted) : inList.add(text, wanted);
}

/** Takes it out again, if it is unchanged. */
export function removeEnvEntry(text: string, wanted: EnvEntry): EditOutcome {
  return isMappingOfVariables(text, wanted) ? removeVariable(text, wanted) : inList.remove(text, wanted);
}

/** Whether the list itself holds a variable of that name, whatever it says. */
export function hasEnvEntry(text: string, wanted: EnvEntry): boolean {
  const list = undefinedIfUneditable(() => {
    const { document, path } = listOf(text, wanted);
    return document.getIn(path);
  });
  if (isMap(list)) return list.has(wanted.envVar);
  return isSeq(list) && list.items.some((item) => isMap(item) && item.get('name') === wanted.envVar);
}

function listOf(text: string, wanted: EnvEntry): EntryList {
  return wanted.valuesPath === undefined ? envOf(text, wanted) : valuesOf(text, wanted.valuesPath);
}

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
