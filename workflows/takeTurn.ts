import { proxyActivities, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../activities/createActivities.ts';
import type { InstallationSummary } from '../core/run.ts';
import { look } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { registerTurn } from './compensations.ts';
import { turnNotice } from './notify.ts';

/** Under `land: last` waits for the turn at the Application. Returns the change id that the run goes on under. */
export async function takeTurn(run: ClientRun, installation: InstallationSummary): Promise<string> {
  const changeId = uuid4();
  if (installation.land === 'first') return changeId;
  registerTurn(run.saga, installation, run.client, changeId);
  const { applications, digest, timings } = installation;
  const turn = await run.step('acquireTurn', () =>
    run.notices.whileWaiting(installation, turnNotice(run.client, installation), () =>
      run.untilRechecked(timings.turnMs, (remainingMs) =>
        proxyActivities<Activities>(look(timings, remainingMs)).acquireTurn.executeWithOptions(
          { ...look(timings, remainingMs), summary: `turn at ${applications.join(', ')}` },
          [{ client: run.client, changeId, digest }],
        ),
      ),
    ),
  );
  return turn.changeId;
}
