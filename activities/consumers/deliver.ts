import { Context } from '@temporalio/activity';
import { keyOfSecret, targetOf } from '../../core/consumerSecret.ts';
import { RegistrarError } from '../../core/errors.ts';
import { addedBy, type Check, type Job, type Kept, type StepReport, type Undone } from '../../core/run.ts';
import type { Deps } from '../deps.ts';
import { ensureEdits, targetHead } from '../runBranch.ts';
import { journalled, type Left, type UndoJournal } from '../undoJournal.ts';
import { beating } from '../wait.ts';
import { consumerDeployerOf } from './deployers.ts';
import {
  clusterOf,
  differences,
  formerPlacesOf,
  liveSpec,
  notDelivered,
  placesOf,
  specAt,
  type ConsumerPlace,
} from './place.ts';
import { assertOurs, stillThere } from './shared.ts';
import { holdsValue, waitForConsumerValue } from './value.ts';

/** Brings the ExternalSecret of every consumer into its cluster, and waits until its Secret holds the vault's value. */
export async function deliverToConsumers(deps: Deps, job: Job): Promise<StepReport> {
  return beating(async () => {
    const landed = job.land === 'first';
    const commit = landed ? await freshTarget(deps) : await ensureEdits(deps, job, 'deliverToConsumers');
    const places = placesOf(deps, job);
    for (const place of places) {
      await assertAsBefore(deps, job, place);
      const purpose = `deliverToConsumers-${place.index}`;
      await consumerDeployerOf(deps).bring(deps, { job, place, purpose, commit, landed });
      await waitForConsumerValue(deps, job, place);
    }
    const former = formerPlacesOf(deps, job);
    for (const place of former) {
      await assertOurs(deps, place);
      const purpose = `deliverToConsumers-former-${place.index}`;
      await consumerDeployerOf(deps).remove(deps, { job, place, purpose, commit, landed });
    }
    const edited = job.edits.filter((edit) => edit.step === 'deliverToConsumers');
    return {
      created: edited.filter((edit) => edit.kind === 'created').map((edit) => edit.path),
      changed: edited.filter(({ kind }) => kind === 'changed' || kind === 'updated').map((edit) => edit.path),
      alreadyRight: edited.filter((edit) => edit.kind === 'alreadyThere').map((edit) => edit.path),
      note: [
        ...places.map(({ consumer }) => `Secret ${consumer.namespace}/${targetOf(consumer)} holds the vault's value`),
        ...former.map(({ label }) => `${label} is gone`),
      ].join(', '),
    };
  });
}

async function freshTarget(deps: Deps): Promise<string> {
  await deps.git.fetch();
  return targetHead(deps);
}

/** Nobody has made or changed the object since the run's base: ours would overwrite it, and its undo delete it. Throws `Refused`. */
async function assertAsBefore(deps: Deps, job: Job, place: ConsumerPlace): Promise<void> {
  if (job.land === 'first' || job.repair !== undefined) return;
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

/** Under `land: last` what we deployed, or took away, is not on the target branch yet: a sync undoes it. Throws `Refused`. */
export async function assertStillDelivered(deps: Deps, job: Job): Promise<void> {
  if (job.land !== 'last') return;
  for (const place of placesOf(deps, job)) {
    const missing = await (job.removal === undefined ? notDelivered(deps, place) : stillThere(deps, place));
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

/** Takes every ExternalSecret that this change made away again, and points one that was there back. */
export async function undoDeliverToConsumers(deps: Deps, job: Job): Promise<Undone> {
  return beating(() =>
    journalled(async (journal) => {
      const kept: Kept[] = [];
      let blocks = false;
      for (const place of formerPlacesOf(deps, job)) await bringBack(deps, job, place, journal);
      for (const place of placesOf(deps, job).toReversed()) {
        if (!addedBy(job, place.entry)) continue;
        const left = await takeBack(deps, job, place, journal);
        kept.push(...left.kept);
        blocks ||= left.blocks;
      }
      return { kept, blocks };
    }),
  );
}

async function takeBack(deps: Deps, job: Job, place: ConsumerPlace, journal: UndoJournal): Promise<Left> {
  const deployer = consumerDeployerOf(deps);
  await deployer.outlast(deps, place);
  const before = await specAt(deps, place, job.base);
  const live = await liveSpec(deps, place);
  const elsewhere = before === undefined && live === undefined && (await deployer.deploys(deps, place));
  if (isAs(live, before) && !elsewhere) return { kept: [], blocks: false };
  if (live !== undefined && differences(place.wanted.spec, live).length > 0) return keptLive(place);
  const deed = {
    what: place.label,
    done: before === undefined ? `${place.label} is gone` : `${place.label} points to what it pointed to`,
  };
  await journal.begin(deed);
  const landed = job.land === 'first';
  const commit = landed ? await freshTarget(deps) : job.base;
  const placement = { job, place, purpose: `undo-deliverToConsumers-${place.index}`, commit, landed };
  await (before === undefined ? deployer.remove(deps, placement) : deployer.bring(deps, placement));
  journal.done(deed);
  return before === undefined ? withLeftoverSecret(deps, place) : { kept: [], blocks: false };
}

/** Deploys an object again that this change took away, and waits until its Secret holds the vault's value. */
export async function bringBack(deps: Deps, job: Job, place: ConsumerPlace, journal: UndoJournal): Promise<void> {
  const deployer = consumerDeployerOf(deps);
  await deployer.outlast(deps, place);
  if ((await notDelivered(deps, place)) !== undefined) {
    const deed = { what: place.label, done: `${place.label} is there again` };
    await journal.begin(deed);
    const landed = job.land === 'first';
    const commit = landed ? await freshTarget(deps) : job.base;
    await deployer.bring(deps, { job, place, purpose: `undo-${place.entry.replaceAll(' ', '-')}`, commit, landed });
    journal.done(deed);
  }
  await waitForConsumerValue(deps, job, place);
}

function isAs(live: unknown, before: unknown): boolean {
  if (live === undefined || before === undefined) return live === before;
  return differences(before, live).length === 0;
}

function keptLive(place: ConsumerPlace): Left {
  const kept = {
    what: place.label,
    why: 'someone has changed it since, so it was neither deleted nor put back.',
    remedy: `Delete it or point it elsewhere by hand: it reads a vault field that the run takes back next. kubectl -n ${place.ref.namespace} edit externalsecret ${place.ref.name}`,
  };
  return { kept: [kept], blocks: true };
}

/** Kubernetes deletes a Secret that the ExternalSecret owned; one that is orphaned or merged into keeps the value: listed. */
export async function withLeftoverSecret(deps: Deps, place: ConsumerPlace): Promise<Left> {
  const { consumer, ref } = place;
  const { externalSecrets } = await clusterOf(deps, place);
  const name = targetOf(consumer);
  const key = keyOfSecret(consumer) ?? consumer.secretKey;
  for (let look = 0; look < 5; look += 1) {
    if ((await externalSecrets.secretValue(ref.namespace, name, key)) === undefined) return { kept: [], blocks: false };
    await Context.current().sleep(deps.installation.timings.pollMs);
  }
  const kept = {
    what: `key ${key} of Secret ${ref.namespace}/${name}`,
    why: `External Secrets leaves it there (creationPolicy ${consumer.target.creationPolicy}).`,
    remedy:
      consumer.target.creationPolicy === 'Merge'
        ? `kubectl -n ${ref.namespace} patch secret ${name} --type=json -p '[{"op":"remove","path":"/data/${key}"}]'`
        : `kubectl -n ${ref.namespace} delete secret ${name}`,
  };
  return { kept: [kept], blocks: false };
}
