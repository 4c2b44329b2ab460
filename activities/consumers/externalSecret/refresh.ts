import { refused } from '../../../core/base/errors.ts';
import { command } from '../../../core/run/commands.ts';
import type { RotationConsumer, RotationJob } from '../../../core/run/rotation.ts';
import { clusterOf, notDelivered, placesOf, type ConsumerPlace } from '../../deploy/consumers/place.ts';
import { waitForConsumerValue } from '../../waits/consumerSecret.ts';
import type { Deps } from '../../deps.ts';
import type { LiveRotation } from '../liveConsumer.ts';
import { assertRefreshed } from './looks.ts';
import { runMark } from '../../kit/runMark.ts';
import { throwIfCancelled, waitUntil } from '../../kit/wait.ts';
import { restartToken } from '../../waits/restart.ts';

export const refresh: LiveRotation = { check, deliver };

/** Refreshes the consumer's ExternalSecret until its Secret holds the vault's value, then rolls what reads it only at its start. */
async function deliver(
  deps: Deps,
  job: RotationJob,
  target: RotationConsumer,
  purpose: 'set' | 'restore',
): Promise<void> {
  const place = placeAt(deps, job, target);
  await waitForConsumerValue(deps, job, place, { forceNow: true });
  const { deployments } = await clusterOf(deps, place);
  for (const name of place.consumer.restart) {
    throwIfCancelled();
    const ref = { namespace: place.ref.namespace, name };
    await deployments.restart(ref, `${restartToken(job, purpose)}-${runMark()}`);
    const remedy = `See kubectl -n ${ref.namespace} rollout status deployment ${name}.`;
    await waitUntil('Kubernetes', remedy, deps.installation.timings.pollMs, async () => {
      const { complete, failure, summary } = await deployments.rollout(ref);
      if (complete) return { done: undefined };
      return { waiting: `Deployment ${ref.namespace}/${name}: ${failure ?? summary}` };
    });
  }
}

/** Whether the ExternalSecret can be refreshed and its Deployments rolled, before anything changes. Throws `Refused`. */
async function check(deps: Deps, job: RotationJob, target: RotationConsumer): Promise<void> {
  const place = placeAt(deps, job, target);
  const missing = await notDelivered(deps, place);
  if (missing !== undefined) throw refused('External Secrets', missing, `Run ${command('repair', job.client)} first.`);
  const { externalSecrets, deployments } = await clusterOf(deps, place);
  const state = await externalSecrets.read(place.ref);
  if (state !== undefined && !state.store.ready)
    throw refused(
      'External Secrets',
      `${state.store.kind} ${state.store.name} of ${place.label} is not Ready`,
      'Mend the store first.',
    );
  assertRefreshed(place, state);
  for (const name of place.consumer.restart) {
    const { complete, failure, summary, paused } = await deployments.rollout({ namespace: place.ref.namespace, name });
    if (complete && !paused) continue;
    const why = paused ? 'is paused' : `is not rolled out: ${failure ?? summary}`;
    throw refused('External Secrets', `Deployment ${place.ref.namespace}/${name} ${why}`, 'Mend it first.');
  }
}

function placeAt(deps: Deps, job: RotationJob, { index }: RotationConsumer): ConsumerPlace {
  const place = placesOf(deps, job).find((each) => each.index === index);
  if (place === undefined) throw new TypeError(`consumer ${index} has no ExternalSecret`);
  return place;
}
