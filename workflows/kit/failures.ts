import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { RetryState } from '@temporalio/common';
import type { UndoItem } from '../../activities/kit/undoJournal.ts';
import type { SystemName } from '../../core/base/errors.ts';

export interface Described {
  readonly type: string;
  readonly message: string;
  readonly remedy: string;
}

interface RemedyDetails {
  readonly remedy?: string;
}

/** What went wrong, in the words of the system that said so; never a stack, never an answer's body. */
export function describeFailure(error: unknown): Described {
  if (error instanceof ActivityFailure && error.retryState === RetryState.TIMEOUT) return gaveUp(error.cause);
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return describeFailure(error.cause);
  if (error instanceof ApplicationFailure) {
    const details = error.details?.[0] as RemedyDetails | undefined;
    return {
      type: error.type ?? 'Failed',
      message: error.message,
      remedy: details?.remedy ?? 'Look at the failed activity in the Temporal UI, mend its cause and start again.',
    };
  }
  if (error instanceof TimeoutFailure) return describeTimeout(error);
  return {
    type: 'Unexpected',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'Look at the worker log; this is a defect of oidc-registrar if the systems are well.',
  };
}

/** All tries together took too long: the last one says what was waited for. */
function gaveUp(cause: unknown): Described {
  // The server puts a time-out of all tries around the time-out of the last one.
  if (cause instanceof TimeoutFailure && cause.cause !== undefined) return gaveUp(cause.cause);
  const last = describeFailure(cause);
  return { ...last, message: `gave up waiting: ${last.message}` };
}

function describeTimeout(error: TimeoutFailure): Described {
  if (error.cause !== undefined) return gaveUp(error.cause);
  // The SDK keeps no cause of a time-out, but the last heartbeat, in which a wait says what it waits for.
  const { waiting } = (error.lastHeartbeatDetails ?? {}) as { readonly waiting?: string };
  return {
    type: 'Timeout',
    message: `no answer in time (${error.timeoutType})${waiting === undefined ? '' : `, still waiting: ${waiting}`}`,
    remedy: 'See that a worker runs and that the systems answer, then start again.',
  };
}

/** An end of a run that no repetition mends. Among the details is what a person can do. */
export function failure(type: string, message: string, details: object): ApplicationFailure {
  return ApplicationFailure.create({ type, nonRetryable: true, message, details: [details] });
}

/** The system that an error names, where it comes from an activity of ours. */
export function systemOf(error: unknown): SystemName | undefined {
  return detailsOf(error).system;
}

/** The activity has said that none of its attempts has set out to change anything. One that ended without a word may have. */
export function isUntouched(error: unknown): boolean {
  return detailsOf(error).untouched === true;
}

/** What the tries of an activity had set out to take away when it failed. Workers of before told none. */
export function begunIn(error: unknown): readonly UndoItem[] {
  return detailsOf(error).undoing ?? [];
}

interface FailureDetails {
  readonly system?: SystemName;
  readonly undoing?: readonly UndoItem[];
  readonly untouched?: boolean;
}

function detailsOf(error: unknown): FailureDetails {
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return detailsOf(error.cause);
  if (!(error instanceof ApplicationFailure)) return {};
  return (error.details?.[0] as FailureDetails | undefined) ?? {};
}
