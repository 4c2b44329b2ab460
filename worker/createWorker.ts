import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import { createActivities } from '../activities/createActivities.ts';
import type { Deps } from '../activities/deps.ts';
import { PROGRAM_TIMEOUT_MS, SHUTDOWN_GRACE_MS } from './config.ts';
import { AttemptClock, ErrorBoundary } from './interceptors.ts';
import { StepLog } from './stepLog.ts';
import { AttemptSpans, runSinks } from './traces/runSpans.ts';
import type { Spans } from './traces/span.ts';
import { versioningOptions, type WorkerVersion } from './versioning.ts';

export interface CreateWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deps: Deps;
  readonly taskQueue: string;
  /** For Worker Versioning; without it the worker takes every task. */
  readonly version?: WorkerVersion | undefined;
  /** Of the installation; that of the SDK where absent. What it converts with in workflows is put into a bundle of its own. */
  readonly dataConverter?: DataConverter | undefined;
  /** Bundled beforehand; made from the sources where absent. */
  readonly workflowBundle?: WorkerOptions['workflowBundle'];
  /** Take what a trace shows; nothing does where absent. */
  readonly spans?: Spans | undefined;
  /** Around every activity, inside the border to the history. */
  readonly activityInterceptors?: readonly ActivityInterceptorsFactory[];
}

/** The worker of one task queue: the workflows, and the activities with what they need. */
export async function createWorker(options: CreateWorkerOptions): Promise<Worker> {
  const { spans } = options;
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    activities: createActivities(options.deps),
    interceptors: {
      activity: [
        ...(spans === undefined ? [] : [() => ({ inbound: new AttemptSpans(spans) })]),
        () => ({ inbound: new ErrorBoundary() }),
        () => ({ inbound: new AttemptClock() }),
        () => ({ inbound: new StepLog() }),
        ...(options.activityInterceptors ?? []),
      ],
    },
    sinks: { ...runSinks(spans) },
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    // What no cancel ends does not keep the process for ever.
    shutdownForceTime: SHUTDOWN_GRACE_MS + PROGRAM_TIMEOUT_MS,
    // For so long the runs of a worker that died wait for it before another one replays them; our histories are short.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    // The SDK would hold heartbeats back for four fifths of their limit: a stall for the rest would end an attempt that works.
    maxHeartbeatThrottleInterval: options.deps.installation.timings.heartbeatMs / 4,
    maxCachedWorkflows: 100,
    ...versioningOptions(options.version),
    ...(options.dataConverter === undefined ? {} : { dataConverter: options.dataConverter }),
    ...workflowsOf(options),
  });
}

type Workflows = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>;

/** A built project carries its bundle beside it. From the sources, with a version or converters it is made at start: these are in it. */
function workflowsOf({ workflowBundle, version, dataConverter = {} }: CreateWorkerOptions): Workflows {
  const workflowsPath = entry(version === undefined ? 'index' : 'versioned');
  if (dataConverter.failureConverterPath !== undefined || dataConverter.payloadConverterPath !== undefined)
    return { workflowsPath };
  if (workflowBundle !== undefined) return { workflowBundle };
  if (version !== undefined) return { workflowsPath };
  const built = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { workflowBundle: { codePath: built } };
  return { workflowsPath };
}

function entry(name: string): string {
  const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../workflows/${name}.${suffix}`, import.meta.url));
}
