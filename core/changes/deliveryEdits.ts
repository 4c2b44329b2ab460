import { addEnvEntry, removeEnvEntry } from '../edits/kubernetes/deployment.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from '../edits/kubernetes/externalSecret.ts';
import { addVolumeItem, mountIn, removeVolumeItem } from '../edits/kubernetes/volumeItems.ts';
import { vaultOf } from '../vault/vaults.ts';
import { inFile, type ChangeInput, type FileEdit } from './fileEdit.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';

/** The entries that bring the secret to Authentik: of the ExternalSecret, and of the worker's environment or volume. */
export function deliveryEdits(input: ChangeInput): readonly FileEdit[] {
  const { installation, names } = input;
  const { authentik } = installation;
  const secretFile = input.read(authentik.externalSecret.file);
  const secretName =
    secretFile === undefined
      ? undefined
      : undefinedIfUneditable(() => targetSecretOf(secretFile, authentik.externalSecret.name));
  const { key, property } = vaultOf(installation).remoteRef(names.vaultField);
  const secretEntry = {
    name: authentik.externalSecret.name,
    secretKey: names.secretKey,
    remoteKey: key,
    property,
  };
  const envEntry = {
    name: authentik.deployment.name,
    container: authentik.deployment.container,
    valuesPath: authentik.deployment.valuesPath,
    envVar: names.envVar,
    secretName: secretName ?? authentik.externalSecret.name,
    secretKey: names.secretKey,
  };
  return [
    {
      ...inFile(authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
      makeFirst:
        `Correct authentik.externalSecret in registrar.yaml, or make the ExternalSecret ${secretEntry.name} in that file first, ` +
        `with the other keys of Authentik in its spec.data.`,
      step: 'patchExternalSecret',
      entry: { place: 'externalSecret' },
    },
    ...(names.secretFile === undefined
      ? [
          {
            ...inFile(authentik.deployment.file, addEnvEntry, removeEnvEntry, envEntry),
            makeFirst:
              envEntry.valuesPath === undefined
                ? `Correct authentik.deployment in registrar.yaml: it names the file that holds the Deployment ${envEntry.name} of the worker, ` +
                  `or a patch of it with the container ${envEntry.container}.`
                : 'Correct authentik.deployment in registrar.yaml: it names the file that holds the values of the chart.',
            step: 'patchExternalSecret' as const,
            entry: { place: 'deployment' },
          },
        ]
      : itemEdits(input, envEntry.secretName)),
  ];
}

/** A Secret that is mounted whole brings every key: then nothing of the Deployment is edited. */
function itemEdits({ installation, names, read }: ChangeInput, secretName: string): readonly FileEdit[] {
  const { deployment, secretFolder = '' } = installation.authentik;
  const { file, name, container } = deployment;
  const item = { name, container, secretName, folder: secretFolder, key: names.secretKey };
  const text = read(file);
  if (text !== undefined && undefinedIfUneditable(() => mountIn(text, item))?.kind === 'whole') return [];
  return [
    {
      ...inFile(file, addVolumeItem, removeVolumeItem, item),
      step: 'patchExternalSecret',
      entry: { place: 'deployment' },
    },
  ];
}
