import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FoundPlan, RunDirectory } from '../activities/deps.ts';
import { canonicalWorkflowId, type Plan } from '../core/run.ts';

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
        // A run that found everything as asked changed nothing: the run that made the change is an older one.
        if (plan?.job.changeId === changeId && !plan.unchanged)
          return { ...plan, completed: plan.completed || run.status.name === 'COMPLETED' };
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async interruptedPlan(workflowId) {
      let searched = 0;
      for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
        if (run.status.name === 'RUNNING') continue;
        const plan = await planOf(client, workflowId, run.runId);
        const interrupted = run.status.name === 'TERMINATED' || run.status.name === 'TIMED_OUT';
        // A run that preflight refused has changed nothing: the one before it counts.
        if (plan !== undefined) return interrupted ? plan : undefined;
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async openRuns() {
      const query = `ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "${canonicalWorkflowId('')}"`;
      const open: string[] = [];
      for await (const run of client.workflow.list({ query })) open.push(run.workflowId);
      return open;
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

/** The result of the run's preflight activity, from its history, and whether the run had passed its commit point. */
async function planOf(client: Client, workflowId: string, runId: string): Promise<FoundPlan | undefined> {
  const events = await eventsOf(client, workflowId, runId);
  const scheduledOf = (activity: string) =>
    events.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const ids = new Set(scheduledOf('preflight').map((event) => String(event.eventId)));
  const done = events.find((event) => ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
  const payload = done?.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
  if (payload === undefined || payload === null) return undefined;
  const plan = defaultPayloadConverter.fromPayload<Plan>(payload);
  // A verification that ended well beside a cancel is taken back all the same: only past the commit point a run tidies up.
  return { ...plan, completed: plan.job.land === 'first' && scheduledOf('cleanUp').length > 0 };
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
