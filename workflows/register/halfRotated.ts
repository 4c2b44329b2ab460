import { ApplicationFailure } from '@temporalio/workflow';
import type { RegisterResult } from '../../core/run/reports.ts';
import type { RegisterInput } from '../../core/run/requests.ts';
import type { RotateResult } from '../../core/run/rotation.ts';
import { describeFailure } from '../kit/failures.ts';
import { RotateRun } from '../rotate/rotateSecret.ts';

interface Registration {
  readonly asksToTakeBack: boolean;
  run(): Promise<RegisterResult>;
}

/** Found by preflight, so that nothing has been done yet; the turn stays the run's. */
export function isHalfRotated(error: unknown): boolean {
  return describeFailure(error).type === 'HalfRotated';
}

/**
 * The result of a registration. A rotation of the client that ended half-way is taken back before; then the registration begins
 * anew and tells of that however it ends, unless taking back was all that it was asked for.
 */
export async function pastHalfRotation(
  client: string,
  input: RegisterInput,
  begin: () => Registration,
): Promise<RegisterResult> {
  const registration = begin();
  try {
    return await registration.run();
  } catch (error) {
    if (!isHalfRotated(error)) throw error;
    const rotation = await new RotateRun(client, input, { forRegistration: true }).run();
    return registration.asksToTakeBack ? takenBackResult(rotation) : afterRotation(rotation, begin());
  }
}

/** What was half done was taken back, as asked: nothing else was. */
export function takenBackResult({
  client,
  changeId,
  changed,
  kept,
  warnings,
}: Pick<RegisterResult, 'client' | 'changeId' | 'changed' | 'kept' | 'warnings'>): RegisterResult {
  const nothing = { commit: undefined, created: [], alreadyRight: [], remaining: [], checks: [] };
  return { client, changeId, outcome: 'takenBack', changed, kept, warnings, ...nothing };
}

async function afterRotation(rotation: RotateResult, registration: Registration): Promise<RegisterResult> {
  const { client, changed, kept, warnings } = rotation;
  const told = `a rotation of ${client} that ended half-way was taken back first: ${changed.join(', ') || 'nothing of it was left'}`;
  try {
    const result = await registration.run();
    return {
      ...result,
      outcome: result.outcome === 'unchanged' && changed.length > 0 ? 'registered' : result.outcome,
      changed: [...changed, ...result.changed],
      kept: [...kept, ...result.kept],
      warnings: [told, ...warnings, ...result.warnings],
    };
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const { type, nonRetryable, details } = error;
    const known = { ...(typeof type === 'string' ? { type } : {}), ...(details ? { details: [...details] } : {}) };
    throw ApplicationFailure.create({
      ...known,
      nonRetryable: nonRetryable ?? true,
      message: `${error.message} Before that, ${told}.`,
    });
  }
}
