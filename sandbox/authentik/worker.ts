import { createHash, randomUUID } from 'node:crypto';
import type { AuthentikWorkerPod } from '../authentikWorkers.ts';
import type { Faults } from '../faults.ts';
import { sleep } from '../loop.ts';
import { applyBlueprint, EntryError, readBlueprint, UnreadableError, type Blueprint } from './importer.ts';
import type { Instance, Rows } from './state.ts';

export interface TaskLog {
  readonly timestamp: string;
  readonly log_level: string;
  readonly logger: string;
  readonly event: string;
  readonly attributes: unknown;
}

export interface Task {
  message_id: string;
  actor_name: string;
  state: string;
  mtime: string;
  retries: number;
  instance: string | null;
  uid: string;
  logs: TaskLog[];
  previous_logs: TaskLog[];
}

export interface WorkerTimings {
  /** From a file's change to its apply by the watcher. */
  readonly watcherMs: number;
  /** What an apply takes. */
  readonly applyMs: number;
}

const MIDDLEWARE = 'authentik.tasks.middleware.TaskLogMiddleware';

/** Time in UTC with microseconds, never the same twice. */
export class Clock {
  #last = 0;

  now(): string {
    this.#last = Math.max(this.#last + 1, Date.now() * 1000);
    const micros = String(this.#last % 1_000_000).padStart(6, '0');
    return `${new Date(Math.floor(this.#last / 1000)).toISOString().slice(0, 19)}.${micros}Z`;
  }
}

/** Authentik's workers: a queue of tasks, a watcher of blueprint files, discovery. */
export class WorkerPool {
  readonly #pods = new Map<string, AuthentikWorkerPod>();
  readonly #faults: Faults;
  readonly #timings: WorkerTimings;
  readonly #database: { rows: Rows };
  readonly #grantTypes: () => boolean;
  readonly clock = new Clock();
  readonly tasks: Task[] = [];
  readonly #queue: Task[] = [];
  #turn = 0;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(database: { rows: Rows }, faults: Faults, timings: WorkerTimings, grantTypes: () => boolean) {
    this.#database = database;
    this.#faults = faults;
    this.#timings = timings;
    this.#grantTypes = grantTypes;
  }

  get running(): boolean {
    return this.#pods.size > 0;
  }

  started(pod: AuthentikWorkerPod): void {
    this.#pods.set(pod.name, pod);
    // A start looks for files that have no instance yet; it applies nothing whose text is unchanged.
    this.#later(() => this.#discover(pod));
    this.#work();
  }

  stopped(name: string): void {
    this.#pods.delete(name);
  }

  filesChanged(name: string): void {
    const pod = this.#pods.get(name);
    if (pod !== undefined) this.#later(() => this.#discover(pod));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  /** One of the workers, in turn: with several of them any answers. */
  any(): AuthentikWorkerPod | undefined {
    const all = [...this.#pods.values()];
    this.#turn += 1;
    return all[this.#turn % Math.max(1, all.length)];
  }

  enqueueApply(instance: Instance): void {
    const task: Task = {
      message_id: randomUUID(),
      actor_name: 'authentik.blueprints.v1.tasks.apply_blueprint',
      state: 'queued',
      mtime: this.clock.now(),
      retries: 0,
      instance: instance.pk,
      uid: `authentik.blueprints.v1.tasks.apply_blueprint:${instance.name}`,
      logs: [this.#log('info', MIDDLEWARE, 'Task has been queued', { delay: null })],
      previous_logs: [],
    };
    this.tasks.unshift(task);
    this.#queue.push(task);
    this.#work();
  }

  #later(work: () => void): void {
    setTimeout(() => {
      if (!this.#stopped) work();
    }, this.#timings.watcherMs).unref();
  }

  #log(level: string, logger: string, event: string, attributes: unknown = {}): TaskLog {
    return { timestamp: this.clock.now(), log_level: level, logger, event, attributes };
  }

  /** New files get an instance and are applied; changed ones are applied. One bad file stops what comes after it. */
  #discover(pod: AuthentikWorkerPod): void {
    if (!this.#pods.has(pod.name)) return;
    if (this.#faults.behaviour('authentik', 'noDiscovery') !== undefined) return;
    const task: Task = {
      message_id: randomUUID(),
      actor_name: 'authentik.blueprints.v1.tasks.blueprints_discovery',
      state: 'done',
      mtime: this.clock.now(),
      retries: 0,
      instance: null,
      uid: 'authentik.blueprints.v1.tasks.blueprints_discovery',
      logs: [],
      previous_logs: [],
    };
    this.tasks.unshift(task);
    for (const [path, text] of pod.files()) {
      if (!path.endsWith('.yaml')) continue;
      let blueprint: Blueprint;
      try {
        blueprint = readBlueprint(text);
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        // A list stops discovery of every new file after it; text that is no YAML is only passed over.
        if (error.message !== 'the file is not a mapping') continue;
        this.#retryLater(task, "'list' object has no attribute 'get'");
        return;
      }
      if (!this.#discoverOne(path, text, blueprint, task)) return;
    }
    task.mtime = this.clock.now();
  }

  /** False where discovery breaks off. */
  #discoverOne(path: string, text: string, blueprint: Blueprint, task: Task): boolean {
    const { rows } = this.#database;
    const { metadata } = blueprint;
    if (metadata !== undefined && typeof metadata.name !== 'string') {
      this.#retryLater(task, "from_dict() missing 1 required positional argument: 'name'");
      return false;
    }
    if (metadata?.labels?.['blueprints.goauthentik.io/instantiate'] === 'false') return true;
    const existing = rows.instances.find((row) => row.path === path);
    if (existing !== undefined) {
      if (existing.last_applied_hash !== sha512(text)) this.enqueueApply(existing);
      return true;
    }
    const name = metadata?.name ?? path;
    if (rows.instances.some((row) => row.name === name)) {
      this.#retryLater(
        task,
        'duplicate key value violates unique constraint "authentik_blueprints_blueprintinstance_name_key"',
      );
      return false;
    }
    const instance = this.createInstance(name, path, metadata);
    this.enqueueApply(instance);
    return true;
  }

  createInstance(name: string, path: string, metadata: unknown, content = ''): Instance {
    const instance: Instance = {
      pk: randomUUID(),
      name,
      path,
      enabled: true,
      status: 'unknown',
      last_applied: this.clock.now(),
      last_applied_hash: '',
      metadata: metadata ?? {},
      content,
    };
    this.#database.rows.instances.push(instance);
    return instance;
  }

  #work(): void {
    if (this.#working !== undefined || this.#stopped) return;
    this.#working = this.#drain().finally(() => {
      this.#working = undefined;
    });
  }

  async #drain(): Promise<void> {
    while (!this.#stopped && this.#queue.length > 0) {
      const pod = this.any();
      if (pod === undefined) return;
      const task = this.#queue.shift();
      if (task === undefined) return;
      if (this.#faults.behaviour('authentik', 'silentApply', true) !== undefined) continue;
      task.state = 'running';
      task.logs.push(this.#log('info', MIDDLEWARE, 'Task is being processed'));
      await sleep(this.#timings.applyMs);
      this.#apply(pod, task);
      task.mtime = this.clock.now();
    }
  }

  #apply(pod: AuthentikWorkerPod, task: Task): void {
    const instance = this.#database.rows.instances.find((row) => row.pk === task.instance);
    if (instance === undefined) {
      task.state = 'done';
      return;
    }
    const logger = task.uid;
    instance.last_applied = this.clock.now();
    if (!instance.enabled) {
      this.#end(task, this.#log('info', logger, `Blueprint ${instance.name} is disabled, skipping`));
      return;
    }
    const text = instance.content !== '' ? instance.content : pod.files().get(instance.path);
    if (text === undefined) {
      instance.status = 'error';
      this.#end(
        task,
        this.#log('error', logger, `[Errno 2] No such file or directory: '/blueprints/${instance.path}'`),
      );
      return;
    }
    this.#import(pod, task, instance, text);
  }

  #import(pod: AuthentikWorkerPod, task: Task, instance: Instance, text: string): void {
    const never = this.#faults.behaviour('authentik', 'neverSuccessful');
    const strikes = never !== undefined && (never.argument === undefined || never.argument === instance.path);
    try {
      const blueprint = readBlueprint(text);
      instance.metadata = blueprint.metadata ?? {};
      const trial = structuredClone(this.#database.rows);
      const readFile = (path: string): string | undefined => pod.files().get(path.replace(/^\/blueprints\//, ''));
      applyBlueprint(trial, blueprint, { env: pod.env, readFile, grantTypes: this.#grantTypes() });
      if (strikes)
        throw new EntryError(
          "Entry invalid: Serializer errors {'name': [ErrorDetail(string='injected fault', code='invalid')]}",
          blueprint.entries[0],
        );
      // One transaction: all of it, or nothing.
      Object.assign(this.#database.rows, trial);
      const row = this.#database.rows.instances.find((candidate) => candidate.pk === instance.pk) ?? instance;
      Object.assign(row, {
        status: 'successful',
        last_applied_hash: sha512(text),
        last_applied: this.clock.now(),
        metadata: instance.metadata,
      });
      this.#end(task);
    } catch (error) {
      this.#failed(task, instance, error);
    }
  }

  #failed(task: Task, instance: Instance, error: unknown): void {
    if (error instanceof UnreadableError) {
      // Status and hash stay as they were.
      this.#retryLater(task, error.message);
      return;
    }
    if (!(error instanceof EntryError)) throw error;
    instance.status = 'error';
    const attributes = { entry: error.entry, error: error.message, domain_url: null, schema_name: 'public' };
    this.#end(
      task,
      this.#log('warning', 'authentik.blueprints.v1.importer', error.message, attributes),
      this.#log('warning', 'authentik.blueprints.v1.importer', 'Blueprint validation failed', {
        domain_url: null,
        schema_name: 'public',
      }),
    );
  }

  /** A task that threw waits to be tried again; what it said moves to the logs of earlier tries. */
  #retryLater(task: Task, said: string): void {
    task.previous_logs = [...task.logs, this.#log('error', MIDDLEWARE, said)];
    task.logs = [this.#log('info', MIDDLEWARE, 'Task will be retried', { delay: 12_578 })];
    task.state = 'queued';
    task.retries += 1;
  }

  /** `done` for failures too. */
  #end(task: Task, ...logs: readonly TaskLog[]): void {
    task.logs.push(...logs, this.#log('info', MIDDLEWARE, 'Task finished processing without errors'));
    task.state = 'done';
  }
}

export function sha512(text: string): string {
  return createHash('sha512').update(text).digest('hex');
}
