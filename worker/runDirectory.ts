import type { Client } from '@temporalio/client';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { RegistrarError } from '../core/errors.ts';
import type { FoundPlan, RunDirectory } from '../activities/deps.ts';
import { canonicalWorkflowId, type Plan } from '../core/run.ts';

/** gRPC status codes UNIMPLEMENTED, PERMISSION_DENIED and UNAUTHENTICATED. */
const NOT_TOLD: ReadonlySet<number> = new Set([12, 7, 16]);

/** temporal.api.enums.v1.IndexedValueType by number, and the one that the job sets. */
const TYPES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];
const KEYWORD = TYPES.indexOf('Keyword');

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
        const type: number | undefined = attributes.customAttributes?.['OidcClient'];
        // A value of another type than the server's fails the workflow task, again and again.
        if (type === undefined || type === KEYWORD) return type === KEYWORD;
        return { otherType: TYPES[type] ?? String(type) };
      } catch (error) {
        // A server may keep its list to operators: the job does without the attribute.
        if (isGrpcServiceError(error) && NOT_TOLD.has(error.code)) return false;
        throw error;
      }
    },
  };
}

type HistoryEvent = NonNullable<NonNullable<Awaited<ReturnType<typeof pageOf>>['history']>['events']>[number];

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

/** Events of one answer. A payload may have 2 MB, and an answer beyond 4 MB is refused: then fewer are asked for. */
const PAGE_SIZES = [200, 20, 1] as const;
/** gRPC status codes RESOURCE_EXHAUSTED and NOT_FOUND. */
const EXHAUSTED: ReadonlySet<number> = new Set([8]);
const NOT_FOUND: ReadonlySet<number> = new Set([5]);

/** None where the history is past its retention: the list of runs may still know of it. */
async function eventsOf(client: Client, workflowId: string, runId: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  try {
    let token: Uint8Array | undefined;
    do {
      const page = await pageOf(client, workflowId, runId, token);
      events.push(...(page.history?.events ?? []));
      token = page.nextPageToken ?? undefined;
    } while (token !== undefined && token.length > 0);
    return events;
  } catch (error) {
    if (isGrpcServiceError(error) && NOT_FOUND.has(error.code)) return [];
    throw error;
  }
}

async function pageOf(client: Client, workflowId: string, runId: string, nextPageToken: Uint8Array | undefined) {
  for (const maximumPageSize of PAGE_SIZES) {
    try {
      return await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        maximumPageSize,
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
      });
    } catch (error) {
      if (!isTooLarge(error)) throw error;
    }
  }
  throw new RegistrarError({
    system: 'Temporal',
    kind: 'Failed',
    message: `the history of run ${runId} of ${workflowId} cannot be read: one event of it is larger than an answer may be`,
    remedy:
      'See in the Temporal UI what that run did and whether it left anything; raise the limit of gRPC messages of the server, or delete that run.',
  });
}

function isTooLarge(error: unknown): boolean {
  return isGrpcServiceError(error) && EXHAUSTED.has(error.code) && /larger than max/i.test(error.message);
}
