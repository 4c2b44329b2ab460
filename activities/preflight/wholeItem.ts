import { RegistrarError } from '../../core/base/errors.ts';
import type { PlannedChange } from '../../core/changes/removals.ts';
import { type WholeReader, wholeRefusal, wholeWarnings } from '../../core/policy/wholeItem.ts';
import { deliveredOf } from '../../core/names/delivered.ts';
import type { Job } from '../../core/run/job.ts';
import { liveWholeReaders, wholeReaders } from '../branch/wholeReaders.ts';
import type { Deps } from '../deps.ts';

/** Who takes the vault's item whole, in the repository and live. */
export interface WholeReading {
  readonly readers: readonly WholeReader[];
  /** What could not be looked at, as warnings. */
  readonly unseen: readonly string[];
}

/** Of a client of which nothing is delivered nothing could be taken. */
export async function readWhole(
  deps: Deps,
  job: Pick<Job, 'names' | 'base'>,
  planned: readonly Pick<PlannedChange, 'path' | 'after'>[],
): Promise<WholeReading> {
  if (deliveredOf(job.names).length === 0) return { readers: [], unseen: [] };
  const inFiles = await wholeReaders(deps, job, planned);
  const { readers, unseen } = await liveWholeReaders(deps, job, inFiles);
  return { readers: [...inFiles, ...readers], unseen };
}

/** Pending, previous and retired values arrive in no Secret. Throws `Refused`. */
export function assertTakesNothingWhole({ readers }: WholeReading, { names }: Pick<Job, 'names'>): void {
  const refusal = wholeRefusal(readers, names.vaultField);
  if (refusal !== undefined) throw new RegistrarError(refusal);
}

export function warningsOfWhole({ readers, unseen }: WholeReading): readonly string[] {
  return [...wholeWarnings(readers), ...unseen];
}
