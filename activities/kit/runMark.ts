import { Context } from '@temporalio/activity';

/**
 * Tells this run from another one that works under the same change id, such as one that goes on with a dead one. The end of the run
 * id does: it begins with the time, and so alike for all runs of a minute.
 */
export function runMark(): string {
  return Context.current().info.workflowExecution?.runId.slice(-12) ?? '';
}
