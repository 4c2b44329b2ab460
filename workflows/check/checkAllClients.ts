import { continueAsNew, executeChild, ParentClosePolicy, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { boundedAll } from '../../core/check/bounds.ts';
import type { CheckAllResult, CheckedSoFar, CheckResult } from '../../core/check/finding.ts';
import { checkAllMarkdown } from '../../core/check/markdown.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { staticWords } from '../../core/run/staticWords.ts';
import { reading } from '../kit/activityOptions.ts';
import { ask, describeInstallation } from '../kit/ask.ts';
import { hasPatch } from '../kit/patches.ts';
import { checkClient, checkOne, unchecked } from './checkClient.ts';

/** So many at a time were checked before that was a setting, and by one run all that there were. */
const BEFORE = { atOnce: 4, perRun: Number.POSITIVE_INFINITY };

/** A client takes some ten events. Temporal advises to go on as a new run after 4,000, and bears 51,200. */
const PER_RUN = 300;

/** Of Temporal's five the last: whatever a person starts, and each scheduled rotation, is taken up before a check of many clients. */
const BEHIND = { priorityKey: 5 } as const;

/**
 * Checks every client that has a registration file, each as a child of its own.
 *
 * - Started under any id, such as `oidc-check`, with no input; it takes no messages. Where there are many clients it goes on as a
 *   new run of that id, whose input is what was found so far.
 * - Result: of each client the worst that was found, and whether all are as asked. Fails only where the files cannot be listed.
 */
export async function checkAllClients(before: Partial<CheckedSoFar> | null = null): Promise<CheckAllResult> {
  const installation = await describeInstallation();
  const { digest, timings, checksAtOnce = BEFORE.atOnce } = installation;
  const { clients = [], leftOut = 0, after = '', perRun = PER_RUN } = before ?? {};
  const all = await ask(reading(timings), 'listClients', 'all registration files', { digest });
  const limits = hasPatch(installation, 'check-goes-on-as-new') ? { atOnce: checksAtOnce, perRun } : BEFORE;
  const waiting = all.filter((client) => client > after);
  const results = [...clients];
  const taken: string[] = [];
  const show = (): void => {
    const running = [...taken.filter((client) => results.every((each) => each.client !== client)), ...waiting];
    setCurrentDetails(checkAllMarkdown({ clients: results, leftOut }, running));
  };
  const hasRoom = (): boolean =>
    taken.length === 0 ||
    limits.perRun === BEFORE.perRun ||
    (taken.length < limits.perRun && !workflowInfo().continueAsNewSuggested);
  const worker = async (): Promise<void> => {
    for (let client = waiting[0]; client !== undefined && hasRoom(); client = waiting[0]) {
      taken.push(client);
      waiting.shift();
      results.push(await checkAsChild(installation, client));
      show();
    }
  };
  show();
  await Promise.all(Array.from({ length: limits.atOnce }, worker));
  const found = boundedAll(inOrder(results), leftOut);
  const last = taken.at(-1);
  if (waiting.length > 0 && last !== undefined)
    await continueAsNew<typeof checkAllClients>({ ...found, after: last, perRun });
  return { ok: found.clients.every(({ ok }) => ok), ...found };
}

/** In that of their names, as they are listed. */
function inOrder(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.toSorted((a, b) => (a.client < b.client ? -1 : 1));
}

/** Somebody may be checking that client under the child's id just now: then the check is made here. */
async function checkAsChild(installation: InstallationSummary, client: string): Promise<CheckResult> {
  try {
    return await executeChild(checkClient, {
      workflowId: `${workflowInfo().workflowId}/${client}`,
      args: [{ client }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      priority: BEHIND,
      ...staticWords('checkClient', `workflow ${workflowInfo().workflowId}`, client),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return checkOne(installation, client);
    // A file of a name that no client can have.
    return unchecked(client, error);
  }
}
