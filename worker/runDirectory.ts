import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FoundPlan, RunDirectory } from '../activities/deps.ts';
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
        if (plan?.job.changeId === changeId)
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
        // A run that preflight refused has changed nothing, and a deregistration makes no field: the one before it counts.
        if (plan !== undefined && plan.job.removal === undefined) return interrupted ? plan : undefined;
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async registeredBefore(workflowId) {
      let searched = 0;
      for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
        const plan = run.status.name === 'COMPLETED' ? await planOf(client, workflowId, run.runId) : undefined;
        if (plan?.unchanged === false && plan.outcome !== 'takenBack') {
          const registered = plan.job.removal === undefined && plan.job.before.known;
          return registered ? plan.job.before : undefined;
        }
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
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

/** The result of the run's preflight or planRemoval activity, from its history, and whether the run had passed its commit point. */
async function planOf(client: Client, workflowId: string, runId: string): Promise<EndedPlan | undefined> {
  const events = await eventsOf(client, workflowId, runId);
  const completionOf = (activity: string) => {
    const scheduled = events.filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity,
    );
    const ids = new Set(scheduled.map((event) => String(event.eventId)));
    return events.find((event) => ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
  };
  const planned = completionOf('preflight') ?? completionOf('planRemoval');
  const payload = planned?.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
  if (payload === undefined || payload === null) return undefined;
  const plan = defaultPayloadConverter.fromPayload<Plan>(payload);
  const verify = plan.job.removal === undefined ? 'verifyRegistration' : 'verifyRemoval';
  const result = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
  const ended = result == null ? undefined : defaultPayloadConverter.fromPayload<{ outcome?: string }>(result);
  return {
    ...plan,
    completed: plan.job.land === 'first' && completionOf(verify) !== undefined,
    outcome: ended?.outcome,
  };
}

interface EndedPlan extends FoundPlan {
  readonly outcome: string | undefined;
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
