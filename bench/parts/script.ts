import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client } from '@temporalio/client';
import { createActivities } from '../../activities/createActivities.ts';
import type { Deps } from '../../activities/deps.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import type { RegistrationInput } from '../../core/registration/registration.ts';
import { sleep } from '../../sandbox/kit/loop.ts';

const HOUR_MS = 3_600_000;

/** Temporal's part of an attempt: nobody gives it up. */
const unwatched = {
  activity: { heartbeat: async () => undefined },
  withAbortSignal: async <R>(_signal: AbortSignal, work: () => Promise<R>): Promise<R> => work(),
} as unknown as Client;

/** A registration by the activities of the workflow, called one after the other by a plain script: no history, no undo, nothing durable. */
export async function registerByScript(deps: Deps, input: RegistrationInput, changeId: string): Promise<void> {
  const client = input.metadata.name;
  const activities = createActivities(deps);
  const { digest } = await attempted(() => activities.describeInstallation());
  const asked = { input, client, changeId, digest };
  await attempted(() => activities.preflightBeforeTurn(asked));
  await attempted(() => activities.acquireTurn({ client, changeId, digest }));
  const { job } = await attempted(() => activities.preflight(asked));
  const { fieldId } = await attempted(() => activities.generateSecret(job));
  await attempted(() => activities.storeSecret(job, fieldId === undefined ? {} : { fieldId }));
  await attempted(() => activities.patchExternalSecret(job));
  const { asked: apply } = await attempted(() => activities.syncBlueprint(job));
  await attempted(() => activities.pollBlueprintStatus(job, apply));
  await attempted(() => activities.renderAnsibleFiles(job));
  await attempted(() => activities.verifyRegistration(job));
  await attempted(() => activities.landChange(job, { lastTry: false }));
  await attempted(() => activities.cleanUp(job));
  if (job.unscheduled !== true) await attempted(() => activities.reconcileSchedule(job));
}

/** What a script does with an error that another try mends. */
async function attempted<R>(activity: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    const info = { startToCloseTimeoutMs: HOUR_MS, scheduleToCloseTimeoutMs: 0, attempt };
    try {
      return await new MockActivityEnvironment(info, { client: unwatched }).run(activity);
    } catch (error) {
      if (!(error instanceof RegistrarError) || !error.retryable) throw error;
      await sleep(10);
    }
  }
}
