import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { RegistrarError } from '../../core/base/errors.ts';
import { leftInWords, type Leftover } from '../../core/run/reports.ts';
import { inWords } from '../temporalErrors.ts';
import { FAILED, NOT_AS_ASKED } from './exitCodes.ts';
import { onLines } from './problems.ts';
import { heading } from './style.ts';

interface FailureDetails {
  readonly cause?: { readonly type: string; readonly message: string; readonly remedy: string };
  readonly remedy?: string;
  readonly undone?: readonly string[];
  readonly kept?: readonly Leftover[];
  readonly pending?: string;
}

/** How a run failed, for people and for programs. */
export interface RunFailure {
  readonly outcome: 'failed' | 'cancelled' | 'terminated' | 'timedOut';
  /** Kind of the error, as `Refused` or `UndoIncomplete`. */
  readonly type: string;
  readonly message: string;
  readonly remedy: string;
  readonly undone: readonly string[];
  readonly kept: readonly Leftover[];
  /** Where people are asked to merge the way back. */
  readonly pending?: string;
}

/** Takes the error apart that a run ended with. Throws where it cannot be read. */
export function failureOf(error: unknown, client = '<client>'): RunFailure {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  if (cause instanceof RegistrarError) throw cause;
  const nothing = { undone: [], kept: [] };
  if (cause instanceof CancelledFailure)
    return {
      ...nothing,
      outcome: 'cancelled',
      type: 'Cancelled',
      message: 'The run was cancelled; everything is as it was.',
      remedy: '',
    };
  if (cause instanceof ActivityFailure) return failureOf(cause.cause, client);
  const again = 'Start it again: it goes on where this one stopped, and finishes or takes back what it finds.';
  if (cause instanceof TerminatedFailure)
    return {
      ...nothing,
      outcome: 'terminated',
      type: 'Terminated',
      message: 'The run was terminated: nothing was taken back.',
      remedy: again,
    };
  if (cause instanceof TimeoutFailure)
    return {
      ...nothing,
      outcome: 'timedOut',
      type: 'Timeout',
      message: 'The run was stopped by its time limit: nothing was taken back.',
      remedy: again,
    };
  if (!(cause instanceof ApplicationFailure)) {
    const told = inWords(cause);
    const whose = told instanceof RegistrarError ? `${told.system}: ` : '';
    const message = told instanceof Error ? `${whose}${told.message}` : String(told);
    const remedy = `How it ended is not known, and it may go on: see oidc-registrar status ${client}.`;
    return { ...nothing, outcome: 'failed', type: 'Unexpected', message, remedy };
  }
  const { cause: why, remedy = '', undone = [], kept = [], pending } = (cause.details?.[0] ?? {}) as FailureDetails;
  return {
    outcome: 'failed',
    type: cause.type ?? why?.type ?? 'Failed',
    message: why?.message ?? cause.message,
    remedy: why?.remedy ?? remedy,
    undone,
    kept,
    ...(pending === undefined ? {} : { pending }),
  };
}

/** How a run failed: the cause, the remedy, what was taken back and what was not. */
export function failureText(error: unknown, client?: string): string {
  const { message, remedy, undone, kept, pending } = failureOf(error, client);
  return [
    onLines(message),
    ...(remedy === '' || message.includes(remedy) ? [] : [remedy]),
    ...(pending === undefined ? [] : [`People are asked to merge the way back: ${pending}`]),
    ...(undone.length > 0 ? [heading('Taken back'), ...undone.map((entry) => `  - ${entry}`)] : []),
    ...(kept.length > 0 ? [heading('Left behind'), ...kept.map((entry) => `  - ${leftInWords(entry)}`)] : []),
  ].join('\n');
}

/** 1 where everything is as it was, 2 where it is not, or where Temporal did not say how the run ended. */
export function failureExitCode(error: unknown): number {
  if (!(error instanceof WorkflowFailedError)) return NOT_AS_ASKED;
  const { outcome, kept, pending } = failureOf(error);
  const left = kept.length > 0 || pending !== undefined || outcome === 'terminated' || outcome === 'timedOut';
  return left ? NOT_AS_ASKED : FAILED;
}
