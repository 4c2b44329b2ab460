import { isScalar, type Pair, type YAMLMap } from 'yaml';
import type { EditOutcome } from '../yaml/edit.ts';
import { addList, removeList } from '../yaml/listEntry.ts';
import { listStep } from '../yaml/newKey.ts';
import { sameDeed } from './sameTask.ts';
import { scalar } from '../yaml/scalars.ts';
import {
  addTasks,
  playWith,
  removeTasks,
  spaced,
  taskListOf,
  tasksOf,
  type FoundPlay,
  type Play,
  type Task,
  type TaskList,
} from './tasks.ts';
import { blankAbove, column, dashOf, keyStart, startWithComments } from '../yaml/positions.ts';
import { updateTasks } from './updateTask.ts';
import { escaped } from '../../base/words.ts';
import { CannotEdit, nodeOrAbsent } from '../yaml/yamlDocument.ts';
import { guarded } from '../yaml/yamlSplice.ts';

/** The two pre_tasks that read a secret from the vault and make it a fact. */
export interface PreTasks {
  readonly role: string;
  readonly comment: string;
  /** Words for the secret in the tasks' names. */
  readonly what: string;
  /** Stands in the command, and in no other client's. */
  readonly reference: string;
  /** Prints the secret. */
  readonly readCommand: string;
  readonly register: string;
  readonly fact: string;
  readonly tags: readonly string[];
}

/**
 * Adds them as a commented group of their own at the end of pre_tasks, so never inside another group. Makes pre_tasks above the
 * roles where the play has none.
 */
export function addPreTasks(text: string, wanted: PreTasks): EditOutcome {
  return guarded(
    () => lines(wanted, { indent: 4, gap: [''], become: false }).join('\n'),
    () => {
      const found = find(text, wanted);
      const become = becomesRoot(found.play);
      if (nodeOrAbsent(found.document, found.path).absent) return addKey(found, wanted, become);
      const tasks = taskListOf(found);
      const existing = existingOf(tasks, wanted);
      if (existing !== undefined) return existing.outcome;
      const style = { indent: column(text, dashOf(text, tasks.list.items[0])), gap: spaced(tasks) ? [''] : [], become };
      return addTasks(tasks, 'end', lines(wanted, style), data(wanted, become));
    },
  );
}

/** Takes them out again, if they are unchanged. */
export function removePreTasks(text: string, wanted: PreTasks): EditOutcome {
  return guarded('', () => {
    const found = find(text, wanted);
    if (found.play['pre_tasks'] === undefined) return { kind: 'alreadyThere', text };
    const tasks = taskListOf(found);
    const existing = existingOf(tasks, wanted);
    if (existing === undefined) return { kind: 'alreadyThere', text };
    if (existing.outcome.kind !== 'alreadyThere') return existing.outcome;
    if (tasks.list.items.length === 2) return removeList(tasks, true);
    return removeTasks(tasks, existing.index, 2, wanted.comment);
  });
}

/** Makes the pair that is there read and set what is asked for. What people call the two stays. */
export function updatePreTasks(text: string, wanted: PreTasks): EditOutcome {
  return guarded(
    () => lines(wanted, { indent: 4, gap: [''], become: false }).join('\n'),
    () => {
      const found = find(text, wanted);
      const tasks = found.play['pre_tasks'] === undefined ? undefined : taskListOf(found);
      const existing = tasks === undefined ? undefined : existingOf(tasks, wanted);
      if (tasks === undefined || existing === undefined) throw new CannotEdit('it has no tasks that read the secret');
      if (existing.outcome.kind === 'alreadyThere') return existing.outcome;
      const become = becomesRoot(found.play);
      const style = { indent: column(text, dashOf(text, tasks.list.items[0])), gap: [], become };
      const pair = data(wanted, become).map((task, i) => ({ ...task, name: tasksOf(tasks)[existing.index + i]?.name }));
      const named = lines(wanted, style).map((line) => line.replace(/^( *- name: ).*$/, '$1~'));
      return updateTasks(tasks, existing.index, named, pair as readonly Task[]);
    },
  );
}

/** Whether the pair that an update would change is this client's; true where there is none. */
export function isOwnPair(text: string, wanted: PreTasks): boolean {
  const found = find(text, wanted);
  if (nodeOrAbsent(found.document, found.path).absent) return true;
  const tasks = taskListOf(found);
  const existing = existingOf(tasks, wanted);
  if (existing === undefined) return true;
  const all = tasksOf(tasks);
  const first = factsOf(all[existing.index]) === undefined ? existing.index : existing.index - 1;
  return fetches(all[first], wanted);
}

/** Facts that the play sets to this client's field, whatever they are called. */
export function ownFacts(text: string, wanted: PreTasks): readonly string[] {
  const found = find(text, wanted);
  if (nodeOrAbsent(found.document, found.path).absent) return [];
  const all = tasksOf(taskListOf(found));
  return all.flatMap((task, i) => (fetches(all[i - 1], wanted) ? Object.keys(factsOf(task) ?? {}) : []));
}

/** By the reference, which only this client's field has, or by the name that only the job gives. */
function fetches(task: Task | undefined, wanted: PreTasks): boolean {
  if (task === undefined || factsOf(task) !== undefined) return false;
  const reference = new RegExp(`${escaped(wanted.reference)}(?![A-Za-z0-9_./-])`);
  return task.name === `Fetch ${wanted.what}` || reference.test(JSON.stringify(task));
}

function find(text: string, wanted: PreTasks): FoundPlay {
  const named = (list: unknown, pick: (entry: unknown) => unknown): boolean =>
    Array.isArray(list) && list.some((entry: unknown) => pick(entry) === wanted.role);
  return playWith(
    text,
    'pre_tasks',
    (play) =>
      named(play['roles'], roleOf) ||
      ['pre_tasks', 'tasks', 'post_tasks'].some((key) => named(play[key], includedRole)),
  );
}

/** The key goes above `roles`, or to the end of the play; apart by a blank line where `roles` is. */
function addKey(found: FoundPlay, wanted: PreTasks, become: boolean): EditOutcome {
  const { text, document, path } = found;
  const play = document.getIn([path[0]], true) as YAMLMap;
  const roles = play.items.findIndex((item) => isScalar(item.key) && item.key.value === 'roles');
  const [first, ...others] = play.items as [Pair, ...Pair[]];
  const below = play.items[roles - 1] ?? play.items.at(-1) ?? first;
  const indent = column(text, keyStart(first));
  const gap = others.some((pair) => blankAbove(text, startWithComments(text, keyStart(pair))));
  const step = others.length === 0 ? 2 : stepOfLists(text, play);
  const entries = lines(wanted, { indent: indent + step, gap: [''], become });
  return addList(found, below, [`${' '.repeat(indent)}pre_tasks:`, ...entries], data(wanted, become), gap);
}

/** How far the play's lists are indented below their keys. */
function stepOfLists(text: string, play: YAMLMap): number {
  return play.items.map((pair) => listStep(text, pair)).find((step) => step !== undefined) ?? 2;
}

/** Expressions count too. Ansible reads these words as YAML 1.1 does, and quoted ones as well. */
function becomesRoot(play: Play): boolean {
  return !/^(undefined|null|false|no|off|n|f|0)$/i.test(String(play['become']));
}

/** A role's name in a play: the entry itself, or under `role`, or under `name`. */
function roleOf(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const { role, name } = entry as { readonly role?: unknown; readonly name?: unknown };
  return role ?? name;
}

/** The role that a task imports or includes. */
function includedRole(task: unknown): unknown {
  if (typeof task !== 'object' || task === null) return undefined;
  const fields = task as Readonly<Record<string, unknown>>;
  const found = ['import_role', 'include_role']
    .flatMap((module) => [fields[module], fields[`ansible.builtin.${module}`]])
    .find((options) => options !== undefined);
  return typeof found === 'object' && found !== null && 'name' in found ? found.name : undefined;
}

/** The pair, found by its register, its fact or its names; compared as data. */
function existingOf(
  tasks: TaskList,
  wanted: PreTasks,
): { readonly index: number; readonly outcome: EditOutcome } | undefined {
  const all = tasksOf(tasks);
  const ours = data(wanted);
  const index = all.findIndex(
    (task) =>
      task['register'] === wanted.register || ours.some((own) => own.name === task.name) || setsFact(task, wanted.fact),
  );
  if (index < 0) return undefined;
  const found = all.slice(index, index + 2);
  const same = [ours, data(wanted, true)].some(
    (pair) => found.length === pair.length && pair.every((task, i) => sameDeed(found[i], task)),
  );
  const outcome: EditOutcome = same
    ? { kind: 'alreadyThere', text: tasks.text }
    : { kind: 'different', found: shown(found), wanted: shown(ours) };
  return { index, outcome };
}

/** A fact that someone set in clear may be the secret itself: only expressions are shown. */
function shown(tasks: readonly Task[]): string {
  const masked = tasks.map((task) =>
    Object.fromEntries(
      Object.entries(task).map(([field, value]) => [
        field,
        /(^|\.)set_fact$/.test(field) ? expressionsOf(value) : value,
      ]),
    ),
  );
  return JSON.stringify(masked, null, 2);
}

function expressionsOf(facts: unknown): unknown {
  if (typeof facts !== 'object' || facts === null) return '…';
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'string' && value.trimStart().startsWith('{{') ? value : '…',
    ]),
  );
}

function setsFact(task: Task, fact: string): boolean {
  return Object.hasOwn(factsOf(task) ?? {}, fact);
}

function factsOf(task: Task | undefined): object | undefined {
  const facts = task?.['ansible.builtin.set_fact'] ?? task?.['set_fact'];
  return typeof facts === 'object' && facts !== null ? facts : undefined;
}

function data(wanted: PreTasks, become = false): readonly [Task, Task] {
  const tags = [...wanted.tags];
  return [
    {
      name: `Fetch ${wanted.what}`,
      'ansible.builtin.command': { cmd: wanted.readCommand },
      delegate_to: 'localhost',
      ...(become ? { become: false } : {}),
      register: wanted.register,
      changed_when: false,
      no_log: true,
      check_mode: false,
      tags,
    },
    {
      name: `Set ${wanted.what} fact`,
      'ansible.builtin.set_fact': { [wanted.fact]: `{{ ${wanted.register}.stdout }}` },
      no_log: true,
      tags,
    },
  ];
}

interface Style {
  readonly indent: number;
  /** Between the two tasks. */
  readonly gap: readonly string[];
  /** The play runs as root: on the machine at hand that would be another user, whom the vault does not know. */
  readonly become: boolean;
}

function lines(wanted: PreTasks, { indent, gap, become }: Style): readonly string[] {
  const tags = `tags: [${wanted.tags.map((tag) => scalar(tag, true)).join(', ')}]`;
  return [
    `# ${wanted.comment}`.trimEnd(),
    `- name: ${scalar(`Fetch ${wanted.what}`)}`,
    '  ansible.builtin.command:',
    `    cmd: ${scalar(wanted.readCommand)}`,
    '  delegate_to: localhost',
    ...(become ? ['  become: false'] : []),
    `  register: ${scalar(wanted.register)}`,
    '  changed_when: false',
    '  no_log: true',
    '  check_mode: false',
    `  ${tags}`,
    ...gap,
    `- name: ${scalar(`Set ${wanted.what} fact`)}`,
    '  ansible.builtin.set_fact:',
    `    ${scalar(wanted.fact)}: "{{ ${wanted.register}.stdout }}"`,
    '  no_log: true',
    `  ${tags}`,
  ].map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
}
