import { sameSection } from '../edits/blueprint/sameSection.ts';
import {
  joinClientFile,
  removeClientFile,
  restoreClientFile,
  updateClientFile,
} from '../edits/blueprint/clientFile.ts';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
  type ClientSection,
} from '../edits/blueprint/clientSection.ts';
import { addGeneratedKey, generatorIn, removeGeneratedKey } from '../edits/kubernetes/configMapGenerator.ts';
import { sectionIn } from '../edits/kubernetes/mapSection.ts';
import type { Installation } from '../installation/installation.ts';
import { substitutionOf } from '../kubernetes/substitution.ts';
import type { Names } from '../names/names.ts';
import { substituted } from './substituted.ts';
import { inFile, newFile, type ChangeInput, type Edits, type FileEdit } from './fileEdit.ts';

/** Path of the file that a client's blueprint has of its own, where a generator makes the ConfigMap. */
export function blueprintFile({ authentik }: Installation, { blueprintKey }: Pick<Names, 'blueprintKey'>): string {
  return `${(authentik.blueprints.generatedFrom ?? '').replace(/\/$/, '')}/${blueprintKey}`;
}

/** The blueprint as a key of the ConfigMap, or as a file of its own that a generator names. */
export function blueprintEdits(input: ChangeInput): readonly FileEdit[] {
  const { installation, names } = input;
  const { authentik } = installation;
  const { file, configMap, generatedFrom, mountedAs } = authentik.blueprints;
  const key = {
    name: configMap,
    key: names.blueprintKey,
    value: input.blueprintText,
    described: input.registration.spec.description !== undefined,
    client: input.registration.metadata.name,
  };
  const manifest = input.read(file);
  const substitution = substitutionOf(installation, manifest);
  if (generatedFrom === undefined) {
    const edits = {
      ...inFile(file, addClientSection, removeClientSection, key),
      update: (text: string) => updateClientSection(text, key),
      restore: (text: string, origin: string) => restoreClientSection(text, origin, key),
    };
    return [
      {
        ...substituted(edits, substitution, (text) => sectionIn(text, key)),
        makeFirst: `Correct authentik.blueprints in registrar.yaml, or make the ConfigMap first, have it deployed, and mount it at /blueprints/${mountedAs} of the worker:
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${key.name}
  namespace: ${authentik.namespace}`,
        step: 'syncBlueprint',
        entry: { place: 'configMap' },
      },
    ];
  }
  const own = blueprintFile(installation, names);
  const files = manifest === undefined ? [] : (generatorIn(manifest, configMap)?.files ?? []);
  const listed = files.some((each) => each.key === key.key);
  const generated = { name: configMap, key: key.key, path: own.slice(file.lastIndexOf('/') + 1) };
  return [
    {
      ...substituted(ownFile(own, key, listed), substitution, (text) => text),
      step: 'syncBlueprint',
      entry: { place: 'configMap' },
    },
    {
      ...inFile(file, addGeneratedKey, removeGeneratedKey, generated),
      makeFirst:
        `Correct authentik.blueprints in registrar.yaml, or make a kustomization with a configMapGenerator named ${configMap} there first, ` +
        `with options.disableNameSuffixHash: true, and mount its ConfigMap at /blueprints/${mountedAs} of the worker.`,
      step: 'syncBlueprint',
      entry: { place: 'generator' },
    },
  ];
}

/** A blueprint that says the same, however it was written, is there already; one that nothing names is somebody's leftover. */
function ownFile(
  path: string,
  wanted: ClientSection,
  listed: boolean,
): Edits & Required<Pick<FileEdit, 'update' | 'restore'>> {
  const edits = newFile(path, wanted.value);
  const same = (text: string): boolean => sameSection(text, wanted.value, wanted);
  return {
    ...edits,
    add: (found) => {
      if (found !== undefined && !listed)
        return {
          kind: 'refused',
          reason: 'it is there, but the generator does not name it, so nobody can say whose it is',
          addByHand: `      - ${wanted.key}=… (in the kustomization), or delete the file`,
        };
      if (found !== undefined && same(found)) return { kind: 'alreadyThere', text: found };
      return (found === undefined ? undefined : joinClientFile(found, wanted)) ?? edits.add(found);
    },
    update: (text) => updateClientFile(text, wanted),
    restore: (text, origin) => restoreClientFile(text, origin, wanted),
    remove: (found) => removeClientFile(found, wanted),
  };
}
