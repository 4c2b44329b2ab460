import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { wasOfUse } from '../../core/base/noEffect.ts';
import { withTimeout } from '../../core/base/withTimeout.ts';
import { asTyped } from '../asTyped.ts';
import { connectToChange } from '../connect.ts';
import { FAILED, WELL } from '../output/exitCodes.ts';
import { noWorkerAnswers, openRun, wordOf } from '../runs.ts';
import { askTemporal, temporal } from '../temporalErrors.ts';

/** What a person may tell a run: the names of its updates. */
export type Answer = 'ready' | 'confirm' | 'stopUndo';

/** How long a worker is given to take it. */
const ANSWER_MS = 30_000;

/** Tells the open run of a client something. Resolves with the exit code: 1 where the run has no use for it now. */
export async function answer(client: string, name: Answer, { json }: { readonly json: boolean }): Promise<number> {
  const { handle, description } = await openRun(await connectToChange(), client);
  const asking = withTimeout(handle.executeUpdate<string, []>(name), ANSWER_MS);
  const text = await askTemporal(() => asking).catch((error: unknown) => {
    const { cause } = error as { readonly cause?: unknown };
    if (cause instanceof ApplicationFailure && cause.type === 'OutOfTurn') return cause.message;
    throw inWords(error, client, name, wordOf(description.type));
  });
  if (text === undefined) throw temporal('Unavailable', 'no worker took the answer', noWorkerAnswers());
  process.stdout.write(`${json ? JSON.stringify({ client, answer: text, taken: wasOfUse(text) }, null, 2) : text}\n`);
  if (wasOfUse(text)) return WELL;
  // What it waits for, if for anything, its steps tell.
  process.stderr.write(asTyped(`See oidc-registrar status ${client}.\n`));
  return FAILED;
}

function inWords(error: unknown, client: string, name: Answer, what: string): unknown {
  const remedy = `See oidc-registrar status ${client}.`;
  if (error instanceof WorkflowNotFoundError)
    return temporal('NotFound', `the run of client ${client} has just ended`, remedy);
  // A run without such a question does not know the update.
  if (error instanceof WorkflowUpdateFailedError)
    return temporal('Refused', `the ${what} of client ${client} that is open asks no person for "${name}"`, remedy);
  return error;
}
