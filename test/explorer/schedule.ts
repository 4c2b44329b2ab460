import * as fc from 'fast-check';
import type { Activities } from '../../activities/createActivities.ts';
import { deregisterStepsInOrder } from '../../core/run/deregistration.ts';
import { DELIVER_STEP, type Land, STEPS as REGISTRATION } from '../../core/run/steps.ts';
import type { Review } from './proposals.ts';

export const CLIENTS = ['quince', 'medlar'] as const;
export type Client = (typeof CLIENTS)[number];

/** `change` registers another text; the others are what each workflow is asked, `takeBack`, `restore` and `putBack` with `takeBack`. */
export type Ask = 'register' | 'change' | 'takeBack' | 'rotate' | 'restore' | 'deregister' | 'putBack';

/** What may happen to an attempt of an activity; `later` comes to its run after it, whatever that is at then. */
const STRIKES = [
  'fails',
  'fails after its work',
  'is refused once',
  'loses its answer',
  'times out',
  'times out, and works late',
  'is cancelled',
  'is cancelled after its work',
  'is cancelled, and works on',
  'is terminated',
  'is terminated after its work',
  'is stopped in its undo',
  'takes an hour',
  'is cancelled later',
  'is terminated later',
  'is stopped in its undo later',
  'is told to look again',
  'is told to look again later',
] as const;
export type Strike = (typeof STRIKES)[number];

interface Happening {
  readonly activity: string;
  /** Of all attempts of that activity, from 0. */
  readonly nth: number;
  readonly strike: Strike;
}

export interface Schedule {
  readonly land: Land;
  /** What each client's runs are asked, one after the other. */
  readonly runs: Readonly<Record<Client, readonly Ask[]>>;
  readonly happenings: readonly Happening[];
  /** How long attempts take, in turn, in milliseconds: by it the runs of two clients meet at different places. */
  readonly paces: readonly number[];
  /** How much later what comes later comes, in milliseconds: by it people come while a run waits for no activity, too. */
  readonly laterMs?: number;
  /** What people do with one pull request after the other, in turn; absent where the job pushes. */
  readonly reviews?: readonly Review[];
  /** Consumers have ExternalSecrets of their own. */
  readonly delivers?: boolean;
}

type Activity = keyof Activities;
type Story = 'registration' | 'rotation' | 'removal';

/** What comes at the end of a run, and what an undo does. */
const ENDS: Readonly<Record<Story, readonly Activity[]>> = {
  registration: [
    'undoDeliverToConsumers',
    'cleanUp',
    'settleLanding',
    'undoSyncBlueprint',
    'undoPatchExternalSecret',
    'undoStoreSecret',
    'undoGenerateSecret',
    'deleteRunBranch',
    'releaseTurn',
    'revertChange',
  ],
  rotation: ['finishRotation', 'restoreSecret', 'restoreConsumer', 'undoCreateSecret', 'releaseTurn'],
  removal: [
    'removeAccounts',
    'retireSecret',
    'cleanUp',
    'settleLanding',
    'undoTakeFromConsumers',
    'undoRemoveApplication',
    'undoTakeOutBlueprint',
    'undoTakeOutExternalSecret',
    'deleteRunBranch',
    'releaseTurn',
    'revertChange',
  ],
};

const STEPS: Readonly<Record<Story, readonly Activity[]>> = {
  registration: ([...REGISTRATION, DELIVER_STEP] as const).filter((step) => !ENDS.registration.includes(step)),
  rotation: [
    'preflightRotation',
    'acquireTurn',
    'createSecret',
    'setSecret',
    'testSecret',
    'applyAtConsumer',
    'probeConsumer',
  ],
  removal: deregisterStepsInOrder('last', true).filter((step) => !ENDS.removal.includes(step)),
};

export const ENDINGS: readonly string[] = Object.values(ENDS).flat();

const ASKED: Readonly<Record<Story, readonly Ask[]>> = {
  registration: ['register', 'change', 'takeBack'],
  rotation: ['rotate', 'restore', 'register'],
  removal: ['deregister', 'putBack', 'register'],
};

const strike = fc.constantFrom(...STRIKES);
/** Of an undo most strikes change little; that it fails is what its order is for. */
const strikeAtEnd = fc.oneof({ weight: 1, arbitrary: fc.constant<Strike>('fails') }, { weight: 1, arbitrary: strike });

function happenings(
  activities: readonly string[],
  strikes: fc.Arbitrary<Strike>,
  limits: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<Happening[]> {
  // Every first attempt comes; few third ones do.
  const nth = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) });
  return fc.array(fc.record({ activity: fc.constantFrom(...activities), nth, strike: strikes }), limits);
}

const reviews = fc.array(
  fc.record<Review>({
    deed: fc.oneof({ weight: 3, arbitrary: fc.constant('merge') }, { weight: 1, arbitrary: fc.constant('close') }),
    // The last is more than a run waits.
    ms: fc.constantFrom(1, 1_500, 90_000, 10_000_000, 100_000_000),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Schedules of these stories. Something always happens to a step, for without that no undo begins to which anything could happen. */
function schedulesOf(by: 'push' | 'pullRequest', ...stories: readonly Story[]): fc.Arbitrary<Schedule> {
  const of = <T>(lists: Readonly<Record<Story, readonly T[]>>): readonly T[] => stories.flatMap((each) => lists[each]);
  const asks = fc.array(fc.constantFrom(...of(ASKED)), {
    minLength: stories[0] === 'registration' ? 0 : 1,
    maxLength: 2,
  });
  return fc.record({
    land: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Land>('last') },
      { weight: 1, arbitrary: fc.constant<Land>('first') },
    ),
    runs: fc.record({
      quince: asks.map((more) => ['register' as const, ...more]),
      medlar: fc.oneof(
        { weight: 1, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: asks.map((more) => ['register' as const, ...more]) },
      ),
    }),
    happenings: fc
      .tuple(
        happenings(by === 'push' ? of(STEPS) : [...of(STEPS), 'awaitMerge', 'landChange'], strike, {
          minLength: 1,
          maxLength: 3,
        }),
        happenings(of(ENDS), strikeAtEnd, { minLength: 0, maxLength: 3 }),
      )
      .map(([steps, endings]) => [...steps, ...endings]),
    paces: fc.array(fc.constantFrom(1, 40, 900, 30_000), { minLength: 1, maxLength: 4 }),
    laterMs: fc.constantFrom(500, 5_000, 70_000),
    delivers: fc.boolean(),
    ...(by === 'push' ? {} : { reviews }),
  });
}

export const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  { weight: 3, arbitrary: schedulesOf('push', 'registration') },
  { weight: 2, arbitrary: schedulesOf('push', 'rotation') },
  { weight: 2, arbitrary: schedulesOf('push', 'removal') },
  { weight: 1, arbitrary: schedulesOf('push', 'registration', 'rotation', 'removal') },
  { weight: 1, arbitrary: schedulesOf('pullRequest', 'registration') },
  { weight: 1, arbitrary: schedulesOf('pullRequest', 'removal') },
);
