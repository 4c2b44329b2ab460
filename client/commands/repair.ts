import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { RegistrarError } from '../../core/errors.ts';
import { canonicalWorkflowId, type RegisterResult } from '../../core/run.ts';
import { TASK_QUEUE } from '../../core/taskQueue.ts';
import { connectClient } from '../connect.ts';
import { failureText } from '../output/failure.ts';
import { showProgress } from '../output/follow.ts';
import { resultText } from '../output/result.ts';
import { heading } from '../output/style.ts';

/** Brings a client back to what is asked for, and shows what was done. Resolves with the exit code: 0 as asked, 1 failed. */
export async function repair(client: string): Promise<number> {
  const temporal = await connectClient();
  const workflowId = canonicalWorkflowId(client);
  const options = { taskQueue: TASK_QUEUE, workflowId, args: [{ client, repair: true }] };
  const handle = await temporal.workflow.start('registerClient', options).catch((error: unknown) => {
    throw error instanceof WorkflowExecutionAlreadyStartedError ? taken(client, workflowId) : error;
  });
  await showProgress(handle);
  try {
    const result = (await handle.result()) as RegisterResult;
    const outcome = result.outcome === 'unchanged' ? 'is as asked' : result.outcome;
    process.stdout.write(`${heading(`${client}: ${outcome}`)}\n${resultText(result)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    return 1;
  }
}

function taken(client: string, workflowId: string): RegistrarError {
  return new RegistrarError({
    system: 'Temporal',
    kind: 'Refused',
    message: `client ${client} is being changed by workflow ${workflowId}; one run at a time`,
    remedy: `Wait for ${workflowId} to end, or cancel it, then start again.`,
  });
}
