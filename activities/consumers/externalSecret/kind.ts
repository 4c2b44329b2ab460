import type { ExternalSecretConsumer } from '../../../core/consumers/externalSecret/schema.ts';
import { targetOf } from '../../../core/kubernetes/consumerSecret.ts';
import { changedBy } from '../../../core/run/job.ts';
import type { LiveConsumer, LiveKind } from '../liveConsumer.ts';
import { notDelivered, placeOf } from '../../deploy/consumers/place.ts';
import { remove } from '../../deploy/consumers/placement.ts';
import { assertNotLeft, assertOurs, stillThere } from '../../deploy/consumers/shared.ts';
import { deployerOf } from '../../deploy/deployerOf.ts';
import { holdsValue, keyInSecret, withLeftoverSecret } from '../../waits/consumerSecret.ts';
import { NOTHING_LEFT, type UndoRemainder } from '../../kit/undoJournal.ts';
import { bringBack, deliver, takeBack } from './deliver.ts';
import { looksAtFiles, looksAtPlace, looksBeforeTurn, looksAsFormer } from './looks.ts';
import { refresh } from './refresh.ts';

/** An ExternalSecret in a service's own namespace, and the Secret that External Secrets makes of it. */
export const externalSecret: LiveKind<ExternalSecretConsumer> = {
  kind: 'externalSecret',
  looksAtFiles: (deps, names, consumer, { others, ...at }) =>
    looksAtFiles(deps, placeOf(deps, names, consumer, at), others),
  live(deps, names, consumer, at) {
    const place = placeOf(deps, names, consumer, at);
    const heldAt = keyInSecret(deps, place);
    // What another one holds there is not left over: who takes it away as told ends that one's logins.
    const leftBeside = async (others: readonly LiveConsumer[]): Promise<UndoRemainder> =>
      others.some((other) => other.heldAt === heldAt) ? NOTHING_LEFT : withLeftoverSecret(deps, place);
    return {
      ...at,
      label: place.label,
      system: 'External Secrets',
      holder: `Secret ${targetOf(consumer)}`,
      heldAt,
      looksBeforeTurn: () => looksBeforeTurn(deps, place),
      looks: (job, asked) => looksAtPlace(deps, job, place, asked),
      looksAsFormer: (job) => looksAsFormer(deps, job, place),
      looksBeforeRemoval: (job) => [
        () => deployerOf(deps).checkConsumer(deps, job, place),
        () => assertOurs(deps, place),
        ...(changedBy(job, place.entry) ? [] : [() => assertNotLeft(deps, place)]),
      ],
      missing: () => notDelivered(deps, place),
      lingering: () => stillThere(deps, place),
      withoutSecret: async () =>
        (await holdsValue(deps, { names }, place))
          ? undefined
          : `the Secret of ${place.label} does not hold the vault's value`,
      deliver: (job, delivery) => deliver(deps, { job, place, ...delivery }),
      async remove(job, delivery) {
        await assertOurs(deps, place);
        await remove(deps, { job, place, ...delivery });
      },
      remainder: leftBeside,
      takeBack: (job, journal, others) => takeBack(deps, { job, place, journal }, () => leftBeside(others)),
      bringBack: (job, journal) => bringBack(deps, job, place, journal),
    };
  },
  rotation: refresh,
};
