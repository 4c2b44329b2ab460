import type { RegistrarError } from '../../core/base/errors.ts';
import type { Job } from '../../core/run/job.ts';
import { otherRegistrations } from '../branch/registrationFile.ts';
import { formerLiveConsumersOf, liveConsumersOf } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import { refusedOf } from './problems.ts';

/** What is not right before the secret is brought to consumers, and taken from former ones. */
export async function unfitConsumers(
  deps: Deps,
  job: Job,
  { repair }: { readonly repair: boolean },
): Promise<readonly RegistrarError[]> {
  const consumers = liveConsumersOf(deps, job);
  const { name } = job.registration.metadata;
  const others = consumers.length === 0 ? [] : await otherRegistrations(deps, name, job.base);
  const looks = [
    ...consumers.flatMap((consumer) => consumer.looksBeforeTurn()),
    ...consumers.flatMap((consumer) => consumer.looks(job, { others, repair })),
    ...formerLiveConsumersOf(deps, job).flatMap((consumer) => consumer.looksAsFormer(job)),
  ];
  return refusedOf(looks, (look) => look());
}
