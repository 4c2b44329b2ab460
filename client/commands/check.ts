import type { Client, WorkflowHandle } from '@temporalio/client';
import type { CheckAllResult, CheckResult } from '../../core/check/finding.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { asTyped } from '../asTyped.ts';
import { connectClient } from '../connect.ts';
import { registeredByRuns } from '../knownToTemporal.ts';
import { checkText, exitCodeOf } from '../output/check.ts';
import { FAILED } from '../output/exitCodes.ts';
import { tellFailure } from '../output/tellFailure.ts';
import { hintWhileWaiting } from '../output/waiting.ts';
import { askTemporal } from '../temporalErrors.ts';
import { ids } from '../ids.ts';

export interface CheckOptions {
  /** Undefined: all clients. */
  readonly client: string | undefined;
  readonly json: boolean;
}

/**
 * Starts the check, or joins one that is open, and prints what it found. Resolves with the exit code: 0 as asked, 2 drift, 1
 * where that could not be told.
 */
export async function check({ client, json }: CheckOptions): Promise<number> {
  const temporal = await connectClient();
  const start = (
    type: 'checkClient' | 'checkAllClients',
    workflowId: string,
    args: unknown[],
  ): Promise<WorkflowHandle> =>
    askTemporal(() =>
      temporal.workflow.start(type, {
        taskQueue: ids().taskQueue,
        workflowId,
        args,
        workflowIdConflictPolicy: 'USE_EXISTING',
        ...staticWords(type, 'the command line', client),
      }),
    );
  const handle =
    client === undefined
      ? await start('checkAllClients', ids().checkAll, [])
      : await start('checkClient', ids().check(client), [{ client }]);
  try {
    const result = await hintWhileWaiting<CheckResult | CheckAllResult>(handle);
    const clients = 'clients' in result ? result.clients : [result];
    const withoutFile = client === undefined ? await notAmong(temporal, clients) : [];
    const all = client === undefined ? { ...result, withoutFile } : result;
    process.stdout.write(`${json ? JSON.stringify(all, null, 2) : asTyped(checkText({ ...result, clients }))}\n`);
    if (withoutFile.length > 0 && !json)
      process.stdout.write(
        `Not checked, for the repository has no registration file of them: ${withoutFile.join(', ')}\n`,
      );
    return exitCodeOf(clients);
  } catch (error) {
    tellFailure(error, json, client);
    return FAILED;
  }
}

/** Clients that a run has registered and that have no file, as far back as Temporal keeps runs. */
async function notAmong(temporal: Client, checked: readonly CheckResult[]): Promise<readonly string[]> {
  const names = new Set(checked.map(({ client }) => client));
  const known = await registeredByRuns(temporal);
  return known.filter((name) => !names.has(name)).toSorted();
}
