import type { WorkflowExecutionDescription } from '@temporalio/client';

/** What a run tries again and again, with what it was told last. */
export interface Retry {
  readonly activity: string;
  readonly attempt: number;
  readonly message: string;
}

export function retriesOf({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): readonly Retry[] {
  return (raw.pendingActivities ?? [])
    .filter(({ attempt }) => (attempt ?? 1) > 1)
    .map(({ activityType, attempt, lastFailure }) => ({
      activity: activityType?.name ?? '',
      attempt: attempt ?? 1,
      message: lastFailure?.message ?? '',
    }));
}
