import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { RunDirectory } from '../activities/deps.ts';
import type { Plan } from '../core/run.ts';

/** gRPC status codes UNIMPLEMENTED, PERMISSION_DENIED and UNAUTHENTICATED. */
const NOT_TOLD: ReadonlySet<number> = new Set([12, 7, 16]);

/** How many earlier runs of a client are searched for a dead run's plan. */
const MAX_RUNS = 20;

/** What Temporal itself knows of runs. */
export function createRunDirectory(client: Client): RunDirectory {
  const { namespace } = client.options;
  return {
    async isOpen(workflowId) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    async findPlan(workflowId, changeId) {
      const query = `WorkflowId = "${workflowId}"`;
      let searched = 0;
      for await (const run of client.workflow.list({ query })) {
        const plan = await planOf(client, workflowId, run.runId);
        if (plan?.job.changeId === changeId) return { ...plan, completed: run.status.name === 'COMPLETED' };
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async interruptedPlan(workflowId) {
      for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
        if (run.status.name === 'RUNNING') continue;
        const interrupted = run.status.name === 'TERMINATED' || run.status.name === 'TIMED_OUT';
        return interrupted ? planOf(client, workflowId, run.runId) : undefined;
      }
      return undefined;
    },
    async searchable() {
      try {
        const attributes = await client.connection.operatorService.listSearchAttributes({ namespace });
        return attributes.customAttributes?.['OidcClient'] !== undefined;
      } catch (error) {
        // A server may keep its list to operators: the job does without the attribute.
        if (isGrpcServiceError(error) && NOT_TOLD.has(error.code)) return false;
        throw error;
      }
    },
  };
}

/** The result of the run's preflight activity, from its history. */
async function planOf(client: Client, workflowId: string, runId: string): Promise<Plan | undefined> {
  const events = await eventsOf(client, workflowId, runId);
  const scheduled = events.find(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'preflight',
  );
  if (scheduled === undefined) return undefined;
  const completed = events.find(
    (event) => String(event.activityTaskCompletedEventAttributes?.scheduledEventId) === String(scheduled.eventId),
  );
  const payload = completed?.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
  return payload === undefined || payload === null ? undefined : defaultPayloadConverter.fromPayload<Plan>(payload);
}

/** None where the history is past its retention: the list of runs may still know of it. */
async function eventsOf(client: Client, workflowId: string, runId: string) {
  try {
    return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}
