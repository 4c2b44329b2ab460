import { WorkflowFailedError, type Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { expect, it, vi } from 'vitest';
import { doctor } from '../../client/commands/doctor.ts';
import { connectClient } from '../../client/connect.ts';
import { VERSION } from '../../core/base/version.ts';
import type { DoctorFinding } from '../../core/doctor/finding.ts';

vi.mock('../../client/connect.ts', async (importOriginal) => ({
  ...(await importOriginal<typeof import('../../client/connect.ts')>()),
  connectClient: vi.fn<typeof connectClient>(),
}));

/** What doctor says of the workers, where one polls and its diagnosis ends so; and its exit code. */
async function said(result: () => Promise<unknown>): Promise<readonly [number, readonly DoctorFinding[]]> {
  const seconds = 90 * 86_400;
  vi.mocked(connectClient).mockResolvedValue({
    options: { namespace: 'default' },
    workflowService: {
      describeNamespace: async () => Promise.resolve({ config: { workflowExecutionRetentionTtl: { seconds } } }),
      describeTaskQueue: async () => Promise.resolve({ pollers: [{ identity: '7@registrar' }] }),
    },
    workflow: { start: async () => Promise.resolve({ result }), list: async function* () {} },
  } as unknown as Client);
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const code = await doctor({ installation: undefined, fix: false, json: true });
    const { findings } = JSON.parse(String(written.mock.calls[0]?.[0])) as { findings: readonly DoctorFinding[] };
    return [code, findings.filter(({ what }) => what === 'worker')];
  } finally {
    written.mockRestore();
  }
}

const answers = (version: string) => async () => Promise.resolve({ version, findings: [], retentionMs: 0 });

it('a worker that polls and does not answer is an error, for nothing else was looked at', async () => {
  const late = new WorkflowFailedError('failed', new TimeoutFailure(undefined, undefined, 'START_TO_CLOSE'), 'TIMEOUT');
  const [code, [found]] = await said(async () => Promise.reject(late));
  expect(code).toBe(1);
  expect(found).toMatchObject({
    severity: 'error',
    message: '7@registrar polls, and does not answer: the other systems were not looked at',
    remedy: 'See its log. One of an older release does not know this question: upgrade it.',
  });
});

it('a worker of another release is a warning that names both', async () => {
  expect(await said(answers('9.9.9'))).toMatchObject([
    0,
    [
      {
        severity: 'warning',
        message: `the worker that has answered is of release 9.9.9, this command of ${VERSION}`,
        remedy: 'Upgrade the older of both.',
      },
    ],
  ]);
  expect(await said(answers(VERSION))).toMatchObject([0, [{ severity: 'well' }]]);
});
