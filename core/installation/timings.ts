import { z } from 'zod';
import { DURATION, durationOf } from '../registration/rotationPolicy.ts';

const DURATION_WORDS = 'must be milliseconds, or a number and s, m, h, d or w, such as 90d';

/** Milliseconds, as a number or as a text such as `7d`. */
export const duration = (defaultMs: number, means: string) =>
  z
    .union(
      [z.int().positive(DURATION_WORDS), z.string().regex(DURATION, DURATION_WORDS).transform(durationOf)],
      DURATION_WORDS,
    )
    .prefault(defaultMs)
    .describe(means);

/** Durations in milliseconds: every wait of the job is a setting, so that tests run with short ones. */
export const timingsSchema = z.strictObject({
  requestMs: duration(60_000, 'Start-to-close of a read or a write'),
  requestRetryMs: duration(600_000, 'All tries of a read or a write together'),
  rateLimitMs: duration(4_200_000, 'All tries of a vault write, its rate limit included'),
  rateLimitPauseMs: duration(300_000, 'How long to stay away from the vault after a rate limit that names no time'),
  waitMs: duration(600_000, 'Start-to-close of a wait of minutes'),
  waitRetryMs: duration(1_800_000, 'All tries of a wait of minutes together'),
  heartbeatMs: duration(15_000, 'Silence after which a waiting activity is taken for dead'),
  retryInitialMs: duration(1_000, 'Before the second try; doubled before each further one'),
  retryMaximumMs: duration(60_000, 'Longest time between two tries'),
  pollMs: duration(2_000, 'Between two looks of a wait'),
  forceSyncMs: duration(20_000, 'Between two forced syncs of an ExternalSecret'),
  applyAgainMs: duration(30_000, 'Silence after which a blueprint is applied again, doubled each time'),
  mountRefreshMs: duration(
    300_000,
    'delivery: file only: how long the files of a mounted Secret may take to follow it',
  ),
  absentForMs: duration(10_000, 'How long a file must be absent on every ask'),
  turnPollMs: duration(15_000, 'Between two looks at a busy turn'),
  turnMs: duration(86_400_000, 'Longest wait for the turn at an Application'),
  mergeMs: duration(86_400_000, 'Longest wait for the merge of a pull request'),
  mergePollMs: duration(60_000, 'Between two looks at the target branch for a merge'),
  deployPollMs: duration(15_000, 'Between two looks at what somebody else deploys'),
  deployMs: duration(86_400_000, 'Longest wait for somebody else to deploy what has landed'),
  readyMs: duration(604_800_000, 'How long a rotation waits for a person to say "ready"'),
  confirmMs: duration(3_600_000, 'How long a run waits for a person to confirm a consumer'),
  undoRetryMs: duration(1_800_000, 'All tries of one compensation together'),
});

export type Timings = z.output<typeof timingsSchema>;
