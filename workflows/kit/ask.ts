import {
  type ActivityFunctionWithOptions,
  type ActivityOptions,
  patched,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import { cutText } from '../../core/base/bytes.ts';
import type { InstallationSummary } from '../../core/run/requests.ts';
import { FoundBy } from './foundBy.ts';

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
/**
 * For histories of before `installation-by-activity` alone, for a local activity can make a run stand still. A query
 * that comes with the run's first task ends that task behind it; what is patched from there on stands in the second
 * task, and a worker that replays the first does not know of it.
 */
const local = proxyLocalActivities<Activities>(brief);

/** Asks for the installation, by which a workflow plans its time. With a client's name the workflow is found by it from then on. */
export async function describeInstallation(client?: string): Promise<InstallationSummary> {
  const installation = await askForInstallation();
  if (client !== undefined) new FoundBy().begin(installation, client);
  return installation;
}

/** What {@link describeInstallation} asks, of a workflow that says itself by what it is found. */
export async function askForInstallation(): Promise<InstallationSummary> {
  return patched('installation-by-activity')
    ? ask(brief, 'describeInstallation', 'the installation')
    : local.describeInstallation();
}
