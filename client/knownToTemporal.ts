import {
  type Client,
  WorkflowFailedError,
  type WorkflowExecutionInfo,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { fewAtOnce } from '../core/base/fewAtOnce.ts';
import type { CheckResult } from '../core/check/finding.ts';
import { isOk, summaryOf } from '../core/check/summary.ts';
import { listedRotations } from '../integrations/temporal/temporalSchedules.ts';
import { AT_ONCE, strandedAmong } from './doctor/stranded.ts';
import { failureOf } from './output/failure.ts';
import type { ListedClient, ListedRun } from './output/list.ts';
import type { RunResult } from './output/result.ts';
import { askTemporal } from './temporalErrors.ts';
import { ids } from './ids.ts';

/** How a client stands by what the last run left that ended well; undefined where none did. */
type Known = Omit<ListedClient, 'client' | 'stands'> & { readonly stands?: 'registered' | 'absent' };

/** What Temporal tells of each client: its runs and checks, as far back as it keeps them, and its schedule. Throws `Unavailable`. */
export async function knownToTemporal(temporal: Client): Promise<ReadonlyMap<string, Known>> {
  return askTemporal(async () => {
    const runs = await runsByClient(temporal);
    const checks = await newestFirst(
      temporal,
      'WorkflowType = "checkClient" AND ExecutionStatus = "Completed"',
      // Its own check and that of all clients have the name at the end.
      (id) => (id.includes('/') ? id.slice(id.lastIndexOf('/') + 1) : ''),
    );
    const scheduled = await schedules(temporal);
    const open = [...runs.values()].flat().filter(({ status }) => status.name === 'RUNNING');
    const still = await strandedAmong(temporal, open);
    const names = [...new Set([...runs.keys(), ...checks.keys(), ...scheduled.keys()])].filter((name) => name !== '');
    const known = await fewAtOnce(names, AT_ONCE, async (name): Promise<readonly [string, Known]> => {
      const own = runs.get(name) ?? [];
      const [checked] = checks.get(name) ?? [];
      const rotation = scheduled.get(name);
      const stranded = still.find(({ workflowId }) => workflowId === ids().client(name));
      const told = {
        ...(stranded && { stranded }),
        ...(await runsOf(temporal, own)),
        ...(checked === undefined ? {} : await checkOf(temporal, checked)),
      };
      return [name, { ...told, ...(rotation && (await scheduledOf(temporal, rotation, own[0], told.lastRotation))) }];
    });
    return new Map(known);
  });
}

/**
 * Workflows by client, the newest of each first: the list's own order is that of their ends. A namespace may hold other people's of the
 * same name; ours are those of our task queue.
 */
async function newestFirst(
  temporal: Client,
  query: string,
  nameIn: (workflowId: string) => string,
): Promise<ReadonlyMap<string, readonly WorkflowExecutionInfo[]>> {
  const found = new Map<string, WorkflowExecutionInfo[]>();
  for await (const each of temporal.workflow.list({ query })) {
    if (each.taskQueue !== ids().taskQueue) continue;
    const name = nameIn(each.workflowId);
    found.set(name, [...(found.get(name) ?? []), each]);
  }
  for (const each of found.values()) each.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
  return found;
}

/** Clients that the last run registered which ended well, as far back as Temporal keeps runs. Throws `Unavailable`. */
export async function registeredByRuns(temporal: Client): Promise<readonly string[]> {
  return askTemporal(async () => {
    const runs = await runsByClient(temporal);
    const found = await fewAtOnce([...runs], AT_ONCE, async ([name, own]) =>
      (await leftBy(askedOnce(temporal), own)) === 'registered' ? [name] : [],
    );
    return found.flat();
  });
}

const runsByClient = async (temporal: Client) =>
  newestFirst(temporal, `WorkflowId STARTS_WITH "${ids().client('')}"`, (id) => id.slice(ids().client('').length));

/** How the last run that ended well has left the client. */
async function leftBy(ask: Ask, runs: readonly WorkflowExecutionInfo[]): Promise<Known['stands']> {
  return lastOf(ask, runs, (outcome, type) => {
    if (outcome === 'takenBack') return undefined;
    return type === 'deregisterClient' ? 'absent' : 'registered';
  });
}

async function runsOf(temporal: Client, runs: readonly WorkflowExecutionInfo[]): Promise<Known> {
  const [last] = runs;
  if (last === undefined) return {};
  const ask = askedOnce(temporal);
  const stands = await leftBy(ask, runs);
  const rotations = runs.filter(({ type }) => type === 'rotateSecret');
  const lastRotation = await lastOf(ask, rotations, (outcome, _type, at) => (outcome === 'rotated' ? at : undefined));
  const lastRun = await ask(last);
  return {
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(stands === undefined ? {} : { stands }),
    ...(lastRotation === undefined ? {} : { lastRotation }),
  };
}

/** What the newest run tells that ended well and tells anything. */
async function lastOf<T>(
  ask: Ask,
  runs: readonly WorkflowExecutionInfo[],
  told: (outcome: ListedRun['outcome'], type: string, at: string) => T | undefined,
): Promise<T | undefined> {
  for (const run of runs.filter(({ status }) => status.name === 'COMPLETED')) {
    const ended = await ask(run);
    const found = ended && told(ended.outcome, ended.type, ended.at);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Ask = (run: WorkflowExecutionInfo) => Promise<ListedRun | undefined>;

/** The last run is often the last that ended well and the last rotation, too: each is asked once. */
function askedOnce(temporal: Client): Ask {
  const asked = new Map<string, ReturnType<Ask>>();
  return async (run) => {
    const answer = asked.get(run.runId) ?? runOf(temporal, run);
    asked.set(run.runId, answer);
    return answer;
  };
}

/** Undefined of a run that Temporal has just forgotten. */
async function runOf(temporal: Client, run: WorkflowExecutionInfo): Promise<ListedRun | undefined> {
  const { type, startTime, closeTime, status } = run;
  const outcome = status.name === 'RUNNING' ? 'running' : await outcomeOf(temporal, run);
  return outcome && { type, outcome, at: (closeTime ?? startTime).toISOString() };
}

/** How a run ended that has. That Temporal does not answer is no way to end, and is thrown. */
async function outcomeOf(
  temporal: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
): Promise<ListedRun['outcome'] | undefined> {
  try {
    const result = await unlessForgotten(temporal.workflow.getHandle(workflowId, runId).result());
    return (result as RunResult | undefined)?.outcome;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return failureOf(error).outcome;
  }
}

async function checkOf(
  temporal: Client,
  { workflowId, runId, closeTime, startTime }: WorkflowExecutionInfo,
): Promise<Known> {
  const found = await unlessForgotten(temporal.workflow.getHandle(workflowId, runId).result());
  if (found === undefined) return {};
  const result = found as CheckResult;
  const { findings, rotatedAt } = result;
  const lastCheck = { at: (closeTime ?? startTime).toISOString(), ok: isOk(findings), summary: summaryOf(result) };
  // What the vault says counts more than what Temporal still keeps of runs.
  return { lastCheck, ...(rotatedAt === undefined ? {} : { lastRotation: rotatedAt }) };
}

/** Temporal may forget a run between the list and the question. */
async function unlessForgotten(result: Promise<unknown>): Promise<unknown> {
  return result.catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** When a client's secret is to be rotated next, and the run that its Schedule has started last. */
interface Scheduled {
  readonly next: string;
  readonly last: { readonly workflowId: string; readonly runId: string; readonly due: Date } | undefined;
}

async function schedules(temporal: Client): Promise<ReadonlyMap<string, Scheduled>> {
  const found = new Map<string, Scheduled>();
  for await (const { name, schedule } of listedRotations(temporal, ids())) {
    const { state, info } = schedule;
    const [at] = info.nextActionTimes;
    const last = info.recentActions.at(-1);
    const { workflowId = '', firstExecutionRunId: runId = '' } = last?.action.workflow ?? {};
    found.set(name, {
      next: state.paused ? 'paused' : (at?.toISOString() ?? 'never'),
      last: last && { workflowId, runId, due: last.scheduledAt },
    });
  }
  return found;
}

/** What its Schedule tells of a client, and that a run which was due waits for another one, or was left out: no run of the client tells. */
async function scheduledOf(
  temporal: Client,
  { next: nextRotation, last }: Scheduled,
  newest: WorkflowExecutionInfo | undefined,
  lastRotation: string | undefined,
): Promise<Known> {
  const due = last?.due.toISOString();
  if (last === undefined || due === undefined || (lastRotation ?? '') > due) return { nextRotation };
  const handle = temporal.workflow.getHandle(last.workflowId, last.runId);
  const found = (await unlessForgotten(handle.describe())) as WorkflowExecutionInfo | undefined;
  const isOther = newest?.status.name === 'RUNNING' && newest.parentExecution?.workflowId !== last.workflowId;
  if (found?.status.name === 'RUNNING' && isOther) return { nextRotation, heldUp: { due, waits: true } };
  if (found?.status.name !== 'FAILED') return { nextRotation };
  const error = await unlessForgotten(handle.result()).catch((failed: unknown) => failed);
  const isLeftOut =
    error instanceof WorkflowFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AlreadyRunning';
  return { nextRotation, ...(isLeftOut ? { heldUp: { due, waits: false } } : {}) };
}
