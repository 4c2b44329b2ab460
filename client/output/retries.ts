import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';

/** What a run tries again and again, with what it was told last. */
export interface Retry {
  readonly activity: string;
  readonly attempt: number;
  readonly message: string;
}

export async function retriesOf(
  { options }: Pick<WorkflowClient, 'options'>,
  { raw }: Pick<WorkflowExecutionDescription, 'raw'>,
): Promise<readonly Retry[]> {
  const again = (raw.pendingActivities ?? []).filter(({ attempt }) => (attempt ?? 1) > 1);
  return Promise.all(
    again.map(async ({ activityType, attempt, lastFailure }) => {
      const failure = await decodeOptionalFailureToOptionalError(options.loadedDataConverter, lastFailure);
      return { activity: activityType?.name ?? '', attempt: attempt ?? 1, message: failure?.message ?? '' };
    }),
  );
}
