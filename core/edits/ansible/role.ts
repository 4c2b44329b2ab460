import type { Node } from 'yaml';
import { addToBare, isBare, removeToBare } from '../yaml/bareFile.ts';
import type { EditOutcome } from '../yaml/edit.ts';
import { sameTask } from './sameTask.ts';
import { scalar } from '../yaml/scalars.ts';
import { addTasks, removeTasks, tasksOf, type Place, type Task, type TaskList } from './tasks.ts';
import { updateTasks } from './updateTask.ts';
import { column, dashOf, ownEnd } from '../yaml/positions.ts';
import { blockSeq, CannotEdit, parse } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** The task of a role that renders the credentials. */
export interface RoleTask {
  readonly task: string;
  readonly template: string;
  readonly dest: string;
  readonly mode: string;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  readonly notify: string | undefined;
  /** Fact that must be defined for the task to run; undefined where an empty default makes the guard needless. */
  readonly whenFact: string | undefined;
  readonly place: Place;
}

/** Adds the template task at its place. */
export function addRoleTask(text: string, wanted: RoleTask): EditOutcome {
  return guarded(
    () => lines(wanted, { indent: 0, quote: "'" }).join('\n'),
    () => {
      if (isBare(text)) return addFirst(text, wanted);
      const tasks = open(text);
      const existing = existingOf(tasks, wanted);
      if (existing !== undefined) return existing.outcome;
      const indent = column(text, dashOf(text, tasks.list.items[0]));
      const quote = /^\s*mode: "/m.test(text) ? '"' : "'";
      return addTasks(tasks, wanted.place, lines(wanted, { indent, quote }), [data(wanted)]);
    },
  );
}

/** Takes it out again, if it is unchanged. */
export function removeRoleTask(text: string, wanted: RoleTask): EditOutcome {
  return guarded('', () => {
    if (isBare(text)) return { kind: 'alreadyThere', text };
    const tasks = open(text);
    const existing = existingOf(tasks, wanted);
    if (existing === undefined) return { kind: 'alreadyThere', text };
    if (existing.outcome.kind !== 'alreadyThere') return existing.outcome;
    const [only, ...others] = tasks.list.items;
    if (others.length === 0) return removeToBare(text, dashOf(text, only), ownEnd(text, only as Node));
    return removeTasks(tasks, existing.index, 1, undefined);
  });
}

/** Makes the task that is there say what is asked for. Its place stays as people left it. */
export function updateRoleTask(text: string, wanted: RoleTask): EditOutcome {
  return guarded(
    () => lines(wanted, { indent: 0, quote: "'" }).join('\n'),
    () => {
      const tasks = open(text);
      const existing = existingOf(tasks, wanted);
      if (existing === undefined) throw new CannotEdit('it has no task of that name or template');
      if (existing.outcome.kind === 'alreadyThere') return existing.outcome;
      const indent = column(text, dashOf(text, tasks.list.items[0]));
      const quote = /^\s*mode: "/m.test(text) ? '"' : "'";
      return updateTasks(tasks, existing.index, lines(wanted, { indent, quote }), [data(wanted)]);
    },
  );
}

/** The text of a role's tasks file that holds this task only. */
export function roleTaskFile(wanted: RoleTask): string {
  return ['---', ...lines(wanted, { indent: 0, quote: "'" }), ''].join('\n');
}

function addFirst(text: string, wanted: RoleTask): EditOutcome {
  if (wanted.place !== 'end') {
    const name = 'after' in wanted.place ? wanted.place.after : wanted.place.before;
    throw new CannotEdit(`it has no task named "${name}" (there are: none)`);
  }
  return addToBare(text, lines(wanted, { indent: 0, quote: "'" }), [data(wanted)]);
}

function open(text: string): TaskList {
  const documents = parse(text);
  const [document] = documents;
  if (document === undefined || documents.length !== 1)
    throw new CannotEdit(`it holds ${documents.length} documents, one list of tasks is needed`);
  return { text, documents, document, list: blockSeq(document, []), path: [] };
}

function existingOf(
  tasks: TaskList,
  wanted: RoleTask,
): { readonly index: number; readonly outcome: EditOutcome } | undefined {
  const all = tasksOf(tasks);
  const ours = data(wanted);
  const index = all.findIndex((task) => task.name === wanted.task || rendersTemplate(task, wanted.template));
  const found = all[index];
  if (found === undefined) return undefined;
  const same = sameTask(found, ours);
  const outcome: EditOutcome = same
    ? { kind: 'alreadyThere', text: tasks.text }
    : { kind: 'different', found: JSON.stringify(found, null, 2), wanted: JSON.stringify(ours, null, 2) };
  return { index, outcome };
}

/** The task that an update would change; undefined where there is none. */
export function taskOfRole(text: string, wanted: RoleTask): Task | undefined {
  if (isBare(text)) return undefined;
  const tasks = open(text);
  const existing = existingOf(tasks, wanted);
  return existing === undefined ? undefined : tasksOf(tasks)[existing.index];
}

/** Whether a task of our name renders the template, whatever else it says. */
export function hasRoleTask(text: string, wanted: Pick<RoleTask, 'task' | 'template'>): boolean {
  return tasksOf(open(text)).some((task) => task.name === wanted.task && rendersTemplate(task, wanted.template));
}

function rendersTemplate(task: Task, template: string): boolean {
  const options = (task['ansible.builtin.template'] ?? task['template']) as { src?: unknown } | undefined;
  return options?.src === template;
}

function data(wanted: RoleTask): Task {
  return {
    name: wanted.task,
    'ansible.builtin.template': {
      src: wanted.template,
      dest: wanted.dest,
      ...(wanted.owner === undefined ? {} : { owner: wanted.owner }),
      ...(wanted.group === undefined ? {} : { group: wanted.group }),
      mode: wanted.mode,
    },
    ...(wanted.whenFact === undefined ? {} : { when: `${wanted.whenFact} is defined` }),
    ...(wanted.notify === undefined ? {} : { notify: wanted.notify }),
    // The rendered file holds the secret, and a diff of it would show it.
    no_log: true,
  };
}

interface Style {
  readonly indent: number;
  /** Of a mode: without quotes it would be a number. */
  readonly quote: '"' | "'";
}

function lines(wanted: RoleTask, { indent, quote }: Style): readonly string[] {
  // As people quote expressions, wherever they stand.
  const dest = /\{[{%]/.test(wanted.dest) ? JSON.stringify(wanted.dest) : scalar(wanted.dest);
  return [
    `- name: ${scalar(wanted.task)}`,
    '  ansible.builtin.template:',
    `    src: ${scalar(wanted.template)}`,
    `    dest: ${dest}`,
    ...(wanted.owner === undefined ? [] : [`    owner: ${scalar(wanted.owner)}`]),
    ...(wanted.group === undefined ? [] : [`    group: ${scalar(wanted.group)}`]),
    `    mode: ${quote}${wanted.mode}${quote}`,
    ...(wanted.whenFact === undefined ? [] : [`  when: ${wanted.whenFact} is defined`]),
    ...(wanted.notify === undefined ? [] : [`  notify: ${scalar(wanted.notify)}`]),
    '  no_log: true',
  ].map((line) => `${' '.repeat(indent)}${line}`);
}
