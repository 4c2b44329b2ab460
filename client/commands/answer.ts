import { WorkflowNotFoundError } from '@temporalio/common';
import { wasOfUse } from '../../core/answers.ts';
import { within } from '../../core/within.ts';
import { connectClient } from '../connect.ts';
import { FAILED, WELL } from '../output/exitCodes.ts';
import { NO_WORKER, openRun, wordOf, type RunType } from '../runs.ts';
import { askTemporal, temporal } from '../temporalErrors.ts';

/** What a person may tell a run: the names of its updates. */
export type Answer = 'ready' | 'confirm' | 'stopUndo';

/** How long a worker is given to take it. */
const ANSWER_MS = 30_000;

/** The only run that asks for it; undefined: any. */
const ASKED_BY: Readonly<Record<Answer, RunType | undefined>> = {
  ready: 'rotateSecret',
  confirm: 'rotateSecret',
  stopUndo: undefined,
};

/** Tells the open run of a client something. Resolves with the exit code: 1 where the run has no use for it now. */
export async function answer(client: string, name: Answer, { json }: { readonly json: boolean }): Promise<number> {
  const { handle, description } = await openRun(await connectClient(), client);
  const asker = ASKED_BY[name];
  if (asker !== undefined && description.type !== asker)
    throw temporal(
      'Refused',
      `the run of client ${client} that is open is a ${wordOf(description.type)}, which asks no person for "${name}"`,
      `See oidc-registrar status ${client}.`,
    );
  const text = await askTemporal(() => within(handle.executeUpdate<string, []>(name), ANSWER_MS)).catch(
    (error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw temporal('NotFound', `the run of client ${client} has just ended`, `See oidc-registrar status ${client}.`);
    },
  );
  if (text === undefined) throw temporal('Unavailable', 'no worker took the answer', NO_WORKER);
  process.stdout.write(`${json ? JSON.stringify({ client, answer: text, taken: wasOfUse(text) }, null, 2) : text}\n`);
  return wasOfUse(text) ? WELL : FAILED;
}
