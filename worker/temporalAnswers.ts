import { isGrpcServiceError, type Client } from '@temporalio/client';
import { RegistrarError } from '../core/base/errors.ts';

/**
 * What Temporal tells of runs, each answer held to its form: protobuf reads whatever is absent as empty, so that half an answer
 * looks like "there is none". That is believed only where Temporal itself says so.
 */

/** temporal.api.enums.v1.WorkflowExecutionStatus by number. */
const STATUSES = [
  undefined,
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'continuedAsNew',
  'timedOut',
  'paused',
] as const;
export type RunStatus = NonNullable<(typeof STATUSES)[number]>;

/** A run that is paused goes on one day. */
export function isOpenStatus(status: RunStatus): boolean {
  return status === 'running' || status === 'paused';
}

export interface ListedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: RunStatus;
}

/**
 * How long one question may last, in milliseconds, with all that the client tries by itself: what hangs in front of Temporal would else
 * hold whoever waits for the answer until its attempt is over, and with it all that wait for the same one.
 */
const ANSWER_MS = 60_000;

export async function inTime<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + ANSWER_MS, ask);
}

interface RawInfo {
  readonly execution?: { readonly workflowId?: string | null; readonly runId?: string | null } | null;
  readonly status?: number | null;
}

/** The status of a run, or of the newest one of a workflow id; undefined where Temporal says that it knows of none. Throws `Unavailable`. */
export async function statusOf(client: Client, workflowId: string, runId = ''): Promise<RunStatus | undefined> {
  const { namespace } = client.options;
  try {
    const answer = await inTime(client, () =>
      client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
    );
    const run = listedRun(answer.workflowExecutionInfo ?? {});
    if (run.workflowId !== workflowId) throw noAnswer(`${run.workflowId} where ${workflowId} was asked for`);
    return run.status;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Pages in a row that bring nothing new, beyond which the next one will not either. */
const EMPTY_PAGES = 10;

/** The runs that a query of the visibility store finds, newest first, each once. Throws `Unavailable`. */
export async function* runsFound(client: Client, query: string): AsyncGenerator<ListedRun> {
  const { namespace } = client.options;
  const seen = new Set<string>();
  let token: Uint8Array | undefined;
  for (let empty = 0; empty < EMPTY_PAGES;) {
    const from = token === undefined ? {} : { nextPageToken: token };
    const page = await inTime(client, () =>
      client.workflowService.listWorkflowExecutions({ namespace, query, ...from }),
    ).catch(toUnavailable);
    // A run that ends meanwhile moves in the list, and may be met again.
    const fresh = (page.executions ?? []).map(listedRun).filter(({ runId }) => !seen.has(runId));
    for (const run of fresh) {
      seen.add(run.runId);
      yield run;
    }
    if (!page.nextPageToken?.length) return;
    token = page.nextPageToken;
    empty = fresh.length > 0 ? 0 : empty + 1;
  }
  throw noAnswer(`${EMPTY_PAGES} pages of a list with nothing new, and a further one`);
}

function listedRun({ execution, status }: RawInfo): ListedRun {
  const { workflowId, runId } = execution ?? {};
  const name = STATUSES[status ?? 0];
  if (!workflowId || !runId) throw noAnswer('a run without its ids');
  if (name === undefined) throw noAnswer(`status ${status ?? 0} of run ${runId} of ${workflowId}, which is not known`);
  return { workflowId, runId, status: name };
}

type Page = Awaited<ReturnType<typeof pageOf>>;
export type HistoryEvent = NonNullable<NonNullable<Page['history']>['events']>[number];

/**
 * All events of a run; none where its history is past its retention, though the list of runs may still know of it. Throws
 * `Unavailable` where they do not follow each other from the first one, and `Failed` where one is larger than an answer may be.
 */
export async function eventsOf(client: Client, workflowId: string, runId: string): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  try {
    let token: Uint8Array | undefined;
    for (let empty = 0; empty < EMPTY_PAGES;) {
      const page = await pageOf(client, workflowId, runId, token);
      const found = page.history?.events ?? [];
      for (const event of found) {
        events.push(event);
        if (String(event.eventId) !== String(events.length))
          throw noAnswer(
            `event ${String(event.eventId)} of run ${runId} of ${workflowId} in place of ${events.length}`,
          );
      }
      if (!page.nextPageToken?.length) {
        if (events.length === 0) throw noAnswer(`a history of run ${runId} of ${workflowId} without a first event`);
        return events;
      }
      token = page.nextPageToken;
      empty = found.length > 0 ? 0 : empty + 1;
    }
    throw noAnswer(`${EMPTY_PAGES} pages without an event of run ${runId} of ${workflowId}, and a further one`);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Events of one answer. A payload may have 2 MB, and an answer beyond 4 MB is refused: then fewer are asked for. */
const PAGE_SIZES = [200, 20, 1] as const;

async function pageOf(client: Client, workflowId: string, runId: string, nextPageToken: Uint8Array | undefined) {
  const asked = {
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  };
  for (const maximumPageSize of PAGE_SIZES) {
    try {
      return await inTime(client, () =>
        client.workflowService.getWorkflowExecutionHistory({ ...asked, maximumPageSize }),
      );
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

/** What is not of the form that was asked for, which a repetition may mend. */
export function noAnswer(what: string): RegistrarError {
  return new RegistrarError({
    system: 'Temporal',
    kind: 'Unavailable',
    message: `the server answered with ${what}`,
    remedy: 'See that the Temporal server and its visibility store are well, and that nothing in front of it answers.',
  });
}

/** gRPC status codes NOT_FOUND, RESOURCE_EXHAUSTED and UNIMPLEMENTED. */
const NOT_FOUND: ReadonlySet<number> = new Set([5]);
const EXHAUSTED: ReadonlySet<number> = new Set([8]);
const UNIMPLEMENTED: ReadonlySet<number> = new Set([12]);

/**
 * Whether Temporal says that there is no such run: a namespace that it does not know is told by the same code, with other
 * details, and what a proxy has not found without any. Throws `Unavailable` for these, and for the 404 of a web server.
 */
function isNotFound(error: unknown): boolean {
  if (!isGrpcServiceError(error) || !(NOT_FOUND.has(error.code) || UNIMPLEMENTED.has(error.code))) return false;
  const details = error.metadata.get('grpc-status-details-bin').map(String).join('');
  if (NOT_FOUND.has(error.code) && details.includes('temporal.api.errordetails.v1.NotFoundFailure')) return true;
  throw noAnswer(`"${error.details}", which does not say that there is no such run`);
}

function toUnavailable(error: unknown): never {
  if (isNotFound(error)) throw noAnswer('"not found" to a question for a list');
  throw error;
}

function isTooLarge(error: unknown): boolean {
  return isGrpcServiceError(error) && EXHAUSTED.has(error.code) && /larger than max/i.test(error.message);
}
