import {
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Activities } from '../../activities/createActivities.ts';
import type { CheckAllResult, CheckResult } from '../../core/check/finding.ts';
import { checkAllMarkdown } from '../../core/check/markdown.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { reading } from '../kit/activityOptions.ts';
import { checkClient, checkOne, unchecked } from './checkClient.ts';

/** So many clients are checked side by side: each asks every system some twenty times. */
const AT_ONCE = 4;

const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } });

/** Checks every client that has a registration file, each as a child of its own. Fails only where the files cannot be listed. */
export async function checkAllClients(): Promise<CheckAllResult> {
  const installation = await local.describeInstallation();
  const options = { ...reading(installation.timings), summary: 'all registration files' };
  const { digest } = installation;
  const clients = await proxyActivities<Activities>(options).listClients.executeWithOptions(options, [{ digest }]);
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
      staticSummary: `check of ${client}`,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return checkOne(installation, client);
    // A file of a name that no client can have.
    return unchecked(client, error);
  }
}
