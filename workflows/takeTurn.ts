import { patched, proxyActivities, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../activities/createActivities.ts';
import type { InstallationSummary, Turn } from '../core/run.ts';
import { lookByKind } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { registerTurn } from './compensations.ts';
import { isUntouched } from './failures.ts';
import { turnNotice } from './notify.ts';

/** Under `land: last` waits for the turn at the Application. Returns the change id that the run goes on under. */
export async function takeTurn(run: ClientRun, installation: InstallationSummary): Promise<string> {
  const changeId = uuid4();
  if (installation.land === 'first') return changeId;
  registerTurn(run.saga, installation, run.client, changeId);
  const { applications, digest, timings } = installation;
  let mayHold = false;
  const ask = async (deadline: number): Promise<Turn> => {
    const options = lookByKind(timings, Math.max(deadline - Date.now(), 1_000));
    try {
      const turn = await proxyActivities<Activities>(options).acquireTurn.executeWithOptions(
        { ...options, summary: `turn at ${applications.join(', ')}` },
        [{ client: run.client, changeId, digest }],
      );
      mayHold = true;
      return turn;
    } catch (error) {
      mayHold ||= !isUntouched(error);
      throw error;
    }
  };
  try {
    const turn = await run.step('acquireTurn', () =>
      run.notices.whileWaiting(installation, turnNotice(run.client, installation), () =>
        run.untilRechecked(timings.turnMs, (remainingMs) => {
          const deadline = Date.now() + remainingMs;
          return run.patience.outlastOutage(installation, () => ask(deadline));
        }),
      ),
    );
    return turn.changeId;
  } catch (error) {
    // What was never held needs no release, which a hub that does not answer would be asked for in vain.
    if (!mayHold && patched('outages-end')) run.saga.withdraw('acquireTurn');
    throw error;
  }
}
