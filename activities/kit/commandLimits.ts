import { Context } from '@temporalio/activity';
import type { Command } from '../../integrations/consumers/consumers.ts';

/** Below the activity's own limit, so that the command's end and not a bare time-out reaches people. */
const MARGIN = 0.9;

/** How long a command of registrar.yaml may take, in the activity that runs it. */
export function commandLimits(environment: readonly string[]): Omit<Command, 'words'> {
  const { info, cancellationSignal } = Context.current();
  return { environment, timeoutMs: Math.floor(info.startToCloseTimeoutMs * MARGIN), signal: cancellationSignal };
}
