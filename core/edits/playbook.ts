import type { EditOutcome } from './edit.ts';
import { scalar } from './scalars.ts';
import { addTasks, listOfPlay, removeTasks, tasksOf, type Task, type TaskList } from './tasks.ts';
import { column, dashOf, guarded, parse } from './yamlSplice.ts';

/** The two pre_tasks that read a secret from 1Password and make it a fact. */
export interface PreTasks {
  readonly role: string;
  readonly comment: string;
  /** What the secret is, in the tasks' names. */
  readonly what: string;
  /** `op://<vault id>/<item id>/<field>`: a title with brackets cannot stand in a reference. */
  readonly reference: string;
  readonly register: string;
  readonly fact: string;
  readonly tags: readonly string[];
}

/** Adds them as a commented group of their own at the end of pre_tasks, so never inside another group. */
export function addPreTasks(text: string, wanted: PreTasks): EditOutcome {
  return guarded(lines(wanted, 4).join('\n'), () => {
    const tasks = open(text, wanted);
    const existing = existingOf(tasks, wanted);
    if (existing !== undefined) return existing.outcome;
    const indent = column(text, dashOf(text, tasks.list.items[0]));
    return addTasks(tasks, 'end', lines(wanted, indent), data(wanted));
  });
}

/** Takes them out again, if they are unchanged. */
export function removePreTasks(text: string, wanted: PreTasks): EditOutcome {
  return guarded('', () => {
    const tasks = open(text, wanted);
    const existing = existingOf(tasks, wanted);
    if (existing === undefined) return { kind: 'alreadyThere', text };
    if (existing.outcome.kind !== 'alreadyThere') return existing.outcome;
    return removeTasks(tasks, existing.index, 2, wanted.comment);
  });
}

function open(text: string, wanted: PreTasks): TaskList {
  const documents = parse(text);
  const usesRole = (play: Record<string, unknown>): boolean =>
    Array.isArray(play['roles']) &&
    play['roles'].some(
      (role: unknown) => role === wanted.role || (role as { role?: unknown } | null)?.role === wanted.role,
    );
  return { text, documents, ...listOfPlay(documents, 'pre_tasks', usesRole) };
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
  const same = JSON.stringify(found) === JSON.stringify(ours);
  const outcome: EditOutcome = same
    ? { kind: 'alreadyThere', text: tasks.text }
    : { kind: 'different', found: JSON.stringify(found, null, 2), wanted: JSON.stringify(ours, null, 2) };
  return { index, outcome };
}

function setsFact(task: Task, fact: string): boolean {
  const facts = task['ansible.builtin.set_fact'] ?? task['set_fact'];
  return typeof facts === 'object' && facts !== null && fact in facts;
}

function data(wanted: PreTasks): readonly [Task, Task] {
  const tags = [...wanted.tags];
  return [
    {
      name: `Fetch ${wanted.what}`,
      'ansible.builtin.command': { cmd: `op read "${wanted.reference}"` },
      delegate_to: 'localhost',
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

function lines(wanted: PreTasks, indent: number): readonly string[] {
  const tags = `tags: [${wanted.tags.map((tag) => scalar(tag, true)).join(', ')}]`;
  return [
    `# ${wanted.comment}`,
    `- name: ${scalar(`Fetch ${wanted.what}`)}`,
    '  ansible.builtin.command:',
    `    cmd: ${scalar(`op read "${wanted.reference}"`)}`,
    '  delegate_to: localhost',
    `  register: ${wanted.register}`,
    '  changed_when: false',
    '  no_log: true',
    '  check_mode: false',
    `  ${tags}`,
    '',
    `- name: ${scalar(`Set ${wanted.what} fact`)}`,
    '  ansible.builtin.set_fact:',
    `    ${wanted.fact}: "{{ ${wanted.register}.stdout }}"`,
    '  no_log: true',
    `  ${tags}`,
  ].map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
}
