import { ansiblePaths, credentialsTemplate, factOf, preTasksOf, roleTaskOf } from './ansibleNames.ts';
import {
  addClientSection,
  removeClientSection,
  restoreClientSection,
  updateClientSection,
} from './edits/clientSection.ts';
import { addEmptyDefault, removeEmptyDefault } from './edits/defaults.ts';
import { addEnvEntry, removeEnvEntry } from './edits/deployment.ts';
import type { EditOutcome } from './edits/edit.ts';
import { addSecretEntry, removeSecretEntry, targetSecretOf } from './edits/externalSecret.ts';
import { addPreTasks, removePreTasks, updatePreTasks } from './edits/playbook.ts';
import { restoreByLines } from './edits/byLines.ts';
import { addRoleTask, removeRoleTask, updateRoleTask } from './edits/role.ts';
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
  /** What is taken back of entries that were updated: text of a file before the change, where this entry was. */
  readonly origin?: (entry: string, path: string) => string | undefined;
  /** Which entries may be updated; where it is not given, those of a client whose section is there. */
  readonly updates?: (entry: string) => boolean;
  /** Consumers that the registration named before and no longer does: their entries go. */
  readonly former?: readonly AnsibleConsumer[];
}

/** One edit of one file, both ways. */
export interface FileEdit {
  readonly step: EditStep;
  /** Names the edit within the job: several may share a file. */
  readonly entry: string;
  readonly path: string;
  readonly mayCreate: boolean;
  readonly add: (text: string | undefined) => EditOutcome;
  readonly remove: (text: string) => EditOutcome | 'delete';
  /** Makes an entry of this client that says something else say what is asked for, inside what is there. */
  readonly update?: (text: string) => EditOutcome;
  /** The entry is of a consumer that is no longer named: to make the edit is to take it out. */
  readonly takesOut?: true;
  /** Puts back what `update` changed: the entry as it is in `origin`, while what was asked for stands. */
  readonly restore?: (text: string, origin: string) => EditOutcome;
}

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
  const section = {
    name: authentik.blueprints.configMap,
    key: names.blueprintKey,
    value: input.blueprintText,
    described: registration.spec.description !== undefined,
  };
  const all: readonly FileEdit[] = [
    {
      ...inFile(authentik.externalSecret.file, addSecretEntry, removeSecretEntry, secretEntry),
      step: 'patchExternalSecret',
      entry: 'externalSecret',
    },
    {
      ...inFile(authentik.deployment.file, addEnvEntry, removeEnvEntry, envEntry),
      step: 'patchExternalSecret',
      entry: 'deployment',
    },
    {
      ...inFile(authentik.blueprints.file, addClientSection, removeClientSection, section),
      update: (text) => updateClientSection(text, section),
      restore: (text, origin) => restoreClientSection(text, origin, section),
      step: 'syncBlueprint',
      entry: 'configMap',
    },
    ...ansibleConsumers(registration).flatMap((consumer, i) =>
      ansibleEdits(consumer, input).map((edit) => ({
        ...edit,
        step: 'renderAnsibleFiles' as const,
        entry: `${edit.entry}/${i}`,
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
  ];
  return all.filter((edit) => input.steps.includes(edit.step));
}

function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names }: ChangeInput,
): readonly Omit<FileEdit, 'step'>[] {
  const paths = ansiblePaths(consumer);
  const preTasks = preTasksOf(consumer, registration, installation, names);
  const roleTask = roleTaskOf(consumer, registration);
  const fact = factOf(consumer);
  return [
    { ...template(paths.template, credentialsTemplate(consumer, names), fact), entry: 'template' },
    {
      ...inFile(paths.tasks, addRoleTask, removeRoleTask, roleTask),
      ...updates((text) => updateRoleTask(text, roleTask)),
      entry: 'roleTask',
    },
    ...(consumer.guard === 'default'
      ? [{ ...inFile(paths.defaults, addEmptyDefault, removeEmptyDefault, fact), entry: 'default' }]
      : []),
    {
      ...inFile(paths.playbook, addPreTasks, removePreTasks, preTasks),
      ...updates((text) => updatePreTasks(text, preTasks)),
      // The role may have left the playbook before its client is deregistered, and our tasks with it.
      remove: (text) =>
        text.includes(fact) ? removePreTasks(text, preTasks) : { kind: 'alreadyThere' as const, text },
      entry: 'preTasks',
    },
  ];
}

/**
 * Consumers of the registration before that no consumer stands for any more. One that only says something else of the same role, or
 * reads the same fact, is changed where it stands. Pure.
 */
export function formerConsumers(before: Registration, now: Registration): readonly AnsibleConsumer[] {
  const current = ansibleConsumers(now);
  return ansibleConsumers(before).filter(
    (old) =>
      !current.some(
        (each) => factOf(each) === factOf(old) || (each.role === old.role && each.rolesPath === old.rolesPath),
      ),
  );
}

function ansibleConsumers(registration: Registration): readonly AnsibleConsumer[] {
  return registration.spec.consumers.filter((consumer): consumer is AnsibleConsumer => consumer.kind === 'ansible');
}

type Edits = Omit<FileEdit, 'step' | 'entry'>;

function inFile<Wanted>(
  path: string,
  add: (text: string, wanted: Wanted) => EditOutcome,
  remove: (text: string, wanted: Wanted) => EditOutcome,
  wanted: Wanted,
): Edits {
  return {
    path,
    mayCreate: false,
    add: (text) => add(text ?? '', wanted),
    remove: (text) => remove(text, wanted),
  };
}

function newFile(path: string, wanted: string): Edits {
  return {
    path,
    mayCreate: true,
    add: (found) => {
      if (found === undefined) return { kind: 'changed', text: wanted, splices: [], inverse: [] };
      return found === wanted ? { kind: 'alreadyThere', text: found } : { kind: 'different', found, wanted };
    },
    remove: (found) => (found === wanted ? 'delete' : { kind: 'different', found, wanted }),
  };
}

/** An update, and its way back by the lines that it changed. */
function updates(update: (text: string) => EditOutcome): Required<Pick<FileEdit, 'update' | 'restore'>> {
  return {
    update,
    restore: (text, origin) => {
      const updated = update(origin);
      if (updated.kind === 'changed') return restoreByLines(text, origin, updated.text);
      return updated.kind === 'alreadyThere' ? { kind: 'alreadyThere', text } : updated;
    },
  };
}

/** A template is ours to rewrite where it renders our fact. */
function template(path: string, wanted: string, fact: string): Edits & Pick<FileEdit, 'update' | 'restore'> {
  return {
    ...newFile(path, wanted),
    ...updates((text) =>
      new RegExp(String.raw`\{\{\s*${fact}\b`).test(text)
        ? { kind: 'changed', text: wanted, splices: [], inverse: [] }
        : { kind: 'refused', reason: `it does not render ${fact}, so it may be somebody else's`, addByHand: wanted },
    ),
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
