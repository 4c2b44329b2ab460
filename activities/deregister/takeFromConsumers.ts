import { asRegistered } from '../../core/run/asRegistered.ts';
import type { RemovalReport } from '../../core/run/deregistration.ts';
import { type Job, changedBy } from '../../core/run/job.ts';
import type { Leftover, Undone } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/order.ts';
import { liveConsumersOf } from '../consumers/live.ts';
import type { Deps } from '../deps.ts';
import { NOTHING_LEFT, journalled } from '../kit/undoJournal.ts';

/** Takes what consumers read the secret by out of their systems: it names the vault field, and their services come first. */
export async function takeFromConsumers(deps: Deps, job: Job): Promise<RemovalReport> {
  const source = await orderOf(job).change(deps, job, 'deliverToConsumers');
  const removed: string[] = [];
  const kept: Leftover[] = [];
  for (const consumer of liveConsumersOf(deps, job)) {
    if (!changedBy(job, consumer.entry)) continue;
    await consumer.remove(job, { ...source, purpose: `takeFromConsumers-${consumer.index}` });
    removed.push(consumer.label);
    kept.push(...(await consumer.remainder([])).kept);
  }
  return { removed, kept, note: removed.length === 0 ? 'none was there' : `${removed.join(', ')} gone` };
}

/** Brings it there again, and waits until it holds the vault's value. */
export async function undoTakeFromConsumers(deps: Deps, job: Job): Promise<Undone> {
  return journalled(async (journal) => {
    for (const consumer of liveConsumersOf(deps, job).toReversed()) {
      if (changedBy(job, consumer.entry)) await consumer.bringBack(asRegistered(job), journal);
    }
    return NOTHING_LEFT;
  });
}
