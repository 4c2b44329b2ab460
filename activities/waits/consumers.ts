import { Context } from '@temporalio/activity';
import { entryName } from '../../core/changes/entry.ts';
import { RegistrarError } from '../../core/base/errors.ts';
import { targetOf } from '../../core/kubernetes/consumerSecret.ts';
import { keyOfSecret } from '../../core/consumers/externalSecret/rules.ts';
import type { Job } from '../../core/run/job.ts';
import type { Check } from '../../core/run/reports.ts';
import { orderOf } from '../branch/landing/orderOf.ts';
import { consumerDeployerOf } from '../deploy/consumers/deployers.ts';
import { type ConsumerPlace, clusterOf, notDelivered, placesOf } from '../deploy/consumers/place.ts';
import { stillThere } from '../deploy/consumers/shared.ts';
import { holdsValue, waitForConsumerValue } from '../deploy/consumers/value.ts';
import type { Deps } from '../deps.ts';
import type { UndoRemainder, UndoJournal } from '../kit/undoJournal.ts';

/** Under `land: last` what we deployed, or took away, is not on the target branch yet: a sync undoes it. Throws `Refused`. */
export async function assertStillDelivered(deps: Deps, job: Job): Promise<void> {
  if (!orderOf(job).ahead) return;
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

/** Deploys an object again that this change took away, and waits until its Secret holds the vault's value. */
export async function bringBack(deps: Deps, job: Job, place: ConsumerPlace, journal: UndoJournal): Promise<void> {
  const deployer = consumerDeployerOf(deps);
  await deployer.outlast(deps, place);
  if ((await notDelivered(deps, place)) !== undefined) {
    const deed = { what: place.label, done: `${place.label} is there again` };
    await journal.begin(deed);
    const source = await orderOf(job).before(deps, job);
    const purpose = `undo-${entryName(place.entry).replaceAll(' ', '-')}`;
    await deployer.bring(deps, { job, place, purpose, ...source });
    journal.done(deed);
  }
  await waitForConsumerValue(deps, job, place);
}

/** Kubernetes deletes a Secret that the ExternalSecret owned; one that is orphaned or merged into keeps the value: listed. */
export async function withLeftoverSecret(deps: Deps, place: ConsumerPlace): Promise<UndoRemainder> {
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
