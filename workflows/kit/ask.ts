import {
  type ActivityFunctionWithOptions,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { cutText } from '../../core/base/bytes.ts';
import { PATCHES } from '../../core/run/patches.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { FoundBy } from './foundBy.ts';
import { isMarked } from './patches.ts';

/** What an activity answers. */
export type Answer<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** Characters of a summary: Temporal's limit is 400 bytes (`limit.userMetadataSummarySize`), and names may be long. */
const SUMMARY = 130;

/** Asks a worker for one activity. The Temporal UI shows the summary beside the activity's name. */
export function ask<Name extends keyof Activities>(
  options: ActivityOptions,
  name: Name,
  summary: string,
  ...args: Parameters<Activities[Name]>
): Promise<Answer<Name>> {
  const activity = proxyActivities<Activities>(options)[name] as ActivityFunctionWithOptions<Activities[Name]>;
  return activity.executeWithOptions({ summary: cutText(summary, SUMMARY) }, args);
}

const brief = { startToCloseTimeout: '30 seconds', retry: { maximumAttempts: 5 } } as const;
const local = proxyLocalActivities<Activities>(brief);

/** Asks for the installation, by which a workflow plans its time. With a client's name the workflow is found by it from then on. */
export async function describeInstallation(client?: string): Promise<InstallationSummary> {
  const installation = await askForInstallation();
  if (client !== undefined) new FoundBy().begin(installation, client);
  return installation;
}

/** What {@link describeInstallation} asks, of a workflow that says itself by what it is found. */
export async function askForInstallation(): Promise<InstallationSummary> {
  byActivity ??= isMarked('installation-by-activity');
  if (!byActivity) return ofKnownRelease(await local.describeInstallation());
  const { patches: _, ...installation } = await ask(brief, 'describeInstallation', 'the installation');
  return installation;
}

/**
 * A worker that was told of patches which this one does not know is of a newer release, and its run may have gone ways that are not known
 * here: the workflow task fails, so that Temporal offers it again until that release takes it. The run itself goes on.
 */
function ofKnownRelease(installation: InstallationSummary): InstallationSummary | Promise<never> {
  const { patches = [] } = installation;
  const unknown = patches.filter((patch) => !PATCHES.some((known) => known === patch));
  if (unknown.length === 0) return installation;
  const why = `a newer release of oidc-registrar began this run (it knows ${unknown.join(', ')}): it waits for a worker of that release`;
  // What the workflow could catch would end the run.
  void Promise.reject(new Error(why));
  return new Promise(() => undefined);
}

/**
 * Runs of one release asked by an activity; what their patches are their markers tell, whoever answers. Known where a run begins: it may
 * ask once more behind the end of what is replayed.
 */
let byActivity: boolean | undefined;
