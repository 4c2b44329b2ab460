import { addEnvEntry, hasEnvEntry, removeEnvEntry } from '../edits/kubernetes/deployment.ts';
import type { EnvEntry } from '../edits/kubernetes/workerEnvironment.ts';
import { workerFile } from '../edits/kubernetes/workerFile.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from '../edits/kubernetes/externalSecret.ts';
import { addVolumeItem, mountIn, removeVolumeItem } from '../edits/kubernetes/volumeItems.ts';
import { environmentIn } from '../edits/kubernetes/workerEnvironment.ts';
import { isFromKey, variableSource } from '../kubernetes/containerEnvironment.ts';
import { vaultOf } from '../vault/vaults.ts';
import { type Delivered, deliveredOf } from '../names/delivered.ts';
import { entryOfValue } from './entry.ts';
import { inFile, type ChangeInput, type Edits, type FileEdit } from './fileEdit.ts';
import { arrival, substitutionIn } from '../kubernetes/substitution.ts';
import { substituted } from './substituted.ts';
import { undefinedIfUneditable } from '../edits/yaml/yamlDocument.ts';

/** The entries that bring the client's values to Authentik: of the ExternalSecret, and of the worker's environment or volume. */
export function deliveryEdits(input: ChangeInput): readonly FileEdit[] {
  return deliveredOf(input.names).flatMap((value, index) =>
    editsOf(input, value).map(({ place, ...edit }) => ({
      ...edit,
      step: 'patchExternalSecret' as const,
      entry: entryOfValue(place, index),
    })),
  );
}

type DeliveryEdit = Edits & { readonly place: 'externalSecret' | 'deployment' };

function editsOf(input: ChangeInput, value: Delivered): readonly DeliveryEdit[] {
  const { installation, names } = input;
  const { authentik } = installation;
  const written = input.read(authentik.externalSecret.file);
  const secret = { kind: 'ExternalSecret', name: authentik.externalSecret.name };
  const substitution = substitutionIn(installation, written, secret);
  const secretFile = written === undefined ? undefined : arrival(written, substitution).text;
  const secretName =
    secretFile === undefined
      ? undefined
      : undefinedIfUneditable(() => targetSecretOf(secretFile, authentik.externalSecret.name));
  const secretEntry = {
    name: authentik.externalSecret.name,
    secretKey: value.secretKey,
    field: value.vaultField,
    vault: vaultOf(installation, names),
  };
  const envEntry = {
    name: authentik.deployment.name,
    container: authentik.deployment.container,
    valuesPath: authentik.deployment.valuesPath,
    envVar: value.envVar,
    secretName: secretName ?? authentik.externalSecret.name,
    secretKey: value.secretKey,
  };
  return [
    {
      ...substituted(
        inFile(authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
        substitution,
      ),
      makeFirst:
        `Correct authentik.externalSecret in registrar.yaml, or make the ExternalSecret ${secretEntry.name} in that file first, ` +
        `with the other keys of Authentik in its spec.data.`,
      place: 'externalSecret',
    },
    ...(value.secretFile === undefined
      ? envEdits(input, envEntry)
      : itemEdits(input, value.secretKey, envEntry.secretName)),
  ];
}

/** Where `envFrom` gives the container every key of the Secret, and so the variable, nothing of the Deployment is edited. */
function envEdits(input: ChangeInput, entry: EnvEntry): readonly DeliveryEdit[] {
  const { file } = input.installation.authentik.deployment;
  const { text, substitution } = deploymentOf(input);
  if (text !== undefined && !hasEnvEntry(text, entry) && arrives(text, entry)) return [];
  return [
    {
      ...substituted(inFile(file, addEnvEntry, removeEnvEntry, entry), substitution),
      makeFirst: workerFile(entry).makeFirst,
      place: 'deployment',
    },
  ];
}

/** The file of the Deployment, or of the values that a chart makes it of, as it arrives. */
function deploymentOf({ installation, read }: ChangeInput) {
  const { file, name } = installation.authentik.deployment;
  const written = read(file);
  const substitution = substitutionIn(installation, written, { kind: 'Deployment', name });
  return { substitution, text: written === undefined ? undefined : arrival(written, substitution).text };
}

/** Whether the container has the variable from that key of that Secret, as the file says. */
function arrives(text: string, entry: EnvEntry): boolean {
  const environment = environmentIn(text, entry);
  const source = environment && variableSource(environment, entry.envVar, entry.secretName);
  return isFromKey(source, entry.secretName, entry.secretKey);
}

/** A Secret that is mounted whole brings every key: then nothing of the Deployment is edited. */
function itemEdits(input: ChangeInput, key: string, secretName: string): readonly DeliveryEdit[] {
  const { deployment, secretFolder = '' } = input.installation.authentik;
  const { file, name, container } = deployment;
  const item = { name, container, secretName, folder: secretFolder, key };
  const { text, substitution } = deploymentOf(input);
  if (text !== undefined && undefinedIfUneditable(() => mountIn(text, item))?.kind === 'whole') return [];
  return [
    {
      ...substituted(inFile(file, addVolumeItem, removeVolumeItem, item), substitution),
      place: 'deployment',
    },
  ];
}
