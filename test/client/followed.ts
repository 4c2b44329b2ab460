// Follows a run that never ends, for a test of what a person sees who leaves it.
import type { WorkflowHandle } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { follow } from '../../client/commands/run.ts';

const steps = [
  { name: 'acquireTurn', state: 'done', startedAt: 1, endedAt: 2 },
  { name: 'preflight', state: 'running', startedAt: 2 },
];
const open = {
  workflowId: 'oidc-client/zot',
  client: { options: { loadedDataConverter: defaultDataConverter } },
  result: () => new Promise(() => undefined),
  query: async () => ({ client: 'zot', phase: 'registering', steps, warnings: [], kept: [], waitsFor: 'for ever' }),
  describe: async () => ({ raw: { pendingActivities: [] } }),
};
process.exitCode = await follow(open as unknown as WorkflowHandle, 'zot', { json: process.argv.includes('--json') });
