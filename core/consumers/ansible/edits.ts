import {
  ansiblePaths,
  credentialsTemplate,
  factOf,
  preTasksOf,
  roleFiles,
  roleTaskOf,
  usualTask,
} from '../../edits/ansible/ansibleNames.ts';
import { addEmptyDefault, defaultsFile, removeEmptyDefault } from '../../edits/ansible/defaults.ts';
import { keepingMark } from '../../edits/yaml/byteOrderMark.ts';
import {
  addPreTasks,
  isOwnPair,
  ownFacts,
  removePreTasks,
  updatePreTasks,
  type PreTasks,
} from '../../edits/ansible/playbook.ts';
import {
  addRoleTask,
  hasRoleTask,
  removeRoleTask,
  roleTaskFile,
  taskOfRole,
  updateRoleTask,
  type RoleTask,
} from '../../edits/ansible/role.ts';
import type { AnsibleConsumer } from './schema.ts';
import {
  inFile,
  newFile,
  orNewFile,
  updates,
  type ChangeInput,
  type ConsumerEdit,
  type Edits,
  type FileEdit,
} from '../../changes/fileEdit.ts';
import { undefinedIfUneditable } from '../../edits/yaml/yamlDocument.ts';

const NOT_OURS = 'it does not render our fact, and no task of our name renders it: it may be of somebody else';

/** Template, task, default and pre_tasks of one consumer. */
export function ansibleEdits(
  consumer: AnsibleConsumer,
  { registration, installation, names, read }: ChangeInput,
): readonly ConsumerEdit[] {
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
  const own = ownEntries(consumer, { registration, read }, preTasks, task);
  return [
    {
      ...template(paths.template, credentialsTemplate(consumer, names), isOurs),
      isOwn: own.template,
      place: 'template',
    },
    {
      ...inRole(inFile(paths.tasks, addRoleTask, removeRoleTask, task), roleTaskFile(task)),
      ...updates((text) => updateRoleTask(text, task)),
      isOwn: own.task,
      place: 'roleTask',
    },
    ...(consumer.guard === 'default'
      ? [
          {
            ...inRole(inFile(paths.defaults, addEmptyDefault, removeEmptyDefault, fact), defaultsFile(fact)),
            place: 'default',
          },
        ]
      : []),
    {
      ...inFile(paths.playbook, addPreTasks, removePreTasks, preTasks),
      ...updates((text) => updatePreTasks(text, preTasks)),
      isOwn: (text) => undefinedIfUneditable(() => isOwnPair(text, preTasks)) ?? true,
      makeFirst: `Correct playbook in the registration: it names the file whose play uses the role ${consumer.role}.`,
      // The role may have left the playbook before its client is deregistered, and our tasks with it.
      remove: (text) =>
        text.includes(fact)
          ? keepingMark(text, (unmarked) => removePreTasks(unmarked, preTasks))
          : { kind: 'alreadyThere' as const, text },
      place: 'preTasks',
    },
  ];
}

/**
 * Whose entries stand there, by what a registration cannot choose: the field that the playbook reads, the facts that it sets to that,
 * and the name that the job gives this client's task.
 */
function ownEntries(
  consumer: AnsibleConsumer,
  { registration, read }: Pick<ChangeInput, 'registration' | 'read'>,
  preTasks: PreTasks,
  task: RoleTask,
): { readonly template: (text: string) => boolean; readonly task: (text: string) => boolean } {
  const paths = ansiblePaths(consumer, read);
  const [playbook = '', tasks = ''] = [read(paths.playbook), read(paths.tasks)];
  const facts = undefinedIfUneditable(() => ownFacts(playbook, preTasks)) ?? [];
  const usual = usualTask(registration);
  const names = (text: string): boolean => facts.some((fact) => new RegExp(String.raw`\b${fact}\b`).test(text));
  return {
    template: (text) =>
      names(text) || undefinedIfUneditable(() => hasRoleTask(tasks, { ...task, task: usual })) === true,
    task: (text) => {
      const found = undefinedIfUneditable(() => taskOfRole(text, task));
      if (found === undefined || found.name === usual || names(JSON.stringify(found['when'] ?? ''))) return true;
      const options = found['ansible.builtin.template'] ?? found['template'];
      const rendersOurs = (options as { src?: unknown } | undefined)?.src === task.template;
      return rendersOurs && names(read(paths.template) ?? '');
    },
  };
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
