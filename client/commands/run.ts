import { writeSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { connectToChange, linkTo } from '../connect.ts';
import { LEFT, WELL } from '../output/exitCodes.ts';
import { failureExitCode } from '../output/failure.ts';
import { showProgress, watchQuietly } from '../output/follow.ts';
import { outcomeText, resultText, type RunResult } from '../output/result.ts';
import { heading, paint } from '../output/style.ts';
import { tellFailure } from '../output/tellFailure.ts';
import { asTyped } from '../asTyped.ts';
import { startRun, type RunType } from '../runs.ts';

export interface RunOptions {
  readonly json: boolean;
  /** Only start it. */
  readonly detach: boolean;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Starts a run and shows it to its end. Resolves with the exit code. Throws where it cannot be started. */
export async function run(type: RunType, client: string, input: object, options: RunOptions): Promise<number> {
  const temporal = await connectToChange();
  const handle = await startRun(temporal, type, client, input);
  if (options.detach) return detached(handle, client, options);
  return follow(handle, client, options);
}

/** Tells where the run can be seen, and does not wait for it. */
export async function detached(
  { workflowId }: WorkflowHandle,
  client: string,
  { json }: Pick<RunOptions, 'json'>,
  outcome: 'started' | 'cancelling' = 'started',
): Promise<number> {
  const link = await linkTo({ workflowId });
  if (json) say(JSON.stringify({ client, workflowId, outcome, link }, null, 2));
  else
    say(
      `${workflowId}: ${outcome}. See ${asTyped(`oidc-registrar status ${client}`)}.${link === undefined ? '' : `\n${link}`}`,
    );
  return WELL;
}

/**
 * Ctrl-C ends the command, and tells a person what it does not end. The list of steps holds back what is written to its streams, and has
 * hidden the cursor.
 */
function leave({ workflowId }: WorkflowHandle, client: string): never {
  const [see, cancel] = [`oidc-registrar status ${client}`, `oidc-registrar cancel ${client}`];
  if (process.stdout.isTTY) writeSync(process.stdout.fd, SHOW_CURSOR);
  const told = asTyped(`${workflowId} goes on: see ${see}. ${cancel} lets it take everything back.`);
  writeSync(process.stderr.fd, `\n${told}\n`);
  process.exit(LEFT);
}

const SHOW_CURSOR = '\u001B[?25h';

/** Shows a run to its end, or with `json` its result alone. Resolves with the exit code. */
export async function follow(
  handle: WorkflowHandle,
  client: string,
  { json }: Pick<RunOptions, 'json'>,
): Promise<number> {
  process.once('SIGINT', () => leave(handle, client));
  if (json) await watchQuietly(handle);
  else {
    const link = await linkTo(handle);
    say(paint('dim', `${handle.workflowId} (goes on by itself when this command is stopped)`));
    if (link !== undefined) say(paint('dim', link));
    await showProgress(handle);
  }
  try {
    const result = (await handle.result()) as RunResult;
    say(json ? JSON.stringify(result, null, 2) : asTyped(`${heading(outcomeText(result))}\n${resultText(result)}`));
    return WELL;
  } catch (error) {
    tellFailure(error, json, client);
    return failureExitCode(error);
  }
}
