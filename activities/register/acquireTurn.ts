import type { StepReport } from '../../core/run/reports.ts';
import type { Turn, TurnRequest } from '../../core/run/requests.ts';
import { applicationOf } from '../deploy/application.ts';
import type { Deps } from '../deps.ts';
import { takeOne } from '../waits/turn.ts';

/**
 * Takes the turn at the Application, or throws `NotYet` naming the holder. A turn that a dead run holds is taken over: one of the
 * same client is continued under its change id; another client's is refused while what it made is live, unless the run deploys
 * nothing.
 */
export async function acquireTurn(deps: Deps, request: TurnRequest): Promise<Turn & StepReport> {
  const changeId = await takeOne(deps, applicationOf(deps).application, request);
  const note = changeId === request.changeId ? 'the turn is ours' : `continues change ${changeId} of a run that died`;
  return { changeId, note };
}
