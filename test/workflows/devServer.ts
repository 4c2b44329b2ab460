import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';

type SearchAttributes = NonNullable<
  NonNullable<Parameters<typeof TestWorkflowEnvironment.createLocal>[0]>['server']
>['searchAttributes'];

/** The SDK gives a server 5 s to start, which on a busy machine is little. */
const STARTS = 20;

/** A dev server of the test's own, with these search attributes alone. */
export async function devServer(searchAttributes: SearchAttributes = []): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path', path: inject('temporalCli') } as const;
  for (let start = 1; ; start += 1) {
    try {
      return await TestWorkflowEnvironment.createLocal({ server: { executable, searchAttributes } });
    } catch (error) {
      if (start === STARTS) throw error;
    }
  }
}
