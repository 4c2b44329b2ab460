import { ChildWorkflowFailure, isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import { notice as options } from './activityOptions.ts';
import { ask } from './ask.ts';
import { ids } from './ids.ts';
import { endNotice } from './notify.ts';

/**
 * Does what a workflow does before it knows its installation. Where that fails people are told all the same; the
 * activity `notify` knows whether they want to be. Of a child's failure nothing is told: the child has done so.
 * `client` is read from the workflow's id where it is not given.
 */
export async function orTell<T>(deed: string, act: () => T | Promise<T>, client = nameInId()): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const told = isCancellation(error) || error instanceof ChildWorkflowFailure;
    // Histories of before have no such notice.
    if (!told && patched('early-end-is-told')) {
      const notice = endNotice(client, error, deed);
      // The run fails with its own cause, not with that of a webhook.
      await ask(options, 'notify', notice.title, notice).catch(() => undefined);
    }
    throw error;
  }
}

function nameInId(): string {
  return workflowInfo().workflowId.replace(ids().client(''), '');
}
