import { executeChild, ParentClosePolicy, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { CheckAllResult, CheckResult } from '../../core/check/finding.ts';
import { checkAllMarkdown } from '../../core/check/markdown.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { reading } from '../kit/activityOptions.ts';
import { ask, describeInstallation } from '../kit/ask.ts';
import { checkClient, checkOne, unchecked } from './checkClient.ts';

/** So many clients are checked side by side: each asks every system some twenty times. */
const AT_ONCE = 4;

/**
 * Checks every client that has a registration file, each as a child of its own.
 *
 * - Started under any id, such as `oidc-check`. It takes no input and no messages.
 * - Result: that of each client, and whether all are as asked. Fails only where the files cannot be listed.
 */
export async function checkAllClients(): Promise<CheckAllResult> {
  const installation = await describeInstallation();
  const { digest, timings } = installation;
  const clients = await ask(reading(timings), 'listClients', 'all registration files', { digest });
  const results = new Map<string, CheckResult>();
  const show = (): CheckAllResult => {
    const done = clients.flatMap((client) => results.get(client) ?? []);
    const result = { ok: done.every(({ ok }) => ok), clients: done };
    const rest = clients.filter((client) => !results.has(client));
    setCurrentDetails(checkAllMarkdown(result, rest));
    return result;
  };
  show();
  const waiting = [...clients];
  const worker = async (): Promise<void> => {
    for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) {
      results.set(client, await checkAsChild(installation, client));
      show();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return show();
}

/** Somebody may be checking that client under the child's id just now: then the check is made here. */
async function checkAsChild(installation: InstallationSummary, client: string): Promise<CheckResult> {
  try {
    return await executeChild(checkClient, {
      workflowId: `${workflowInfo().workflowId}/${client}`,
      args: [{ client }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      ...staticWords('checkClient', `workflow ${workflowInfo().workflowId}`, client),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return checkOne(installation, client);
    // A file of a name that no client can have.
    return unchecked(client, error);
  }
}
