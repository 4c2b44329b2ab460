import type { Document, Node, YAMLSeq } from 'yaml';
import type { EditOutcome, Splice } from '../yaml/edit.ts';
import { listIn, listWith } from '../yaml/listEntry.ts';
import {
  assertClosed,
  blankAbove,
  dashOf,
  itemEnd,
  keepsBreaks,
  lineEnd,
  lineStart,
  newlineOf,
  ownEnd,
  startWithComments,
} from '../yaml/positions.ts';
import { blockSeq, CannotEdit, parse, plainData, type Parsed } from '../yaml/yamlDocument.ts';
import { insertAfter, proven, removeLines } from '../yaml/yamlSplice.ts';

/** A list of Ansible tasks inside a file. */
export interface TaskList {
  readonly text: string;
  readonly documents: Parsed;
  readonly document: Document.Parsed;
  readonly list: YAMLSeq;
  readonly path: readonly (string | number)[];
}

export type Place = 'end' | { readonly after: string } | { readonly before: string };

export interface Task {
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** Tasks of the list, as data. */
export function tasksOf(tasks: TaskList): readonly Task[] {
  return listIn(plainData(tasks.document), tasks.path) as Task[];
}

/** Adds lines (without their leading blank line) that read back as these tasks, at a place of the list. */
export function addTasks(tasks: TaskList, place: Place, lines: readonly string[], added: readonly Task[]): EditOutcome {
  const { text, list } = tasks;
  const index = indexOf(tasks, place);
  const result = listWith(tasks, (entries) => entries.toSpliced(index, 0, ...added));
  const gap = spaced(tasks) ? [''] : [];
  const previous = list.items[index - 1];
  if (previous !== undefined && index === list.items.length) assertClosed(text, previous as Node);
  const splice =
    previous === undefined
      ? insertBefore(text, list.items[0], [...lines, ...gap])
      : insertAfter(text, itemEnd(text, previous as Node), [...(kept(text, previous) ? [] : gap), ...lines]);
  return proven(text, [splice], result);
}

/** Whether the tasks are set apart by blank lines; one task alone does not tell. */
export function spaced({ text, list }: TaskList): boolean {
  const [, ...others] = list.items;
  return others.length === 0 || others.some((item) => blankAbove(text, startWithComments(text, dashOf(text, item))));
}

/** Removes tasks that stand in a row, with the heading comment that was added with them. */
export function removeTasks(tasks: TaskList, index: number, count: number, heading: string | undefined): EditOutcome {
  const { text, list } = tasks;
  const first = list.items[index];
  const last = list.items[index + count - 1];
  if (list.items.length <= count) throw new CannotEdit('these are the only tasks of the list');
  const result = listWith(tasks, (entries) => entries.toSpliced(index, count));
  const start = headingStart(text, dashOf(text, first), heading);
  const end = ownEnd(text, last as Node);
  const splice =
    index === 0
      ? removeFirst(text, start, list.items[count])
      : removeLines(text, start, end, blankAbove(text, start) && !kept(text, list.items[index - 1]));
  return proven(text, [splice], result);
}

/** A blank line below would be part of what the task above ends with. */
function kept(text: string, item: unknown): boolean {
  return keepsBreaks(text, item as Node);
}

function indexOf(tasks: TaskList, place: Place): number {
  if (place === 'end') return tasks.list.items.length;
  const name = 'after' in place ? place.after : place.before;
  const all = tasksOf(tasks);
  const at = all.findIndex((task) => task.name === name);
  const count = all.filter((task) => task.name === name).length;
  if (count !== 1) {
    const names = all.flatMap((task) => (task.name === undefined ? [] : [`"${task.name}"`]));
    throw new CannotEdit(
      `it has ${count === 0 ? 'no task' : `${count} tasks`} named "${name}" (there are: ${names.join(', ')})`,
    );
  }
  return 'after' in place ? at + 1 : at;
}

function headingStart(text: string, start: number, heading: string | undefined): number {
  const line = lineStart(text, start);
  if (heading === undefined || line === 0) return start;
  const above = lineStart(text, line - 1);
  return text.slice(above, lineEnd(text, above)).trim() === `# ${heading}`.trim() ? above : start;
}

function insertBefore(text: string, item: unknown, lines: readonly string[]): Splice {
  return {
    offset: startWithComments(text, dashOf(text, item)),
    remove: '',
    insert: lines.map((line) => `${line}${newlineOf(text)}`).join(''),
  };
}

function removeFirst(text: string, start: number, next: unknown): Splice {
  const from = lineStart(text, start);
  return { offset: from, remove: text.slice(from, startWithComments(text, dashOf(text, next))), insert: '' };
}

export type Play = Readonly<Record<string, unknown>>;

export interface FoundPlay {
  readonly text: string;
  readonly documents: Parsed;
  readonly document: Document.Parsed;
  readonly play: Play;
  /** Where the list of that key stands, or would. */
  readonly path: readonly [number, string];
}

/** The one play of a playbook that the predicate picks, and where the list of that key stands in it. */
export function playWith(text: string, key: string, pick: (play: Play) => boolean): FoundPlay {
  const documents = parse(text);
  const found = documents.flatMap((document) => {
    const plays = plainData(document);
    if (!Array.isArray(plays)) return [];
    return plays.flatMap((play: Play | null, index) =>
      play !== null && pick(play) ? [{ document, index, play }] : [],
    );
  });
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new CannotEdit(
      `${found.length} of its plays use the role, one is needed${only === undefined ? imported(documents) : ''}`,
    );
  const { document, index, play } = only;
  return { text, documents, document, play, path: [index, key] };
}

/** The playbooks that it imports: the play may stand in one of them. */
function imported(documents: Parsed): string {
  const names = documents.flatMap((document) => {
    const plays = plainData(document);
    return Array.isArray(plays)
      ? plays.map((play: Play | null) => play?.['import_playbook'] ?? play?.['ansible.builtin.import_playbook'])
      : [];
  });
  const known = names.filter((name) => typeof name === 'string');
  return known.length === 0 ? '' : `; it imports ${known.join(', ')}: name the playbook that holds the play`;
}

/** The list of a play's key, which must be there. */
export function taskListOf(found: FoundPlay): TaskList & { readonly play: Play } {
  return { ...found, list: blockSeq(found.document, found.path) };
}
