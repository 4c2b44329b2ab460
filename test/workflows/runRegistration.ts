import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type WorkerInterceptors } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/createActivities.ts';

let queues = 0;

/** Starts a registration, or another workflow, with these activities, on a task queue of its own; `act` has it while its worker runs. */
export async function runRegistration<T>(
  env: TestWorkflowEnvironment,
  activities: Activities,
  act: (handle: WorkflowHandle) => Promise<T>,
  {
    type = 'registerClient',
    workflowId = 'oidc-client/zot',
    input = { client: 'zot' },
    interceptors = {},
    memo = {},
  }: {
    type?: string;
    workflowId?: string;
    input?: unknown;
    interceptors?: WorkerInterceptors;
    memo?: Record<string, unknown>;
  } = {},
): Promise<T> {
  queues += 1;
  const taskQueue = `queue-${queues}`;
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    activities,
    interceptors,
    workflowBundle: { codePath: inject('workflowBundle') },
  });
  return worker.runUntil(async () =>
    act(
      await env.client.workflow.start(type, {
        taskQueue,
        workflowId,
        args: [input],
        memo,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    ),
  );
}
