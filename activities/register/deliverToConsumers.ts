import { RegistrarError } from '../../core/base/errors.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import { type Job, changedBy, editReport } from '../../core/run/job.ts';
import type { Leftover, StepReport, Undone } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/order.ts';
import { deployerOf } from '../deploy/deployerOf.ts';
import { bring, remove } from '../deploy/consumers/placement.ts';
import {
  type ConsumerPlace,
  differences,
  formerPlacesOf,
  liveSpec,
  placesOf,
  specAt,
} from '../deploy/consumers/place.ts';
import { assertOurs } from '../deploy/consumers/shared.ts';
import type { Deps } from '../deps.ts';
import { type UndoRemainder, type UndoJournal, journalled } from '../kit/undoJournal.ts';
import { withHeartbeat } from '../kit/wait.ts';
import { bringBack } from '../waits/consumers.ts';
import { waitForConsumerValue, withLeftoverSecret } from '../waits/consumerSecret.ts';

/** Brings the ExternalSecret of every consumer into its cluster, and waits until its Secret holds the vault's value. */
export async function deliverToConsumers(deps: Deps, job: Job): Promise<StepReport> {
  return withHeartbeat(async () => {
    const source = await orderOf(job).change(deps, job, 'deliverToConsumers');
    const places = placesOf(deps, job);
    for (const place of places) {
      await assertAsBefore(deps, job, place);
      const purpose = `deliverToConsumers-${place.index}`;
      await bring(deps, { job, place, purpose, ...source });
      await waitForConsumerValue(deps, job, place);
    }
    const former = formerPlacesOf(deps, job);
    for (const place of former) {
      await assertOurs(deps, place);
      const purpose = `deliverToConsumers-former-${place.index}`;
      await remove(deps, { job, place, purpose, ...source });
    }
    return {
      ...editReport(job, 'deliverToConsumers'),
      note: [
        ...places.map(({ consumer }) => `Secret ${consumer.namespace}/${targetOf(consumer)} holds the vault's value`),
        ...former.map(({ label }) => `${label} is gone`),
      ].join(', '),
    };
  });
}

/** Nobody has made or changed the object since the run's base: ours would overwrite it, and its undo delete it. Throws `Refused`. */
async function assertAsBefore(deps: Deps, job: Job, place: ConsumerPlace): Promise<void> {
  if (!orderOf(job).ahead || job.repair !== undefined) return;
  const live = await liveSpec(deps, place);
  if (live === undefined || differences(place.wanted.spec, live).length === 0) return;
  const before = await specAt(deps, place, job.base);
  if (before !== undefined && differences(before, live).length === 0) return;
  throw new RegistrarError({
    system: 'Kubernetes',
    kind: 'Refused',
    message: `${place.label} was deployed by somebody since this run began`,
    remedy: 'Start again: the next run begins at the newest head.',
  });
}

/** Takes every ExternalSecret that this change made away again, and points one that was there back. */
export async function undoDeliverToConsumers(deps: Deps, job: Job): Promise<Undone> {
  return withHeartbeat(() =>
    journalled(async (journal) => {
      const kept: Leftover[] = [];
      let blocks = false;
      for (const place of formerPlacesOf(deps, job)) await bringBack(deps, job, place, journal);
      for (const place of placesOf(deps, job).toReversed()) {
        if (!changedBy(job, place.entry)) continue;
        const left = await takeBack(deps, job, place, journal);
        kept.push(...left.kept);
        blocks ||= left.blocks;
      }
      return { kept, blocks };
    }),
  );
}

async function takeBack(deps: Deps, job: Job, place: ConsumerPlace, journal: UndoJournal): Promise<UndoRemainder> {
  const deployer = deployerOf(deps);
  await deployer.outlast(deps, place);
  const before = await specAt(deps, place, job.base);
  const live = await liveSpec(deps, place);
  const elsewhere = before === undefined && live === undefined && (await deployer.has(deps, place)) !== undefined;
  if (isAs(live, before) && !elsewhere) return { kept: [], blocks: false };
  if (live !== undefined && differences(place.wanted.spec, live).length > 0) return keptLive(place);
  const deed = {
    what: place.label,
    done: before === undefined ? `${place.label} is gone` : `${place.label} points to what it pointed to`,
  };
  await journal.begin(deed);
  const source = await orderOf(job).before(deps, job);
  const placement = { job, place, purpose: `undo-deliverToConsumers-${place.index}`, ...source };
  await (before === undefined ? remove(deps, placement) : bring(deps, placement));
  journal.done(deed);
  return before === undefined ? withLeftoverSecret(deps, place) : { kept: [], blocks: false };
}

function isAs(live: unknown, before: unknown): boolean {
  if (live === undefined || before === undefined) return live === before;
  return differences(before, live).length === 0;
}

function keptLive(place: ConsumerPlace): UndoRemainder {
  const kept = {
    what: place.label,
    why: 'someone has changed it since, so it was neither deleted nor put back.',
    remedy: `Delete it or point it elsewhere by hand: it reads a vault field that the run takes back next. kubectl -n ${place.ref.namespace} edit externalsecret ${place.ref.name}`,
  };
  return { kept: [kept], blocks: true };
}
