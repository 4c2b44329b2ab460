import { type Job, changedBy, editReport } from '../../core/run/job.ts';
import { leftInWords, type Leftover, type StepReport, type Undone } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/order.ts';
import { formerLiveConsumersOf, liveConsumersOf } from '../consumers/live.ts';
import { assertStillLive, RESOURCES } from '../deploy/stillLive.ts';
import type { Deps } from '../deps.ts';
import { journalled } from '../kit/undoJournal.ts';

/** Brings the secret to every consumer, each in its own system, and takes it from those that the registration no longer names. */
export async function deliverToConsumers(deps: Deps, job: Job): Promise<StepReport> {
  await assertStillLive(deps, job, RESOURCES);
  const source = await orderOf(job).change(deps, job, 'deliverToConsumers');
  const notes: string[] = [];
  const left: Leftover[] = [];
  const consumers = liveConsumersOf(deps, job);
  for (const consumer of consumers) {
    notes.push(await consumer.deliver(job, { ...source, purpose: `deliverToConsumers-${consumer.index}` }));
  }
  for (const consumer of formerLiveConsumersOf(deps, job)) {
    await consumer.remove(job, { ...source, purpose: `deliverToConsumers-former-${consumer.index}` });
    notes.push(`${consumer.label} is gone`);
    left.push(...(await consumer.remainder(consumers)).kept);
  }
  const warnings = left.map(leftInWords);
  return { ...editReport(job, 'deliverToConsumers'), note: notes.join(', '), warnings };
}

/** Takes away again what this change made, and points to where it pointed what was there. */
export async function undoDeliverToConsumers(deps: Deps, job: Job): Promise<Undone> {
  return journalled(async (journal) => {
    const kept: Leftover[] = [];
    let blocks = false;
    const former = formerLiveConsumersOf(deps, job);
    for (const consumer of former) await consumer.bringBack(job, journal);
    for (const consumer of liveConsumersOf(deps, job).toReversed()) {
      if (!changedBy(job, consumer.entry)) continue;
      const left = await consumer.takeBack(job, journal, former);
      kept.push(...left.kept);
      blocks ||= left.blocks;
    }
    return { kept, blocks };
  });
}
