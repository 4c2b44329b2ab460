import { RegistrarError } from '../../../core/base/errors.ts';
import { entryName } from '../../../core/changes/entry.ts';
import { targetOf } from '../../../core/kubernetes/consumerSecret.ts';
import type { Job } from '../../../core/run/job.ts';
import { orderOf } from '../../branch/landing/order.ts';
import { type ConsumerPlace, differences, liveSpec, notDelivered, specAt } from '../../deploy/consumers/place.ts';
import { type Placement, bring, remove } from '../../deploy/consumers/placement.ts';
import { deployerOf } from '../../deploy/deployerOf.ts';
import type { Deps } from '../../deps.ts';
import { NOTHING_LEFT, type UndoJournal, type UndoRemainder } from '../../kit/undoJournal.ts';
import { waitForConsumerValue } from '../../waits/consumerSecret.ts';

/** Brings the ExternalSecret into its cluster, and waits until its Secret holds the vault's value. */
export async function deliver(deps: Deps, placement: Placement): Promise<string> {
  const { job, place } = placement;
  await assertAsBefore(deps, job, place);
  await bring(deps, placement);
  await waitForConsumerValue(deps, job, place);
  return `Secret ${place.consumer.namespace}/${targetOf(place.consumer)} holds the vault's value`;
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

/** Takes the ExternalSecret away again where this change made it, and points one that was there back. */
export async function takeBack(
  deps: Deps,
  { job, place, journal }: { readonly job: Job; readonly place: ConsumerPlace; readonly journal: UndoJournal },
  remainder: () => Promise<UndoRemainder>,
): Promise<UndoRemainder> {
  const deployer = deployerOf(deps);
  await deployer.outlast(deps, place);
  const before = await specAt(deps, place, job.base);
  const live = await liveSpec(deps, place);
  const elsewhere = before === undefined && live === undefined && (await deployer.has?.(deps, place)) !== undefined;
  // Whoever was quicker and took the object away did not wait for its Secret.
  const taken = async () => (before === undefined ? remainder() : NOTHING_LEFT);
  if (isAs(live, before) && !elsewhere) return taken();
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
  return taken();
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
