import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, inject } from 'vitest';

/** The server that skips time, for the tests that follow. */
export function useTimeSkipping(started: (env: TestWorkflowEnvironment) => void): void {
  let env: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    const executable = { type: 'existing-path', path: inject('temporalTestServer') } as const;
    env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    started(env);
  });
  afterAll(async () => env?.teardown());
}
