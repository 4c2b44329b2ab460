import { randomUUID } from 'node:crypto';
import type { AuthentikWorkerPod } from './authentikWorkers.ts';
import type { Faults } from '../faults/faults.ts';
import { sleep } from '../kit/loop.ts';
import { applyInstance, fileReader, type Workplace } from './applying.ts';
import { UnreadableError, type Metadata } from './blueprint.ts';
import { Clock } from './clock.ts';
import { discover, findFiles, NameTakenError, type FoundFile } from './discovery.ts';
import { appliedHash } from './hash.ts';
import type { Instance, Rows } from './state.ts';
import { TaskBook, type Task } from './tasks.ts';
import type { Version } from './version.ts';

export interface WorkerTimings {
  /** From a file's change to its apply by the watcher. */
  readonly watcherMs: number;
  /** What an apply takes. */
  readonly applyMs: number;
}

/** How long a request waits for a worker to answer it. */
const PATIENCE_MS = 10_000;

/** Authentik's workers: a queue of tasks, a watcher of blueprint files, discovery. */
export class WorkerPool {
  readonly #pods = new Map<string, AuthentikWorkerPod>();
  /** When each pod started. */
  readonly #since = new Map<string, number>();
  /** What each pod's watcher has seen. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();
  readonly #place: Workplace;
  readonly #timings: WorkerTimings;
  readonly #queue: Task[] = [];
  readonly #later = new Set<NodeJS.Timeout>();
  #turn = 0;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(database: { readonly rows: Rows }, faults: Faults, timings: WorkerTimings, version: () => Version) {
    const clock = new Clock();
    this.#place = { database, clock, book: new TaskBook(clock), faults, version };
    this.#timings = timings;
  }

  get tasks(): readonly Task[] {
    return this.#place.book.all;
  }

  get #rows(): Rows {
    return this.#place.database.rows;
  }

  started(pod: AuthentikWorkerPod): void {
    this.#pods.set(pod.name, pod);
    this.#since.set(pod.name, Date.now());
    this.#seen.set(pod.name, new Map(pod.files()));
    this.#soon(pod, () => {
      this.#removeGone(pod);
      this.#discover(pod);
    });
    this.#work();
  }

  stopped(name: string): void {
    this.#pods.delete(name);
    this.#since.delete(name);
    this.#seen.delete(name);
  }

  /** The watcher applies what was rewritten, readable or not, and looks for what is new. */
  filesChanged(name: string): void {
    const pod = this.#pods.get(name);
    if (pod === undefined) return;
    const before = this.#seen.get(name);
    const now = new Map(pod.files());
    this.#seen.set(name, now);
    const rewritten = [...now].filter(([path, text]) => before?.has(path) === true && before.get(path) !== text);
    this.#soon(pod, () => {
      const stale = rewritten.flatMap(([path]) => this.#enabledAt(path));
      for (const instance of stale) this.enqueueApply(instance);
      this.#discover(pod, new Set(stale));
    });
  }

  /** The hourly tasks, now: rows whose file is gone are deleted, their objects stay; then discovery. */
  hourly(): void {
    const pod = this.any();
    if (pod === undefined) return;
    this.#removeGone(pod);
    this.#discover(pod);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#later) clearTimeout(timer);
    this.#later.clear();
    await this.#working;
  }

  /** Waits until the watchers have reacted and the queue is empty, or nobody is there to empty it. */
  async settled(): Promise<void> {
    while (!this.isIdle) await sleep(1);
  }

  get isIdle(): boolean {
    return this.#later.size === 0 && this.#working === undefined;
  }

  /** One of the workers, in turn: with several of them any answers. */
  any(): AuthentikWorkerPod | undefined {
    const all = [...this.#pods.values()].filter((pod) => !this.#isStarting(pod));
    this.#turn += 1;
    return all[this.#turn % Math.max(1, all.length)];
  }

  /** `workerStarts=MS`: a worker takes up no task before it has run for so long. */
  #isStarting(pod: AuthentikWorkerPod): boolean {
    const starts = Number(this.#place.faults.behaviour('authentik', 'workerStarts')?.argument ?? 0);
    return Date.now() - (this.#since.get(pod.name) ?? 0) < starts;
  }

  /** The blueprint files that one of the workers has now. undefined where none answers, or its search breaks. */
  async found(): Promise<readonly FoundFile[] | undefined> {
    const pod = await this.#whoAnswers();
    if (pod === undefined) return undefined;
    try {
      return findFiles(pod.files());
    } catch (error) {
      if (error instanceof UnreadableError) return undefined;
      throw error;
    }
  }

  async #whoAnswers(): Promise<AuthentikWorkerPod | undefined> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !this.#stopped; await sleep(10)) {
      const pod = this.any();
      if (pod !== undefined) return pod;
      if (this.#pods.size > 0) return undefined;
    }
    return undefined;
  }

  enqueueApply(instance: Instance): void {
    this.#queue.push(this.#place.book.queue('apply_blueprint', instance));
    this.#work();
  }

  createInstance(name: string, path: string, fields: Partial<Instance> = {}): Instance {
    const instance: Instance = {
      pk: randomUUID(),
      name,
      path,
      enabled: true,
      status: 'unknown',
      last_applied: this.#place.clock.now(),
      last_applied_hash: '',
      metadata: {},
      content: '',
      context: {},
      ...fields,
    };
    this.#rows.instances.push(instance);
    return instance;
  }

  #soon(pod: AuthentikWorkerPod, work: () => void): void {
    const timer = setTimeout(() => {
      this.#later.delete(timer);
      if (this.#pods.get(pod.name) === pod) work();
    }, this.#timings.watcherMs);
    this.#later.add(timer);
  }

  #enabledAt(path: string): readonly Instance[] {
    return this.#rows.instances.filter((row) => row.path === path && row.enabled);
  }

  #removeGone(pod: AuthentikWorkerPod): void {
    const files = pod.files();
    this.#rows.instances = this.#rows.instances.filter((row) => row.path === '' || files.has(row.path));
  }

  #discover(pod: AuthentikWorkerPod, queued: ReadonlySet<Instance> = new Set()): void {
    const { book, faults } = this.#place;
    if (faults.behaviour('authentik', 'noDiscovery') !== undefined) return;
    const task = book.queue('blueprints_discovery');
    book.begin(task);
    try {
      discover(findFiles(pod.files()), {
        rows: this.#rows,
        create: (name, path, metadata) => this.#discovered(name, path, metadata),
        hashOf: ({ path }) => appliedHash(pod.files().get(path) ?? '', this.#place.version(), fileReader(pod)),
        apply: (instance) => {
          if (!queued.has(instance)) this.enqueueApply(instance);
        },
      });
      book.end(task);
    } catch (error) {
      if (error instanceof UnreadableError) book.retryLater(task, error.message, error.type);
      else if (error instanceof NameTakenError)
        book.retryLater(task, error.message, 'IntegrityError', 'UniqueViolation');
      else throw error;
    }
  }

  /** `disabledInstance`, for one path or for all: as if somebody had switched it off at once. */
  #discovered(name: string, path: string, metadata: Metadata | undefined): Instance {
    const disabled = this.#place.faults.behaviour('authentik', 'disabledInstance');
    const enabled = disabled === undefined || (disabled.argument ?? path) !== path;
    return this.createInstance(name, path, { metadata: metadata ?? {}, enabled });
  }

  #work(): void {
    if (this.#working !== undefined || this.#stopped || this.#pods.size === 0 || this.#queue.length === 0) return;
    this.#working = this.#drain().finally(() => {
      this.#working = undefined;
      // Something may have been queued after the last look.
      this.#work();
    });
  }

  async #drain(): Promise<void> {
    while (!this.#stopped && this.#queue.length > 0) {
      const pod = this.any();
      if (pod === undefined && this.#pods.size === 0) return;
      if (pod === undefined) {
        await sleep(10);
        continue;
      }
      const task = this.#queue.shift();
      if (task === undefined) return;
      if (this.#place.faults.behaviour('authentik', 'silentApply', true) !== undefined) continue;
      this.#place.book.begin(task);
      await sleep(this.#timings.applyMs);
      applyInstance(this.#place, pod, task);
    }
  }
}
