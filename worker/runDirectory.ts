import type { Client } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { FoundPlan, RunDirectory } from '../activities/deps.ts';
import { type Ids, openRunsQuery } from '../core/run/ids.ts';
import { RegistrarError } from '../core/base/errors.ts';
import { own } from '../core/base/own.ts';
import type { Plan } from '../core/run/job.ts';
import { type KnownAttributes, SEARCH_ATTRIBUTES } from '../core/run/searchAttributes.ts';
import { eventsOf, type HistoryEvent, inTime, isOpenStatus, noAnswer, runsFound, statusOf } from './temporalAnswers.ts';

/** gRPC status codes UNIMPLEMENTED, PERMISSION_DENIED and UNAUTHENTICATED. */
const NOT_TOLD: ReadonlySet<number> = new Set([12, 7, 16]);

/** temporal.api.enums.v1.IndexedValueType by number. */
const TYPES = ['Unspecified', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

/** How many earlier runs of a client are searched for a dead run's plan. */
const MAX_RUNS = 20;

/** Rotations change no file and have no plan of this kind: a schedule of them must not hide the registration. */
function changesOf(workflowId: string): string {
  return `WorkflowId = "${workflowId}" AND WorkflowType != "rotateSecret"`;
}

/** What Temporal itself knows of runs. */
export function createRunDirectory(client: Client, ids: Ids): RunDirectory {
  const { namespace } = client.options;
  return {
    idOf: (name) => ids.client(name),
    async isOpen(workflowId) {
      const status = await statusOf(client, workflowId);
      return status !== undefined && isOpenStatus(status);
    },
    async endedWell(workflowId, runId) {
      return runId !== '' && (await statusOf(client, workflowId, runId)) === 'completed';
    },
    async findPlan(name, changeId) {
      const workflowId = ids.client(name);
      let searched = 0;
      for await (const run of runsFound(client, changesOf(workflowId))) {
        const plan = await planOf(client, workflowId, run.runId);
        // A run that found everything as asked changed nothing: the run that made the change is an older one.
        if (plan?.job.changeId === changeId && !plan.unchanged)
          return { ...plan, completed: plan.completed || run.status === 'completed' };
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async plannedJob(workflowId, runId, { plannedBy, changeId }) {
      // A rotation looks twice: what it found last counts.
      for (const planned of completionsOf(await eventsOf(client, workflowId, runId), plannedBy).toReversed()) {
        const plan = await planFrom(client, planned.activityTaskCompletedEventAttributes?.result?.payloads);
        if (plan?.job.changeId === changeId) return plan.job;
      }
      throw noAnswer(`a history of run ${runId} of ${workflowId} without the plan of change ${changeId}`);
    },
    async interruptedPlan(name) {
      const workflowId = ids.client(name);
      let searched = 0;
      for await (const run of runsFound(client, changesOf(workflowId))) {
        if (isOpenStatus(run.status)) continue;
        const plan = await planOf(client, workflowId, run.runId);
        const interrupted = run.status === 'terminated' || run.status === 'timedOut';
        // A run that preflight refused has changed nothing, and a deregistration makes no field: the one before it counts.
        if (plan !== undefined && plan.job.removal === undefined) return interrupted ? plan : undefined;
        searched += 1;
        if (searched >= MAX_RUNS) return undefined;
      }
      return undefined;
    },
    async registeredBefore(name) {
      // A repair found the client's own objects there: what was before it says nothing of what was before the registration.
      // A repair that changed the registration as well has added that up.
      const counts = ({ job }: Plan) => job.repair === undefined || job.before.older !== undefined;
      const plan = await newestChange(client, ids.client(name), counts);
      return plan?.job.removal === undefined && plan?.job.before.known === true ? plan.job.before : undefined;
    },
    async registeredAs(name) {
      const plan = await newestChange(client, ids.client(name), () => true);
      return plan?.job.removal === undefined ? plan?.job.registration : undefined;
    },
    async openRuns() {
      const open: string[] = [];
      for await (const run of runsFound(client, openRunsQuery(ids))) open.push(run.workflowId);
      return open;
    },
    async searchable() {
      try {
        const attributes = await inTime(client, () =>
          client.connection.operatorService.listSearchAttributes({ namespace }),
        );
        const types: Readonly<Record<string, number>> = attributes.customAttributes ?? {};
        const known = SEARCH_ATTRIBUTES.flatMap((name) => {
          const type = own(types, name);
          return type === undefined ? [] : [[name, TYPES[type] ?? String(type)]];
        });
        return Object.fromEntries(known) as KnownAttributes;
      } catch (error) {
        // A server may keep its list to operators: the job does without the attribute.
        if (isGrpcServiceError(error) && NOT_TOLD.has(error.code)) return {};
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
  for await (const run of runsFound(client, changesOf(workflowId))) {
    const plan = run.status === 'completed' ? await planOf(client, workflowId, run.runId) : undefined;
    if (plan?.unchanged === false && plan.outcome !== 'takenBack' && counts(plan)) return plan;
    searched += 1;
    if (searched >= MAX_RUNS) return undefined;
  }
  return undefined;
}

/** What a run's history says: the result of preflight or planRemoval, and whether no return was possible any more. */
async function planOf(client: Client, workflowId: string, runId: string): Promise<EndedPlan | undefined> {
  const events = await eventsOf(client, workflowId, runId);
  const [planned] = [...completionsOf(events, 'preflight'), ...completionsOf(events, 'planRemoval')];
  if (planned === undefined) return undefined;
  const plan = await planFrom(client, planned.activityTaskCompletedEventAttributes?.result?.payloads);
  if (plan === undefined) throw noAnswer(`what is no plan in the history of run ${runId} of ${workflowId}`);
  const result = events.at(-1)?.workflowExecutionCompletedEventAttributes?.result?.payloads;
  const ended = await decoded<{ outcome?: string }>(client, result);
  // A verification that ended well beside a cancel is taken back all the same: the begin of the next step counts.
  const past = plan.job.removal === undefined ? 'cleanUp' : 'removeAccounts';
  // One that went on behind it may have died before it did anything.
  const wasPast = plan.job.removal?.committed === true;
  return {
    ...plan,
    completed: plan.job.land === 'first' && (wasPast || scheduledOf(events, past).length > 0),
    outcome: ended?.outcome,
  };
}

function scheduledOf(events: readonly HistoryEvent[], activity: string): readonly HistoryEvent[] {
  return events.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
}

/** The events that hold what an activity answered, in their order. */
function completionsOf(events: readonly HistoryEvent[], activity: string): readonly HistoryEvent[] {
  const ids = new Set(scheduledOf(events, activity).map((event) => String(event.eventId)));
  return events.filter((event) => ids.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
}

/** Undefined where it is none, or where this worker cannot read it. */
async function planFrom(client: Client, payloads: Payloads): Promise<Plan | undefined> {
  try {
    const plan = await decoded<Plan | null>(client, payloads);
    return typeof plan?.job?.changeId === 'string' ? plan : undefined;
  } catch (error) {
    // It says which data converter is missing.
    if (error instanceof RegistrarError) throw error;
    return undefined;
  }
}

type Payloads = readonly Payload[] | null | undefined;

/** A value of a history, as the converter of this installation reads it. */
async function decoded<T>(client: Client, payloads: Payloads): Promise<T | undefined> {
  const [payload] = payloads ?? [];
  if (payload === undefined) return undefined;
  return decodeFromPayloadsAtIndex<T>(client.options.loadedDataConverter, 0, [payload]);
}

interface EndedPlan extends FoundPlan {
  readonly outcome: string | undefined;
}
