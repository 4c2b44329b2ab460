import { patched, proxyActivities, uuid4 } from '@temporalio/workflow';
import type { Activities } from '../../activities/createActivities.ts';
import type { InstallationSummary, Turn, TurnRequest } from '../../core/run/requests.ts';
import { compensation, lookByKind } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { isUntouched } from './failures.ts';
import { turnNotice } from './notify.ts';
import type { Saga } from './saga.ts';

/**
 * The turn is released after everything else: until then no other run may deploy from another base. With a change id only
 * a turn held under it is released: one that still names a dead run is the record by which that run is continued.
 */
export function registerTurn(saga: Saga, installation: InstallationSummary, client: string, changeId?: string): void {
  const options = compensation(installation.timings);
  saga.register({
    step: 'acquireTurn',
    what: `the turn at ${installation.applications.join(', ')}`,
    after: [],
    remedy: `Run client ${client} again: it takes its own turn back. Delete its Lease only where its branch is gone too.`,
    run: () =>
      proxyActivities<Activities>(options).releaseTurn.executeWithOptions(
        { ...options, summary: `undo: release the turn at ${installation.applications.join(', ')}` },
        [{ client, ...(changeId === undefined ? {} : { changeId }), digest: installation.digest }],
      ),
  });
}

/** Under `land: last` waits for the turn at the Application. Returns the change id that the run goes on under. */
export async function takeTurn(
  run: ClientRun,
  installation: InstallationSummary,
  kind: Pick<TurnRequest, 'deploys'> = {},
): Promise<string> {
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
        [{ client: run.client, changeId, digest, ...kind }],
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
