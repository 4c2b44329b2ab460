import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { openRunsQuery } from '../core/run/ids.ts';
import { staticWords } from '../core/run/staticWords.ts';
import { askTemporal, temporal } from './temporalErrors.ts';
import { ids } from './ids.ts';

/** The workflows that change a client; one of them at a time. */
export type RunType = 'registerClient' | 'rotateSecret' | 'deregisterClient';

const RUN_WORDS: Readonly<Record<string, string>> = {
  registerClient: 'registration',
  rotateSecret: 'rotation',
  deregisterClient: 'deregistration',
};

/** What a person calls a run of this type of workflow. */
export function wordOf(type: string): string {
  return RUN_WORDS[type] ?? type;
}

/** Starts a run of the client. Throws `Refused` where one is open. */
export async function startRun(client: Client, type: RunType, name: string, input: object): Promise<WorkflowHandle> {
  const workflowId = ids().client(name);
  return askTemporal(async () => {
    try {
      return await client.workflow.start(type, {
        taskQueue: ids().taskQueue,
        workflowId,
        args: [input],
        ...staticWords(type, 'the command line', name),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw temporal(
        'Refused',
        `client ${name} is being changed by workflow ${workflowId}; one run at a time`,
        `See oidc-registrar status ${name}; wait for it to end, or cancel it (oidc-registrar cancel ${name}), then start again.`,
      );
    }
  });
}

/** The newest run of the client, open or not; undefined where Temporal knows none. */
export async function newestRun(client: Client, name: string): Promise<WorkflowExecutionDescription | undefined> {
  return askTemporal(async () => {
    try {
      return await client.workflow.getHandle(ids().client(name)).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  });
}

/** The run that is open. Throws `NotFound` where none is. */
export async function openRun(
  client: Client,
  name: string,
): Promise<{ readonly handle: WorkflowHandle; readonly description: WorkflowExecutionDescription }> {
  const description = await newestRun(client, name);
  if (description?.status.name !== 'RUNNING')
    throw temporal('NotFound', `no run of client ${name} is open`, `See oidc-registrar status ${name}.`);
  return { handle: client.workflow.getHandle(description.workflowId, description.runId), description };
}

/** Every run that is open and changes a client, of this task queue. Throws `Unavailable`. */
export async function openRuns(client: Client): Promise<readonly WorkflowExecutionInfo[]> {
  return askTemporal(async () => {
    const open: WorkflowExecutionInfo[] = [];
    for await (const run of client.workflow.list({ query: openRunsQuery(ids()) }))
      if (run.taskQueue === ids().taskQueue) open.push(run);
    return open;
  });
}

/** What is said where no worker answers. */
export function noWorkerAnswers(): string {
  return `No worker answers. Start one (npm run worker, in a clone); ${whoPolls()}`;
}

/** How a person sees whether a worker is there. */
export function whoPolls(): string {
  return `temporal task-queue describe --task-queue ${ids().taskQueue} lists those that poll.`;
}
