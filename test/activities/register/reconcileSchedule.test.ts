import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { reconcileSchedule } from '../../../activities/register/reconcileSchedule.ts';
import type { Job } from '../../../core/run/job.ts';

it.each([
  ['public', 'person', 1],
  ['public', undefined, 0],
  [undefined, 'person', 0],
] as const)(
  'a client that is %s, with a schedule made by %s, is told of it %i times',
  async (clientType, by, times) => {
    const schedules = { read: async () => (by === undefined ? undefined : { by, policy: { every: '90d' } }) };
    const names = { public: clientType === 'public' };
    const job = { client: 'phone', names, registration: { spec: { clientType } } } as unknown as Job;
    const warnings = await reconcileSchedule({ schedules } as unknown as Deps, job);
    expect(warnings.filter((text) => text.includes('oidc-registrar schedule delete phone'))).toHaveLength(times);
  },
);
