import * as fc from 'fast-check';
import type { Activities } from '../../activities/createActivities.ts';
import type { Land } from '../../core/run/steps.ts';

export const CLIENTS = ['quince', 'medlar'] as const;
export type Client = (typeof CLIENTS)[number];

/** What may happen to an attempt of an activity. */
const STRIKES = [
  'fails',
  'fails after its work',
  'is refused once',
  'loses its answer',
  'times out',
  'times out, and works late',
  'is cancelled',
  'is cancelled after its work',
  'is terminated',
  'is terminated after its work',
  'is stopped in its undo',
  'takes an hour',
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
  readonly runs: Readonly<Record<Client, readonly ('register' | 'takeBack')[]>>;
  readonly happenings: readonly Happening[];
  /** How long attempts take, in turn, in milliseconds: by it the runs of two clients meet at different places. */
  readonly paces: readonly number[];
}

const ACTIVITIES = [
  'acquireTurn',
  'preflight',
  'generateSecret',
  'storeSecret',
  'patchExternalSecret',
  'syncBlueprint',
  'pollBlueprintStatus',
  'renderAnsibleFiles',
  'verifyRegistration',
  'landChange',
  'cleanUp',
  'settleLanding',
  'undoSyncBlueprint',
  'undoPatchExternalSecret',
  'undoStoreSecret',
  'undoGenerateSecret',
  'deleteRunBranch',
  'releaseTurn',
  'revertChange',
] as const satisfies readonly (keyof Activities)[];

const asks = fc.array(fc.constantFrom('register' as const, 'takeBack' as const), { maxLength: 2 });

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  land: fc.constantFrom<Land>('last', 'first'),
  runs: fc.record({ quince: asks.map((more) => ['register' as const, ...more]), medlar: asks }),
  happenings: fc.array(
    fc.record({
      activity: fc.constantFrom(...ACTIVITIES),
      // Most first attempts come; few third ones do.
      nth: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
      strike: fc.constantFrom(...STRIKES),
    }),
    { maxLength: 6 },
  ),
  paces: fc.array(fc.constantFrom(1, 40, 900, 30_000), { minLength: 1, maxLength: 4 }),
});
