import { entryName } from '../../core/changes/entry.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import type { Job } from '../../core/run/job.ts';
import type { Check } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/order.ts';
import { bring } from '../deploy/consumers/placement.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { type ConsumerPlace, notDelivered, placesOf } from '../deploy/consumers/place.ts';
import { otherThanChanged } from '../deploy/consumers/shared.ts';
import type { Deps } from '../deps.ts';
import type { UndoJournal } from '../kit/undoJournal.ts';
import { holdsValue, waitForConsumerValue } from './consumerSecret.ts';

/** Under `land: last` what we deployed, or took away, is not on the target branch yet: a sync undoes it. Throws `Refused`. */
export async function assertStillDelivered(deps: Deps, job: Job): Promise<void> {
  if (!orderOf(job).ahead) return;
  for (const place of placesOf(deps, job)) {
    const missing = await otherThanChanged(deps, job, place);
    if (missing === undefined) continue;
    throw new RegistrarError({
      system: 'Kubernetes',
      kind: 'Refused',
      message: `${missing}: somebody changed it since this run deployed it`,
      remedy: 'Start again when nobody else deploys there; a run takes a few minutes.',
    });
  }
}

/** That every consumer's Secret holds the secret, each by a look of its own. */
export async function consumerChecks(deps: Deps, job: Job): Promise<readonly Check[]> {
  return Promise.all(
    placesOf(deps, job).map(async (place) => {
      const missing = await notDelivered(deps, place);
      const ok = missing === undefined && (await holdsValue(deps, job, place));
      const detail =
        missing ??
        (ok ? `Secret ${targetOf(place.consumer)}` : `the Secret of ${place.label} does not hold the vault's value`);
      return { name: `${place.label} delivers the secret`, ok, detail };
    }),
  );
}

/** Deploys an object again that this change took away, and waits until its Secret holds the vault's value. */
export async function bringBack(deps: Deps, job: Job, place: ConsumerPlace, journal: UndoJournal): Promise<void> {
  await deployerOf(deps).outlast(deps, place);
  if ((await notDelivered(deps, place)) !== undefined) {
    const deed = { what: place.label, done: `${place.label} is there again` };
    await journal.begin(deed);
    const source = await orderOf(job).before(deps, job);
    const purpose = `undo-${entryName(place.entry).replaceAll(' ', '-')}`;
    await bring(deps, { job, place, purpose, ...source });
    journal.done(deed);
  }
  await waitForConsumerValue(deps, job, place);
}
