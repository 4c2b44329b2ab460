import { ansiblePaths, credentialsTemplate, factOf, preTasksOf, roleTaskOf } from './ansibleNames.ts';
import { addConfigMapKey, removeConfigMapKey } from './edits/configMap.ts';
import { addEmptyDefault, removeEmptyDefault } from './edits/defaults.ts';
import { addEnvEntry, removeEnvEntry } from './edits/deployment.ts';
import type { EditOutcome } from './edits/edit.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from './edits/externalSecret.ts';
import { addPreTasks, removePreTasks } from './edits/playbook.ts';
import { addRoleTask, removeRoleTask } from './edits/role.ts';
import { CannotEdit } from './edits/yamlDocument.ts';
import type { Installation } from './installation.ts';
import type { AnsibleConsumer, Registration } from './registration.ts';
import type { Names } from './resolve.ts';

export type EditStep = 'patchExternalSecret' | 'syncBlueprint' | 'renderAnsibleFiles';

export interface ChangeInput {
  readonly registration: Registration;
  readonly installation: Installation;
  readonly names: Names;
  readonly blueprintText: string;
  readonly steps: readonly EditStep[];
  /** Text of a file as it is now; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
}

/** One edit of one file, both ways. */
export interface FileEdit {
  readonly step: EditStep;
  readonly path: string;
  readonly mayCreate: boolean;
  readonly add: (text: string | undefined) => EditOutcome;
  readonly remove: (text: string) => EditOutcome | 'delete';
}

/** Every file that a registration may touch, with the step that does. */
export function filesNeeded(
  registration: Registration,
  installation: Installation,
): readonly { step: EditStep; path: string }[] {
  const { authentik } = installation;
  return [
    { step: 'patchExternalSecret', path: authentik.externalSecret.file },
    { step: 'patchExternalSecret', path: authentik.deployment.file },
    { step: 'syncBlueprint', path: authentik.blueprints.file },
    ...ansibleConsumers(registration).flatMap((consumer) => {
      const paths = ansiblePaths(consumer);
      const files = [
        paths.template,
        paths.tasks,
        ...(consumer.guard === 'default' ? [paths.defaults] : []),
        paths.playbook,
      ];
      return files.map((path) => ({ step: 'renderAnsibleFiles' as const, path }));
    }),
  ];
}

/** The edits of these steps, in the order in which they are made. */
export function editsOf(input: ChangeInput): readonly FileEdit[] {
  const { installation, names, registration } = input;
  const { authentik, vault } = installation;
  const secretFile = input.read(authentik.externalSecret.file);
  const secretName =
    secretFile === undefined ? undefined : safely(() => targetSecretOf(secretFile, authentik.externalSecret.name));
  const secretEntry = {
    name: authentik.externalSecret.name,
    secretKey: names.secretKey,
    remoteKey: vault.itemTitle,
    property: names.vaultField,
  };
  const envEntry = {
    name: authentik.deployment.name,
    container: authentik.deployment.container,
    envVar: names.envVar,
    secretName: secretName ?? authentik.externalSecret.name,
    secretKey: names.secretKey,
  };
  const key = { name: authentik.blueprints.configMap, key: names.blueprintKey, value: input.blueprintText };
  const all: readonly FileEdit[] = [
    inFile('patchExternalSecret', authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
    inFile('patchExternalSecret', authentik.deployment.file, addEnvEntry, removeEnvEntry, envEntry),
    inFile('syncBlueprint', authentik.blueprints.file, addConfigMapKey, removeConfigMapKey, key),
    ...ansibleConsumers(registration).flatMap((consumer) => ansibleEdits(consumer, input)),
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}

function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names }: ChangeInput,
): readonly FileEdit[] {
  const paths = ansiblePaths(consumer);
  const preTasks = preTasksOf(consumer, registration, installation, names);
  const fact = factOf(consumer);
  return [
    newFile('renderAnsibleFiles', paths.template, credentialsTemplate(consumer, names)),
    inFile('renderAnsibleFiles', paths.tasks, addRoleTask, removeRoleTask, roleTaskOf(consumer, registration)),
    ...(consumer.guard === 'default'
      ? [inFile('renderAnsibleFiles', paths.defaults, addEmptyDefault, removeEmptyDefault, fact)]
      : []),
    inFile('renderAnsibleFiles', paths.playbook, addPreTasks, removePreTasks, preTasks),
  ];
}

function ansibleConsumers(registration: Registration): readonly AnsibleConsumer[] {
  return registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}

function inFile<Wanted>(
  step: EditStep,
  path: string,
  add: (text: string, wanted: Wanted) => EditOutcome,
  remove: (text: string, wanted: Wanted) => EditOutcome,
  wanted: Wanted,
): FileEdit {
  return {
    step,
    path,
    mayCreate: false,
    add: (text) => add(text ?? '', wanted),
    remove: (text) => remove(text, wanted),
  };
}

function newFile(step: EditStep, path: string, wanted: string): FileEdit {
  return {
    step,
    path,
    mayCreate: true,
    add: (found) => {
      if (found === undefined) return { kind: 'changed', text: wanted, splices: [], inverse: [] };
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    remove: (found) => (found === wanted ? 'delete' : { kind: 'different', found, wanted }),
  };
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CannotEdit) return undefined;
    throw error;
  }
}
