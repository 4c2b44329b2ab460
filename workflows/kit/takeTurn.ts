import { uuid4 } from '@temporalio/workflow';
import type { RegisterInput, Turn, TurnRequest } from '../../core/run/requests.ts';
import { compensation, lookForTurn, wait } from './activityOptions.ts';
import type { ClientRun } from './clientRun.ts';
import { isUntouched } from './failures.ts';
import { LANDS } from './landsWhen.ts';
import { turnNotice } from './notify.ts';
import { hasPatch } from './patches.ts';

/**
 * What is wrong whoever has the turn is told before it is waited for, and a system that is away is waited for without it. Shown
 * as preflight, which asks all again under the turn. Where no turn is taken there is nothing to wait for.
 */
export async function askBeforeTurn(run: ClientRun, input: RegisterInput): Promise<void> {
  const { client, installation, progress } = run;
  // Histories of before asked under the turn alone.
  if (!LANDS[installation.land].takesTurn || !hasPatch(installation, 'asks-before-turn')) return;
  const request = { input, client, changeId: uuid4(), digest: installation.digest };
  const ask = () => run.ask('preflightBeforeTurn', wait, `${client}: read what needs no turn`, request);
  // A permission that is missing under the turn is told at once: not all of them have been asked for.
  await run.step('preflight', ask, { proves: false });
  progress.set('preflight', 'pending', 'nothing wrong so far; all is asked again with the turn');
}

/**
 * Waits for the turn at the Application, where one is taken. Returns the change id that the run goes on under. `inherits`: the run
 * has a turn already, by {@link inheritTurn}, which is released whatever comes of the look.
 */
export async function takeTurn(
  run: ClientRun,
  { inherits = false, ...kind }: Pick<TurnRequest, 'deploys'> & { readonly inherits?: boolean } = {},
): Promise<string> {
  const changeId = uuid4();
  const { client, installation, notices, patience, saga } = run;
  const { applications, digest, land, timings } = installation;
  if (!LANDS[land].takesTurn) return changeId;
  if (!inherits) coverTurn(run, changeId);
  let mayHold = inherits;
  const ask = async (deadline: number): Promise<Turn> => {
    const kindOfLook = lookForTurn(Math.max(deadline - Date.now(), 1_000));
    const asked = { client, changeId, digest, ...kind };
    try {
      const turn = await run.ask('acquireTurn', kindOfLook, `turn at ${applications.join(', ')}`, asked);
      mayHold = true;
      return turn;
    } catch (error) {
      mayHold ||= !isUntouched(error);
      throw error;
    }
  };
  try {
    const turn = await run.step('acquireTurn', () =>
      notices.whileWaiting(turnNotice(client, installation), () =>
        run.looks.until(timings.turnMs, (remainingMs) => {
          const deadline = Date.now() + remainingMs;
          return patience.outlastOutage(installation, () => ask(deadline));
        }),
      ),
    );
    return turn.changeId;
  } catch (error) {
    // What was never held needs no release, which a hub that does not answer would be asked for in vain.
    if (!mayHold && hasPatch(installation, 'outages-end')) saga.withdraw('acquireTurn');
    throw error;
  }
}

/** Another run of the same execution has taken the turn and leaves it to this one, which may end before it asks for one. */
export function inheritTurn(run: ClientRun): void {
  keepTurn(run);
  run.saga.begin('acquireTurn');
}

/** From here on the turn is the job's own: it is released whatever change id it is held under. */
export function keepTurn(run: ClientRun): void {
  if (LANDS[run.installation.land].takesTurn) coverTurn(run);
}

/**
 * The turn is released after everything else: until then no other run may deploy from another base. With a change id only
 * a turn held under it is released: one that still names a dead run is the record by which that run is continued.
 */
function coverTurn(run: ClientRun, changeId?: string): void {
  const { client, installation, saga } = run;
  const turn = `the turn at ${installation.applications.join(', ')}`;
  const release = { client, ...(changeId === undefined ? {} : { changeId }), digest: installation.digest };
  saga.register({
    step: 'acquireTurn',
    what: turn,
    after: [],
    remedy: `Run client ${client} again: it takes its own turn back. Delete its Lease only where its branch is gone too.`,
    run: () => run.undo('releaseTurn', compensation, `release ${turn}`, release),
  });
}
