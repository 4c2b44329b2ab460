import { sameData } from '../yaml/sameData.ts';
import { own } from '../../base/own.ts';

type Task = Readonly<Record<string, unknown>>;

/** Modules that the job writes in full, and people often short. */
const MODULES = new Set(['template', 'command', 'set_fact']);
/** Fields that take one value or a list of it. */
const LISTS = new Set(['tags', 'notify', 'when']);
/**
 * Fields that say what Ansible shows of a task, and nothing of what it does. On a task that people wrote they are theirs, whether they
 * are there or not.
 */
const SHOWS = new Set(['no_log', 'diff']);
/** Ansible reads YAML 1.1, in which these are booleans. */
const WORDS: Readonly<Record<string, boolean>> = {
  yes: true,
  no: false,
  on: true,
  off: false,
  true: true,
  false: false,
};

/** Whether two tasks say the same to Ansible, in whatever style. */
export function sameTask(one: unknown, other: unknown): boolean {
  return sameData(plain(one), plain(other));
}

/** Whether they do the same, whatever they are called. */
export function sameDeed(one: unknown, other: unknown): boolean {
  return sameTask(nameless(one), nameless(other));
}

function nameless(task: unknown): unknown {
  if (typeof task !== 'object' || task === null) return task;
  const { name: _name, ...rest } = task as Task;
  return rest;
}

function plain(task: unknown): unknown {
  if (typeof task !== 'object' || task === null) return task;
  const fields = Object.entries(task as Task).filter(([field]) => !saysWhatIsShown(field));
  return Object.fromEntries(fields.map(([field, value]) => plainField(field, value)));
}

export function saysWhatIsShown(field: string): boolean {
  return SHOWS.has(field);
}

function plainField(field: string, value: unknown): readonly [string, unknown] {
  const short = field.replace(/^ansible\.builtin\./, '');
  if (MODULES.has(short)) return [short, short === 'command' && typeof value === 'string' ? { cmd: value } : value];
  if (LISTS.has(field)) return [field, Array.isArray(value) ? value : [value]];
  return [field, typeof value === 'string' ? (own(WORDS, value.toLowerCase()) ?? value) : value];
}
