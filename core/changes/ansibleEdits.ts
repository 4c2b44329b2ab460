import {
  ansiblePaths,
  credentialsTemplate,
  factOf,
  preTasksOf,
  roleFiles,
  roleTaskOf,
} from '../edits/ansible/ansibleNames.ts';
import { addEmptyDefault, defaultsFile, removeEmptyDefault } from '../edits/ansible/defaults.ts';
import { keepingMark } from '../edits/yaml/byteOrderMark.ts';
import { addPreTasks, removePreTasks, updatePreTasks } from '../edits/ansible/playbook.ts';
import { addRoleTask, hasRoleTask, removeRoleTask, roleTaskFile, updateRoleTask } from '../edits/ansible/role.ts';
import type { AnsibleConsumer } from '../registration/registration.ts';
import {
  inFile,
  newFile,
  orNewFile,
  undefinedIfUneditable,
  updates,
  type ChangeInput,
  type Edits,
  type FileEdit,
} from './fileEdit.ts';

const NOT_OURS = 'it does not render our fact, and no task of our name renders it: it may be of somebody else';

/** Template, task, default and pre_tasks of one consumer. */
export function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names, read }: ChangeInput,
): readonly Omit<FileEdit, 'step'>[] {
  const paths = ansiblePaths(consumer, read);
  const preTasks = preTasksOf(consumer, registration, installation, names);
  const fact = factOf(consumer);
  const task = roleTaskOf(consumer, registration);
  const hasRole = roleFiles(consumer).some((path) => read(path) !== undefined);
  const inRole = (edits: Edits, whole: string) => ({
    ...(hasRole ? orNewFile(edits, whole) : edits),
    makeFirst: `Correct role or rolesPath in the registration, or make the role ${consumer.role} first.`,
  });
  const tasks = read(paths.tasks);
  const isOurs = (text: string): boolean =>
    new RegExp(String.raw`\{\{\s*${fact}\b`).test(text) ||
    (tasks !== undefined && undefinedIfUneditable(() => hasRoleTask(tasks, task)) === true);
  return [
    { ...template(paths.template, credentialsTemplate(consumer, names), isOurs), entry: 'template' },
    {
      ...inRole(inFile(paths.tasks, addRoleTask, removeRoleTask, task), roleTaskFile(task)),
      ...updates((text) => updateRoleTask(text, task)),
      entry: 'roleTask',
    },
    ...(consumer.guard === 'default'
      ? [
          {
            ...inRole(inFile(paths.defaults, addEmptyDefault, removeEmptyDefault, fact), defaultsFile(fact)),
            entry: 'default',
          },
        ]
      : []),
    {
      ...inFile(paths.playbook, addPreTasks, removePreTasks, preTasks),
      ...updates((text) => updatePreTasks(text, preTasks)),
      makeFirst: `Correct playbook in the registration: it names the file whose play uses the role ${consumer.role}.`,
      // The role may have left the playbook before its client is deregistered, and our tasks with it.
      remove: (text) =>
        text.includes(fact)
          ? keepingMark(text, (unmarked) => removePreTasks(unmarked, preTasks))
          : { kind: 'alreadyThere' as const, text },
      entry: 'preTasks',
    },
  ];
}

/** A template is ours to rewrite where it renders our fact, or our task renders it. */
function template(
  path: string,
  wanted: string,
  isOurs: (text: string) => boolean,
): Edits & Pick<FileEdit, 'update' | 'restore'> {
  return {
    ...newFile(path, wanted),
    ...updates((text) =>
      isOurs(text)
        ? { kind: 'changed', text: wanted, splices: [], inverse: [] }
        : { kind: 'refused', reason: NOT_OURS, addByHand: wanted },
    ),
  };
}
