import { PHASE_WORDS, type ProgressView, STEP_MARKS } from '../../core/run/progress.ts';
import { leftInWords } from '../../core/run/reports.ts';
import { type Stranded, strandedText } from '../doctor/stranded.ts';
import type { RunFailure } from './failure.ts';
import type { Retry } from './retries.ts';
import { outcomeText, type RunResult } from './result.ts';
import { heading, minute, outcomeWord, paint, seconds } from './style.ts';

/** Where a client stands, as `status` tells it. */
export type ClientStatus = OpenStatus | EndedStatus | { readonly client: string; readonly state: 'unknown' };

export interface OpenStatus {
  readonly client: string;
  readonly state: 'running';
  /** Type of the workflow, as `registerClient`. */
  readonly type: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Its page in Temporal's UI, where that is known. */
  readonly link?: string;
  readonly startedAt: string;
  /** Undefined where no worker answers. */
  readonly progress?: ProgressView;
  readonly retrying: readonly Retry[];
  /** It stands still: no worker of the build polls that it is bound to. */
  readonly stranded?: Stranded;
  /** It stands still: what its workflow task fails with at each worker that takes it. */
  readonly failing?: string;
}

export interface EndedStatus {
  readonly client: string;
  readonly state: 'ended';
  readonly type: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Its page in Temporal's UI, where that is known. */
  readonly link?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** How it ended well. */
  readonly result?: RunResult;
  /** How it did not. */
  readonly failure?: RunFailure;
}

/** For a terminal: a table of steps, or how the last run ended. */
export function statusText(status: ClientStatus, what: string, noWorker: string): string {
  if (status.state === 'unknown')
    return `${status.client}: nothing runs, and Temporal knows no run of it (it keeps those that ended for a while)`;
  const link = status.link === undefined ? '' : `\n${paint('dim', status.link)}`;
  return (status.state === 'running' ? openText(status, what, noWorker) : endedText(status, what)) + link;
}

function endedText(status: EndedStatus, what: string): string {
  const { client, endedAt, result, failure } = status;
  const ended = `${client}: nothing runs; the last ${what} ended ${minute(endedAt)}`;
  if (result !== undefined) return `${ended}: ${outcomeText(result).slice(client.length + 2)}`;
  const left = (failure?.kept ?? []).map((entry) => `  - ${leftInWords(entry)}`);
  return [
    `${ended}: ${paint('red', failure === undefined ? 'failed' : howItEnded(failure))}`,
    ...[failure?.message ?? '', failure?.remedy ?? ''].filter((text) => text !== '').map((text) => `  ${text}`),
    ...(left.length > 0 ? [heading('Left behind'), ...left] : []),
  ].join('\n');
}

/** A failure with its kind, as `failed (Refused)`; the other words have none beside them. */
function howItEnded({ outcome, type }: RunFailure): string {
  return outcome === 'failed' ? `failed (${type})` : outcomeWord(outcome);
}

/** Why a run stands still that workers are there for. */
function standstill(stranded?: Stranded, failing?: string): Readonly<Record<'message' | 'remedy', string>> | undefined {
  if (stranded !== undefined) return strandedText(stranded);
  if (failing === undefined) return undefined;
  return { message: `no worker can go on with it: ${failing}`, remedy: 'It goes on by itself when a worker can.' };
}

function openText(
  { client, startedAt, progress, retrying, stranded, failing }: OpenStatus,
  what: string,
  noWorker: string,
): string {
  const title = `${paint('bold', client)}: a ${what} runs since ${minute(startedAt)}`;
  const tries = retrying.map(({ activity, attempt, message }) => `  - ${activity}, attempt ${attempt}: ${message}`);
  const again = tries.length > 0 ? [heading('Tried again'), ...tries] : [];
  if (progress === undefined) {
    const { message, remedy } = standstill(stranded, failing) ?? { message: '', remedy: noWorker };
    return [title, ...[message, remedy].filter((text) => text !== '').map((text) => `  ${text}`), ...again].join('\n');
  }
  const rows = progress.steps.map(({ name, state, startedAt: from, endedAt: to, note = '' }) => {
    const took = from === undefined || to === undefined ? '' : seconds(to - from);
    return `  ${STEP_MARKS[state]} ${name.padEnd(20)}  ${took.padStart(8)}  ${paint('dim', note)}`.trimEnd();
  });
  const lists = [
    ['Warnings', progress.warnings],
    ['Kept', progress.kept.map(leftInWords)],
  ] as const;
  return [
    `${title} (${PHASE_WORDS[progress.phase]})`,
    ...rows,
    ...(progress.waitsFor === undefined ? [] : [heading('Waits for'), `  - ${progress.waitsFor}`]),
    ...again,
    ...lists.flatMap(([name, entries]) =>
      entries.length > 0 ? [heading(name), ...entries.map((entry) => `  - ${entry}`)] : [],
    ),
  ].join('\n');
}
