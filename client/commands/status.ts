import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { RegistrarError } from '../../core/base/errors.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { asTyped } from '../asTyped.ts';
import { strandedAmong } from '../doctor/stranded.ts';
import { connectClient, linkTo } from '../connect.ts';
import { NOT_AS_ASKED, WELL } from '../output/exitCodes.ts';
import { failureOf } from '../output/failure.ts';
import { retriesOf } from '../output/retries.ts';
import type { RunResult } from '../output/result.ts';
import { statusText, type ClientStatus, type EndedStatus, type OpenStatus } from '../output/status.ts';
import { follow } from './run.ts';
import { newestRun, noWorkerAnswers, wordOf } from '../runs.ts';
import { taskFailure } from '../taskFailure.ts';
import { askTemporal } from '../temporalErrors.ts';

/** How long a worker is given to answer. */
const ANSWER_MS = 10_000;

export interface StatusOptions {
  readonly json: boolean;
  /** Follow the run that is open to its end. */
  readonly watch: boolean;
}

/**
 * Shows where a client stands. Resolves with the exit code: 2 where the last run did not end well; with `watch`, where a run is open,
 * that of the run.
 */
export async function status(client: string, { json, watch }: StatusOptions): Promise<number> {
  const temporal = await connectClient();
  const found = await statusOf(temporal, client);
  const what = found.state === 'unknown' ? '' : wordOf(found.type);
  if (watch && found.state === 'running')
    return follow(temporal.workflow.getHandle(found.workflowId, found.runId), client, { json });
  process.stdout.write(
    `${json ? JSON.stringify(found, null, 2) : asTyped(statusText(found, what, noWorkerAnswers()))}\n`,
  );
  return found.state === 'ended' && found.failure !== undefined ? NOT_AS_ASKED : WELL;
}

/** Asks Temporal, and the worker where a run is open. */
async function statusOf(temporal: Client, client: string): Promise<ClientStatus> {
  const description = await newestRun(temporal, client);
  if (description === undefined) return { client, state: 'unknown' };
  const { status } = description;
  const found = await (status.name === 'RUNNING' ? openStatus : endedStatus)(temporal, client, description);
  const link = await linkTo(description);
  return link === undefined ? found : { ...found, link };
}

const common = (client: string, { type, workflowId, runId, startTime }: WorkflowExecutionDescription) => ({
  client,
  type,
  workflowId,
  runId,
  startedAt: startTime.toISOString(),
});

async function openStatus(
  temporal: Client,
  client: string,
  description: WorkflowExecutionDescription,
): Promise<OpenStatus> {
  const handle = temporal.workflow.getHandle(description.workflowId, description.runId);
  const progress = await withTimeout(handle.query<ProgressView>('progress'), ANSWER_MS).catch(unlessUnreadable);
  const [stranded] = progress === undefined ? await strandedAmong(temporal, [description]) : [];
  const failing = progress === undefined ? await askTemporal(() => taskFailure(handle)) : undefined;
  return {
    ...common(client, description),
    state: 'running',
    ...(progress === undefined ? {} : { progress }),
    retrying: await retriesOf(temporal.workflow, description),
    ...(stranded === undefined ? {} : { stranded }),
    ...(failing === undefined ? {} : { failing }),
  };
}

/** Whoever cannot read an answer has got one. */
function unlessUnreadable(error: unknown): undefined {
  if (error instanceof RegistrarError) throw error;
}

async function endedStatus(
  temporal: Client,
  client: string,
  description: WorkflowExecutionDescription,
): Promise<EndedStatus> {
  const handle = temporal.workflow.getHandle(description.workflowId, description.runId);
  const ended = {
    ...common(client, description),
    state: 'ended' as const,
    endedAt: description.closeTime?.toISOString() ?? '',
  };
  return handle.result().then(
    (result) => ({ ...ended, result: result as RunResult }),
    (error: unknown) => ({ ...ended, failure: failureOf(error) }),
  );
}
