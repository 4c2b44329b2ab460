import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FoundPlan, RunDirectory } from '../activities/deps.ts';
import { canonicalWorkflowId, type Plan } from '../core/run.ts';

/** gRPC status codes UNIMPLEMENTED, PERMISSION_DENIED and UNAUTHENTICATED. */
const NOT_TOLD: ReadonlySet<number> = new Set([12, 7, 16]);

/** How many earlier runs of a client are searched for a dead run's plan. */
const MAX_RUNS = 20;

/** Rotations change no file and have no plan of this kind: a schedule of them must not hide the registration. */
function changesOf(workflowId: string): string {
  return `WorkflowId = "${workflowId}" AND WorkflowType != "rotateSecret"`;
}

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
      let searched = 0;
      for await (const run of client.workflow.list({ query: changesOf(workflowId) })) {
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
      for await (const run of client.workflow.list({ query: changesOf(workflowId) })) {
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
      // A repair found the client's own objects there: what was before it says nothing of what was before the registration.
      // One that changed the registration as well has added that up.
      const counts = ({ job }: Plan) => job.repair === undefined || job.before.older !== undefined;
      const plan = await newestChange(client, workflowId, counts);
      return plan?.job.removal === undefined && plan?.job.before.known === true ? plan.job.before : undefined;
    },
    async registeredAs(workflowId) {
      const plan = await newestChange(client, workflowId, () => true);
      return plan?.job.removal === undefined ? plan?.job.registration : undefined;
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

/** The plan of the newest run that ended well, changed something, and was not asked to take it back. */
async function newestChange(
  client: Client,
  workflowId: string,
  counts: (plan: Plan) => boolean,
): Promise<Plan | undefined> {
  let searched = 0;
  for await (const run of client.workflow.list({ query: changesOf(workflowId) })) {
    const plan = run.status.name === 'COMPLETED' ? await planOf(client, workflowId, run.runId) : undefined;
    if (plan?.unchanged === false && plan.outcome !== 'takenBack' && counts(plan)) return plan;
    searched += 1;
    if (searched >= MAX_RUNS) return undefined;
  }
  return undefined;
}

/** The result of the run's preflight or planRemoval activity, from its history, and whether the run had passed its commit point. */
async function planOf(client: Client, workflowId: string, runId: string): Promise<EndedPlan | undefined> {
  const events = await eventsOf(client, workflowId, runId);
  const scheduledOf = (activity: string) =>
    events.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const completionOf = (activity: string) => {
    const ids = new Set(scheduledOf(activity).map((event) => String(event.eventId)));
    return events.find((event) => ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
  };
  const planned = completionOf('preflight') ?? completionOf('planRemoval');
  const payload = planned?.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
  if (payload === undefined || payload === null) return undefined;
  const plan = defaultPayloadConverter.fromPayload<Plan>(payload);
  const result = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0];
  const ended = result == null ? undefined : defaultPayloadConverter.fromPayload<{ outcome?: string }>(result);
  // A verification that ended well beside a cancel is taken back all the same: only past the commit point comes the next step.
  const past = plan.job.removal === undefined ? 'cleanUp' : 'removeAccounts';
  return {
    ...plan,
    completed: plan.job.land === 'first' && scheduledOf(past).length > 0,
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
