import { ChildWorkflowFailure, isCancellation, patched, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import { notice as options } from './activityOptions.ts';
import { ask } from './ask.ts';
import { isUntouched } from './failures.ts';
import { ids } from './ids.ts';
import { endNotice } from './notify.ts';
import { isMarked } from './patches.ts';

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
    if (!told && tells(error)) {
      const notice = endNotice(client, error, deed);
      // The run fails with its own cause, not with that of a webhook.
      await ask(options, 'notify', notice.title, notice).catch(() => undefined);
    }
    throw error;
  }
}

/**
 * Histories of before have no such notice. No marker of it may be written behind the local activity that tells of the installation: what
 * that one fails with says that it changed nothing, which those of before did not say, or it has ended without a word.
 */
function tells(error: unknown): boolean {
  const silent = error instanceof TimeoutFailure;
  return isMarked('early-end-is-told') || silent || isUntouched(error) || patched('early-end-is-told');
}

function nameInId(): string {
  return workflowInfo().workflowId.replace(ids().client(''), '');
}
