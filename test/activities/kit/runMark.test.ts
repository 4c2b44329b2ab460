import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { runMark } from '../../../activities/kit/runMark.ts';

it('tells two runs of one minute apart, whose ids begin alike', async () => {
  const markOf = (runId: string): Promise<string> =>
    new MockActivityEnvironment({ workflowExecution: { workflowId: 'oidc-client/zot', runId } }).run(async () =>
      runMark(),
    );
  // As the server made them, a second apart.
  const one = await markOf('019ad7d2-6c1f-7c37-9d0e-1f2a3b4c5d6e');
  expect(await markOf('019ad7d2-700a-7b11-8a44-6e5d4c3b2a1f')).not.toBe(one);
  expect(await markOf('019ad7d2-6c1f-7c37-9d0e-1f2a3b4c5d6e')).toBe(one);
});
