import { isMap, isSeq } from 'yaml';
import type { EnvVar } from '../../kubernetes/containerEnvironment.ts';
import { listEditor } from '../yaml/listEditor.ts';
import { undefinedIfUneditable } from '../yaml/yamlDocument.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { addVariable, isMappingOfVariables, removeVariable } from './variableMapping.ts';
import { refuseSecondOfName, type EnvEntry } from './workerEnvironment.ts';
import { workerFile } from './workerFile.ts';

const inList = listEditor<EnvEntry, EnvVar>({
  at: (text, wanted) => workerFile(wanted).variables(text),
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
    const { document, path } = workerFile(wanted).variables(text);
    return document.getIn(path);
  });
  if (isMap(list)) return list.has(wanted.envVar);
  return isSeq(list) && list.items.some((item) => isMap(item) && item.get('name') === wanted.envVar);
}
