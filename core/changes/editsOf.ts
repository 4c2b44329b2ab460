import { ansiblePaths, roleFiles } from '../edits/ansible/ansibleNames.ts';
import { ansibleEdits } from './ansibleEdits.ts';
import { blueprintEdits, blueprintFile } from './blueprintEdits.ts';
import { deliveryEdits } from './deliveryEdits.ts';
import { newFile, type ChangeInput, type EditStep, type FileEdit } from './fileEdit.ts';
import { ownSecretEdits } from './consumerSecretEdits.ts';
import { ansibleConsumers, externalSecretConsumers } from '../registration/consumersOf.ts';
import { extraFilePaths, extraFilesOf } from './extraFiles.ts';
import type { Installation } from '../installation/installation.ts';
import { recordEdit } from './recordEdit.ts';
import { recordPath } from '../names/recordPath.ts';
import type { AnsibleConsumer, Registration } from '../registration/registration.ts';
import { resolveNames } from '../names/names.ts';

/** Every file that a registration may touch, with the step that does. */
export function filesNeeded(
  registration: Registration,
  installation: Installation,
  former: readonly AnsibleConsumer[] = [],
): readonly { step: EditStep; path: string }[] {
  const { authentik } = installation;
  return [
    { step: 'patchExternalSecret', path: authentik.externalSecret.file },
    { step: 'patchExternalSecret', path: authentik.deployment.file },
    { step: 'syncBlueprint', path: authentik.blueprints.file },
    ...(authentik.blueprints.generatedFrom === undefined
      ? []
      : [
          {
            step: 'syncBlueprint' as const,
            path: blueprintFile(installation, resolveNames(registration, installation)),
          },
        ]),
    ...[...ansibleConsumers(registration), ...former].flatMap((consumer) => {
      const paths = ansiblePaths(consumer);
      const files = [
        paths.template,
        paths.tasks,
        ...(consumer.guard === 'default' ? [paths.defaults] : []),
        paths.playbook,
      ];
      return files.map((path) => ({ step: 'renderAnsibleFiles' as const, path }));
    }),
    ...extraFilePaths(registration).map((path) => ({ step: 'renderAnsibleFiles' as const, path })),
    ...externalSecretConsumers(registration).flatMap(({ consumer: { file, kustomization } }) =>
      [file, ...(kustomization === undefined ? [] : [kustomization])].map((path) => ({
        step: 'deliverToConsumers' as const,
        path,
      })),
    ),
  ];
}

/** Every path whose text the edits ask for: those of {@link filesNeeded}, and those that tell how a role is laid out. */
export function pathsRead(
  registration: Registration,
  installation: Installation,
  { former = [], formerSecrets = [] }: Pick<ChangeInput, 'former' | 'formerSecrets'> = {},
): readonly string[] {
  const needed = filesNeeded(registration, installation, former).map(({ path }) => path);
  const consumers = [...ansibleConsumers(registration), ...former];
  const secrets = formerSecrets.flatMap(({ file, kustomization = file }) => [file, kustomization]);
  const record = recordPath(installation, registration.metadata.name);
  return [...new Set([...needed, ...consumers.flatMap((consumer) => roleFiles(consumer)), ...secrets, record])];
}

/** The edits of these steps, in the order in which they are made. */
export function editsOf(input: ChangeInput): readonly FileEdit[] {
  const { names, registration, installation, record } = input;
  const all: readonly FileEdit[] = [
    ...deliveryEdits(input),
    ...blueprintEdits(input),
    ...ansibleConsumers(registration).flatMap((consumer, i) =>
      ansibleEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'renderAnsibleFiles' as const,
        entry: `${edit.entry}/${i}`,
      })),
    ),
    ...extraFilesOf(registration, names).map(({ entry, path, text }) => ({
      ...newFile(path, text),
      // Once the registration stands, what people make of the file is theirs.
      update: (found: string) => ({ kind: 'alreadyThere' as const, text: found }),
      step: 'renderAnsibleFiles' as const,
      entry,
    })),
    ...externalSecretConsumers(registration).flatMap(({ consumer, index }) =>
      ownSecretEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'deliverToConsumers' as const,
        entry: `${edit.entry}/${index}`,
      })),
    ),
    ...(input.former ?? []).flatMap((consumer, i) =>
      ansibleEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'renderAnsibleFiles' as const,
        entry: `former ${edit.entry}/${i}`,
        mayCreate: true,
        takesOut: true as const,
      })),
    ),
    ...(input.formerSecrets ?? []).flatMap((consumer, i) =>
      ownSecretEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'deliverToConsumers' as const,
        entry: `former ${edit.entry}/${i}`,
        mayCreate: true,
        takesOut: true as const,
      })),
    ),
    ...(record === undefined ? [] : [recordEdit(recordPath(installation, registration.metadata.name), record)]),
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}
