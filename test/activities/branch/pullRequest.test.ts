import { expect, it } from 'vitest';
import { propose } from '../../../activities/branch/pullRequest.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Proposal } from '../../../core/run/reports.ts';
import { attemptIn } from '../../fixtures/attempts.ts';

const job = { client: 'zot', changeId: 'c1', branch: 'oidc-registrar/zot-c1', edits: [] } as unknown as Job;

/** Proposes to a forge that limits requests, and asks to wait so long. */
async function proposed(retryAfterMs: number, attempt: number, allTriesMs = 600_000): Promise<Proposal> {
  const open = async (): Promise<never> => {
    const remedy = 'The forge limits requests; it is tried again.';
    throw new RegistrarError({ system: 'Forge', kind: 'RateLimited', message: 'too many', remedy, retryAfterMs });
  };
  const git = { head: async () => undefined, push: async () => undefined };
  const deps = { git, forge: { open }, compareUrl: () => 'https://forge.example/compare' } as unknown as Deps;
  const at = Date.now();
  const info = {
    attempt,
    scheduleToCloseTimeoutMs: allTriesMs,
    scheduledTimestampMs: at,
    currentAttemptScheduledTimestampMs: at,
  };
  const attempted = attemptIn(async () => undefined, info);
  return attempted.run(propose, deps, job, 'a1');
}

it('a forge that limits requests for a minute at most is asked again', async () => {
  await expect(proposed(60_000, 1)).rejects.toMatchObject({ kind: 'RateLimited' });
});

it.each([
  ['has asked for an hour', 3_600_000, 1, 600_000],
  ['has limited the last try, too', 1_000, 3, 600_000],
  ['has asked for more than the time that is left', 60_000, 1, 30_000],
])('a run goes on without a forge that %s, and nobody is told that it is tried again', async (_which, ...of) => {
  const { address, trouble } = await proposed(...of);
  expect(address).toBe('https://forge.example/compare');
  expect(trouble).toBe('the pull request of oidc-registrar-change/zot-c1 is to be opened by hand: too many.');
});
