import { connectToChange } from '../connect.ts';
import { FAILED, NOT_AS_ASKED, WELL } from '../output/exitCodes.ts';
import { openRun } from '../runs.ts';
import { askTemporal } from '../temporalErrors.ts';
import { detached, follow, type RunOptions } from './run.ts';

/**
 * Asks the open run of a client to take everything back, and shows it to its end. Resolves with the exit code: 0 cancelled and
 * everything is as it was, 2 the run ended well, or left something. Throws `NotFound` where no run is open.
 */
export async function cancel(client: string, options: RunOptions): Promise<number> {
  const { handle } = await openRun(await connectToChange(), client);
  await askTemporal(() => handle.cancel());
  if (options.detach) return detached(handle, client, options, 'cancelling');
  // Where something else had failed by then, everything is as it was all the same; a run that ended well was not cancelled.
  return (await follow(handle, client, options)) === FAILED ? WELL : NOT_AS_ASKED;
}
