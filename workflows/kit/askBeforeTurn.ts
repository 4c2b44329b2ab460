import { patched, proxyActivities, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary, RegisterInput } from '../../core/run/requests.ts';
import { wait } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';

/**
 * What is wrong whoever has the turn is told before it is waited for, and a system that is away is waited for without it. Shown
 * as preflight, which asks all again under the turn. Under `land: first` nothing is waited for before that.
 */
export async function askBeforeTurn(
  run: ClientRun,
  { land, digest, timings }: InstallationSummary,
  input: RegisterInput,
): Promise<void> {
  // Histories of before asked under the turn alone.
  if (land === 'first' || !patched('asks-before-turn')) return;
  const { client, progress } = run;
  const options = { ...wait(timings), summary: `${client}: read what needs no turn` };
  const request = { input, client, changeId: uuid4(), digest };
  const ask = () => proxyActivities<Activities>(options).preflightBeforeTurn.executeWithOptions(options, [request]);
  // A permission that is missing under the turn is told at once: not all of them have been asked for.
  await run.step('preflight', ask, { proves: false });
  progress.set('preflight', 'pending', 'nothing wrong so far; all is asked again with the turn');
}
