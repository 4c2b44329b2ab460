import { readFile } from 'node:fs/promises';
import {
  ActivityFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TimeoutFailure,
  TypedSearchAttributes,
} from '@temporalio/common';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import type { WorkflowInfo } from '@temporalio/workflow';

type Job = NonNullable<Parameters<Workflow['activate']>[0]['jobs']>[number];
type Completion = NonNullable<Awaited<ReturnType<Workflow['activate']>>['successful']>;
type Command = NonNullable<Completion['commands']>[number];

/** How one attempt of an activity ends: with a value, by an error, by one for which it is tried again so many milliseconds later, or not yet. */
export type Attempt =
  | { readonly value: unknown }
  | { readonly error: Error }
  | { readonly againMs: number; readonly error: Error }
  | { readonly lateMs: number; readonly ends: () => Promise<Attempt> };

export interface Activity {
  readonly workflowId: string;
  readonly type: string;
  readonly args: readonly unknown[];
  /** Of all that has come about, when it was asked for. */
  readonly asked: number;
  /** Attempts before this one. */
  readonly attempts: number;
}

export interface Options {
  /** What an attempt comes to. `cancelled`: the run has asked it to stop. */
  readonly attempt: (activity: Activity, isCancelled: () => boolean) => Promise<Attempt>;
  /** How long an attempt takes. */
  readonly takesMs: (activity: Activity) => number;
}

export type Closed =
  | { readonly how: 'done'; readonly value: unknown }
  | { readonly how: 'failed' | 'cancelled'; readonly error: Error }
  | { readonly how: 'terminated' }
  /** Its code threw where it must not: Temporal would repeat that for ever. */
  | { readonly how: 'broken'; readonly error: Error };

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly happen: () => Promise<void>;
}

interface Asked extends Activity {
  readonly run: Run;
  readonly id: string;
  readonly seq: number;
  readonly deadline: number;
}

export class Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflow: Workflow;
  readonly timers = new Set<number>();
  readonly cancelled = new Set<number>();
  /** Activities whose next try is waited for. */
  readonly backingOff = new Map<number, Asked>();
  closed: Closed | undefined;

  constructor(workflowId: string, runId: string, workflow: Workflow) {
    this.workflowId = workflowId;
    this.runId = runId;
    this.workflow = workflow;
  }
}

/**
 * What Temporal does for workflows, in memory and in a time of its own: the workflow's real code in the SDK's own sandbox, one thing at
 * a time. Everything that takes time waits in one queue, so a schedule goes the same way each time.
 */
export class MemoryTemporal {
  readonly #creator: ReusableVMWorkflowCreator;
  readonly #options: Options;
  readonly #waiting: Waiting[] = [];
  readonly #open = new Map<string, Run>();
  #now = Date.UTC(2026, 0, 1);
  #order = 0;

  constructor(creator: ReusableVMWorkflowCreator, options: Options) {
    this.#creator = creator;
    this.#options = options;
  }

  static async creator(bundle: string, activities: readonly string[]): Promise<ReusableVMWorkflowCreator> {
    const code = parseWorkflowCode(await readFile(bundle, 'utf8'), bundle);
    const creator = await ReusableVMWorkflowCreator.create(code, 60_000, new Set(activities));
    // They note a stack for each promise of a workflow, which takes four fifths of the time.
    globalHandlers.uninstall();
    return creator;
  }

  get now(): number {
    return this.#now;
  }

  /** So much has come about. */
  get order(): number {
    return this.#order;
  }

  isOpen(workflowId: string): boolean {
    return this.#open.has(workflowId);
  }

  /** The open run of a workflow. */
  find(workflowId: string): Run | undefined {
    return this.#open.get(workflowId);
  }

  async start(workflowType: string, workflowId: string, input: unknown): Promise<Run> {
    const runId = `run-${(this.#order += 1)}`;
    const workflow = await this.#creator.createWorkflow({
      info: infoOf(workflowType, workflowId, runId, new Date(this.#now)),
      randomnessSeed: seedOf(this.#order).toBytes(),
      now: this.#now,
      showStackTraceSources: false,
    });
    const run = new Run(workflowId, runId, workflow);
    this.#open.set(workflowId, run);
    await this.#activate(run, {
      initializeWorkflow: {
        workflowType,
        workflowId,
        arguments: [defaultPayloadConverter.toPayload(input) ?? {}],
        randomnessSeed: seedOf(this.#order),
        headers: {},
        attempt: 1,
      },
    });
    return run;
  }

  async cancel(workflowId: string): Promise<void> {
    const run = this.#open.get(workflowId);
    if (run !== undefined) await this.#activate(run, { cancelWorkflow: { reason: 'a person' } });
  }

  async terminate(workflowId: string): Promise<void> {
    const run = this.#open.get(workflowId);
    if (run !== undefined) await this.#close(run, { how: 'terminated' });
  }

  async update(workflowId: string, name: string): Promise<void> {
    const run = this.#open.get(workflowId);
    const id = `update-${(this.#order += 1)}`;
    const doUpdate = { id, protocolInstanceId: id, name, input: [], headers: {}, meta: {}, runValidator: true };
    if (run !== undefined) await this.#activate(run, { doUpdate });
  }

  async signal(workflowId: string, signalName: string): Promise<void> {
    const run = this.#open.get(workflowId);
    if (run !== undefined)
      await this.#activate(run, { signalWorkflow: { signalName, input: [], identity: '', headers: {} } });
  }

  /** The next thing happens. False where nothing is left that could. */
  async step(): Promise<boolean> {
    const next = this.#waiting.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
    if (next === undefined) return false;
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#now = Math.max(this.#now, next.at);
    await next.happen();
    return true;
  }

  later(ms: number, happen: () => Promise<void>): void {
    this.#waiting.push({ at: this.#now + ms, order: (this.#order += 1), happen });
  }

  async #activate(run: Run, ...jobs: readonly Job[]): Promise<void> {
    if (run.closed !== undefined) return;
    const activation = {
      runId: run.runId,
      timestamp: msToTs(this.#now),
      historyLength: 1,
      isReplaying: false,
      jobs: [...jobs],
    };
    const { successful, failed } = await run.workflow.activate(activation);
    await run.workflow.getAndResetSinkCalls();
    if (failed?.failure) {
      await this.#close(run, { how: 'broken', error: errorOf(failed.failure) });
      return;
    }
    for (const command of successful?.commands ?? []) await this.#obey(run, command);
  }

  async #obey(run: Run, command: Command): Promise<void> {
    if (command.startTimer) this.#startTimer(run, command.startTimer);
    else if (command.cancelTimer) run.timers.delete(command.cancelTimer.seq ?? 0);
    else if (command.scheduleActivity) this.#schedule(run, command.scheduleActivity);
    else if (command.scheduleLocalActivity) this.#schedule(run, command.scheduleLocalActivity);
    else if (command.requestCancelActivity) this.#cancelActivity(run, command.requestCancelActivity.seq ?? 0);
    else if (command.requestCancelLocalActivity) this.#cancelActivity(run, command.requestCancelLocalActivity.seq ?? 0);
    else if (command.completeWorkflowExecution)
      await this.#close(run, { how: 'done', value: valueOf(command.completeWorkflowExecution.result) });
    else if (command.failWorkflowExecution)
      await this.#close(run, { how: 'failed', error: errorOf(command.failWorkflowExecution.failure ?? {}) });
    else if (command.cancelWorkflowExecution)
      await this.#close(run, { how: 'cancelled', error: new CancelledFailure('cancelled') });
    else if (command.startChildWorkflowExecution) throw new TypeError(`not known here: ${JSON.stringify(command)}`);
  }

  #startTimer(run: Run, { seq, startToFireTimeout }: NonNullable<Command['startTimer']>): void {
    const timer = seq ?? 0;
    run.timers.add(timer);
    this.later(optionalTsToMs(startToFireTimeout) ?? 0, async () => {
      if (run.timers.delete(timer)) await this.#activate(run, { fireTimer: { seq: timer } });
    });
  }

  #schedule(run: Run, asked: NonNullable<Command['scheduleActivity' | 'scheduleLocalActivity']>): void {
    const seq = asked.seq ?? 0;
    const args = (asked.arguments ?? []).map(valueOf);
    const limit = optionalTsToMs(asked.scheduleToCloseTimeout) || Number.POSITIVE_INFINITY;
    const activity = { run, id: asked.activityId ?? '', seq, type: asked.activityType ?? '', args };
    const began = { asked: (this.#order += 1), attempts: 0, deadline: this.#now + limit };
    const first: Asked = { ...activity, ...began, workflowId: run.workflowId };
    this.later(this.#options.takesMs(first), () => this.#attempt(first));
  }

  /** One that no worker is at is over at once, one that a worker is at ends as that one says. */
  #cancelActivity(run: Run, seq: number): void {
    run.cancelled.add(seq);
    const next = run.backingOff.get(seq);
    run.backingOff.delete(seq);
    if (next !== undefined) this.later(0, async () => this.#resolve(next, new CancelledFailure('cancelled')));
  }

  /** An attempt ends. What it did is done even where its run is gone. */
  async #attempt(asked: Asked): Promise<void> {
    const { run, seq } = asked;
    const isCancelled = (): boolean => run.cancelled.has(seq) || run.closed !== undefined;
    await this.#end(asked, isCancelled, await this.#options.attempt(asked, isCancelled));
  }

  async #end(asked: Asked, isCancelled: () => boolean, ended: Attempt): Promise<void> {
    const { run, seq } = asked;
    if ('lateMs' in ended) {
      this.later(ended.lateMs, async () => this.#end(asked, isCancelled, await ended.ends()));
      return undefined;
    }
    if ('againMs' in ended) {
      if (isCancelled()) return this.#resolve(asked, ended.error, RetryState.CANCEL_REQUESTED);
      if (this.#now + ended.againMs > asked.deadline) return this.#resolve(asked, timedOut());
      const next = { ...asked, attempts: asked.attempts + 1 };
      run.backingOff.set(seq, next);
      this.later(ended.againMs, async () => {
        if (run.backingOff.delete(seq)) await this.#attempt(next);
      });
      return undefined;
    }
    if ('error' in ended) return this.#resolve(asked, ended.error);
    const result = defaultPayloadConverter.toPayload(ended.value) ?? null;
    return this.#activate(run, { resolveActivity: { seq, result: { completed: { result } } } });
  }

  async #resolve({ run, seq, type, id }: Asked, cause: Error, retryState?: RetryState): Promise<void> {
    const late = cause.name === 'TimeoutFailure';
    const error = new ActivityFailure(
      'Activity task failed',
      type,
      id,
      retryState ?? (late ? RetryState.TIMEOUT : RetryState.NON_RETRYABLE_FAILURE),
      '',
      cause,
    );
    const failure = defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
    const result = cause instanceof CancelledFailure ? { cancelled: { failure } } : { failed: { failure } };
    await this.#activate(run, { resolveActivity: { seq, result } });
  }

  async #close(run: Run, closed: Closed): Promise<void> {
    run.closed = closed;
    if (this.#open.get(run.workflowId) === run) this.#open.delete(run.workflowId);
    await run.workflow.dispose();
  }
}

function infoOf(workflowType: string, workflowId: string, runId: string, startTime: Date) {
  return {
    workflowId,
    runId,
    workflowType,
    searchAttributes: {},
    typedSearchAttributes: new TypedSearchAttributes(),
    historyLength: 1,
    historySize: 0,
    continueAsNewSuggested: false,
    targetWorkerDeploymentVersionChanged: false,
    taskQueue: 'memory',
    namespace: 'default',
    firstExecutionRunId: runId,
    originalExecutionRunId: runId,
    startTime,
    runStartTime: startTime,
    taskTimeoutMs: 10_000,
    attempt: 1,
    unsafe: { isReplaying: false, isReplayingHistoryEvents: false },
  } as unknown as WorkflowInfo;
}

/** A 64-bit number, as the SDK has them. */
function seedOf(order: number) {
  const { seconds } = msToTs(order * 1000);
  if (!seconds) throw new TypeError('no seconds');
  return seconds;
}

/** A payload of the sandbox, whose bytes are of another realm. */
function valueOf(payload: { readonly data?: Uint8Array | null } | null | undefined): unknown {
  const text = Buffer.from(payload?.data ?? []).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function errorOf(failure: Parameters<typeof defaultFailureConverter.failureToError>[0]): Error {
  return defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
}

/** All its tries together took too long, or a worker went silent in one of them. */
export function timedOut(of: 'SCHEDULE_TO_CLOSE' | 'HEARTBEAT' = 'SCHEDULE_TO_CLOSE'): Error {
  return new TimeoutFailure(`activity ${of} timeout`, undefined, of);
}
