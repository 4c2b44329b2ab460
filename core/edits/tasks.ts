import { isMap, isSeq, type Document, type YAMLSeq } from 'yaml';
import type { EditOutcome, Splice } from './edit.ts';
import { listIn } from './listEntry.ts';
import {
  blankAbove,
  CannotEdit,
  dashOf,
  dataOf,
  insertAfter,
  lineEnd,
  lineStart,
  ownEnd,
  proven,
  removeLines,
  type Parsed,
} from './yamlSplice.ts';
import type { Node } from 'yaml';

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
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Tasks of the list, as data. */
export function tasksOf(tasks: TaskList): readonly Task[] {
  return listIn(tasks.document.toJS(), tasks.path) as Task[];
}

/** Adds lines (without their leading blank line) that read back as these tasks, at a place of the list. */
export function addTasks(tasks: TaskList, place: Place, lines: readonly string[], added: readonly Task[]): EditOutcome {
  const { text, list } = tasks;
  const index = indexOf(tasks, place);
  const result = dataOf(tasks.documents);
  listIn(result[tasks.documents.indexOf(tasks.document)], tasks.path).splice(index, 0, ...added);
  const blank =
    list.items.length < 2 || list.items.slice(1).some((item) => blankAbove(text, startWithComments(text, item)));
  const gap = blank ? [''] : [];
  const previous = list.items[index - 1];
  const splice =
    previous === undefined
      ? insertBefore(text, list.items[0], [...lines, ...gap])
      : insertAfter(text, ownEnd(text, previous as Node), [...gap, ...lines]);
  return proven(text, [splice], result);
}

/** Removes tasks that stand in a row, with the heading comment that was added with them. */
export function removeTasks(tasks: TaskList, index: number, count: number, heading: string | undefined): EditOutcome {
  const { text, list } = tasks;
  const first = list.items[index];
  const last = list.items[index + count - 1];
  if (list.items.length <= count) throw new CannotEdit('these are the only tasks of the list');
  const result = dataOf(tasks.documents);
  listIn(result[tasks.documents.indexOf(tasks.document)], tasks.path).splice(index, count);
  const start = headingStart(text, dashOf(text, first), heading);
  const end = ownEnd(text, last as Node);
  const splice =
    index === 0 ? removeFirst(text, start, list.items[count]) : removeLines(text, start, end, blankAbove(text, start));
  return proven(text, [splice], result);
}

function indexOf(tasks: TaskList, place: Place): number {
  if (place === 'end') return tasks.list.items.length;
  const name = 'after' in place ? place.after : place.before;
  const all = tasksOf(tasks);
  const at = all.findIndex((task) => task.name === name);
  if (at < 0)
    throw new CannotEdit(
      `it has no task named "${name}" (there are: ${all.map((task) => `"${task.name}"`).join(', ')})`,
    );
  return 'after' in place ? at + 1 : at;
}

function headingStart(text: string, start: number, heading: string | undefined): number {
  const line = lineStart(text, start);
  if (heading === undefined || line === 0) return start;
  const above = lineStart(text, line - 1);
  return text.slice(above, lineEnd(text, above)).trim() === `# ${heading}` ? above : start;
}

/** Start of an entry, its own comment lines above included. */
function startWithComments(text: string, item: unknown): number {
  let start = lineStart(text, dashOf(text, item));
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (!text.slice(above, start).trim().startsWith('#')) break;
    start = above;
  }
  return start;
}

function insertBefore(text: string, item: unknown, lines: readonly string[]): Splice {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return {
    offset: startWithComments(text, item),
    remove: '',
    insert: lines.map((line) => `${line}${newline}`).join(''),
  };
}

function removeFirst(text: string, start: number, next: unknown): Splice {
  const from = lineStart(text, start);
  return { offset: from, remove: text.slice(from, startWithComments(text, next)), insert: '' };
}

/** The one list of that key in the plays of a playbook that the predicate picks. */
export function listOfPlay(documents: Parsed, key: string, pick: (play: Record<string, unknown>) => boolean) {
  const found = documents.flatMap((document) => {
    const plays = document.toJS() as unknown;
    if (!Array.isArray(plays)) return [];
    return plays.flatMap((play: Record<string, unknown>, index) => (pick(play) ? [{ document, index }] : []));
  });
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new CannotEdit(`${found.length} of its plays use the role, one is needed`);
  const path = [only.index, key];
  const list = only.document.getIn(path, true);
  if (!isSeq(list) || list.flow === true || !list.items.every((item) => isMap(item)) || list.items.length === 0) {
    throw new CannotEdit(`the play has no block list ${key}`);
  }
  return { document: only.document, list, path };
}
