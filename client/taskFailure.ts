import type { WorkflowHandle } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';

/** The newest events of a history, among which a task that fails again and again is: its later tries are not recorded. */
const NEWEST = 5;

/** Why no worker can go on with a run: what its workflow task fails with, again and again. Undefined where it does not. */
export async function taskFailure(handle: WorkflowHandle): Promise<string | undefined> {
  const { raw, workflowId, runId } = await handle.describe();
  if ((raw.pendingWorkflowTask?.attempt ?? 1) < 2) return undefined;
  const { workflowService, options } = handle.client;
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace: options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: NEWEST,
  });
  const [failed] = (history?.events ?? []).flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
  const error = await decodeOptionalFailureToOptionalError(options.loadedDataConverter, failed?.failure);
  return error?.message;
}
