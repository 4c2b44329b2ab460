import { workflowInfo } from '@temporalio/workflow';
import { type Ids, idsOfWorkflow } from '../../core/run/ids.ts';

/** The ids of the installation that this workflow belongs to: no environment reaches it, and its own names stay what they are. */
export function ids(): Ids {
  return idsOfWorkflow(workflowInfo());
}
