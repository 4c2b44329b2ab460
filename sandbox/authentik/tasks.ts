import { randomUUID } from 'node:crypto';
import { written, type Clock } from './clock.ts';

interface TaskLog {
  timestamp: string;
  readonly log_level: string;
  readonly logger: string;
  readonly event: string;
  readonly attributes: unknown;
}

export type TaskKind = 'apply_blueprint' | 'blueprints_discovery';

export interface Task {
  readonly message_id: string;
  readonly kind: TaskKind;
  /** The blueprint instance; undefined for discovery. */
  readonly instance: string | undefined;
  readonly uid: string;
  state: string;
  mtime: string;
  retries: number;
  eta: string | null;
  logs: TaskLog[];
  /** Logs of earlier tries. */
  previous_logs: TaskLog[];
}

export const ACTORS: Readonly<Record<TaskKind, string>> = {
  apply_blueprint: 'authentik.blueprints.v1.tasks.apply_blueprint',
  blueprints_discovery: 'authentik.blueprints.v1.tasks.blueprints_discovery',
};

export const IMPORTER = 'authentik.blueprints.v1.importer';
const MIDDLEWARE = 'authentik.tasks.middleware.TaskLogMiddleware';
const RETRY_MS = 12_578;

/** The tasks of Authentik's workers and what they log; newest first. */
export class TaskBook {
  readonly #clock: Clock;
  readonly all: Task[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  queue(kind: TaskKind, about?: { readonly pk: string; readonly name: string }): Task {
    const task: Task = {
      message_id: randomUUID(),
      kind,
      instance: about?.pk,
      uid: about === undefined ? ACTORS[kind] : `${ACTORS[kind]}:${about.name}`,
      state: 'queued',
      mtime: this.#clock.now(),
      retries: 0,
      eta: null,
      logs: [],
      previous_logs: [],
    };
    this.#log(task, 'info', MIDDLEWARE, 'Task has been queued', { delay: null });
    this.all.unshift(task);
    return task;
  }

  begin(task: Task): void {
    task.state = 'running';
    this.#log(task, 'info', MIDDLEWARE, 'Task is being processed');
  }

  say(task: Task, level: string, event: string, attributes: unknown = {}, logger = task.uid): void {
    this.#log(task, level, logger, event, attributes);
  }

  /** `done` for failures too: only the words tell them apart. */
  end(task: Task): void {
    this.#log(task, 'info', MIDDLEWARE, 'Task finished processing without errors');
    task.state = 'done';
    task.mtime = this.#clock.now();
  }

  /** A task that threw waits to be tried again; what it said moves to the logs of earlier tries. */
  retryLater(task: Task, event: string, ...exceptions: readonly string[]): void {
    this.#log(task, 'error', MIDDLEWARE, event, exceptionsOf(event, ...exceptions));
    task.previous_logs = task.logs;
    task.logs = [];
    this.#log(task, 'info', MIDDLEWARE, 'Task will be retried', { delay: RETRY_MS });
    task.state = 'queued';
    task.retries += 1;
    task.eta = written(Date.now() + RETRY_MS);
    task.mtime = this.#clock.now();
  }

  #log(task: Task, level: string, logger: string, event: string, attributes: unknown = {}): void {
    task.logs.push({ timestamp: this.#clock.now(), log_level: level, logger, event, attributes });
  }
}

/** The exception that was thrown, then those that caused it. */
export function exceptionsOf(value: string, ...types: readonly string[]): unknown {
  const exception = types.map((type, index) => ({
    frames: [],
    exc_type: type,
    is_cause: index > 0,
    is_group: false,
    exc_notes: [],
    exc_value: value,
    exceptions: [],
    syntax_error: null,
  }));
  return { exception };
}
