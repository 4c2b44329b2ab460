import type { RemovalReport } from '../../core/run/deregistration.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Leftover, Undone } from '../../core/run/reports.ts';
import { bringBack } from '../waits/consumers.ts';
import { withLeftoverSecret } from '../waits/consumerSecret.ts';
import { remove } from '../deploy/consumers/placement.ts';
import { placesOf } from '../deploy/consumers/place.ts';
import { assertOurs } from '../deploy/consumers/shared.ts';
import type { Deps } from '../deps.ts';
import { orderOf } from '../branch/landing/order.ts';
import { journalled } from '../kit/undoJournal.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { asRegistered } from '../../core/run/asRegistered.ts';

/** Takes the consumers' ExternalSecrets out of their clusters: they name the vault field, and their services come first. */
export async function takeFromConsumers(deps: Deps, job: Job): Promise<RemovalReport> {
  return withHeartbeat(async () => {
    const source = await orderOf(job).change(deps, job, 'deliverToConsumers');
    const removed: string[] = [];
    const kept: Leftover[] = [];
    for (const place of placesOf(deps, job)) {
      if (!changedBy(job, place.entry)) continue;
      await assertOurs(deps, place);
      const purpose = `takeFromConsumers-${place.index}`;
      await remove(deps, { job, place, purpose, ...source });
      removed.push(place.label);
      kept.push(...(await withLeftoverSecret(deps, place)).kept);
    }
    return { removed, kept, note: removed.length === 0 ? 'none was there' : `${removed.join(', ')} gone` };
  });
}

/** Deploys them again and waits until their Secrets hold the vault's value. */
export async function undoTakeFromConsumers(deps: Deps, job: Job): Promise<Undone> {
  return withHeartbeat(() =>
    journalled(async (journal) => {
      for (const place of placesOf(deps, job).toReversed()) {
        if (changedBy(job, place.entry)) await bringBack(deps, asRegistered(job), place, journal);
      }
      return { kept: [], blocks: false };
    }),
  );
}
