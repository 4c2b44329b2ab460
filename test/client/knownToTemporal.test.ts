import { type Client, ServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, RetryState } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { knownToTemporal } from '../../client/knownToTemporal.ts';
import { listText } from '../../client/output/list.ts';
import { IDS } from '../../core/run/ids.ts';

// How runs ended, of a Temporal that answers, forgets, or is away.

const startTime = new Date('2026-11-30T10:00:00Z');
const run = (client: string, name: string) => ({
  workflowId: `oidc-client/${client}`,
  runId: client,
  taskQueue: IDS.taskQueue,
  type: 'registerClient',
  status: { name },
  startTime,
});

/** Temporal with a run of each client, whose result is asked for by this. */
function withRuns(clients: readonly string[], status: string, result: () => Promise<unknown>): Client {
  const workflow = {
    list: async function* ({ query }: { query: string }) {
      if (query.startsWith('WorkflowId')) yield* clients.map((client) => run(client, status));
    },
    getHandle: () => ({ result }),
  };
  return { workflow, schedule: { list: async function* () {} } } as unknown as Client;
}

const away = (): Error =>
  new ServiceError('Failed to get the result', {
    cause: Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'no connection', metadata: {} }),
  });

describe('how a run ended', () => {
  it.each(['COMPLETED', 'FAILED'])('is not told where Temporal does not answer (%s)', async (status) => {
    await expect(knownToTemporal(withRuns(['zot'], status, async () => Promise.reject(away())))).rejects.toMatchObject({
      system: 'Temporal',
      kind: 'Unavailable',
    });
  });

  it('is not told of a run that Temporal has just forgotten', async () => {
    const forgotten = async () => Promise.reject(new WorkflowNotFoundError('not found', 'oidc-client/zot', undefined));
    expect(await knownToTemporal(withRuns(['zot'], 'COMPLETED', forgotten))).toEqual(new Map([['zot', {}]]));
  });

  it('is told by its failure, or its result', async () => {
    const failure = new WorkflowFailedError(
      'failed',
      ApplicationFailure.create({ type: 'Refused' }),
      RetryState.NON_RETRYABLE_FAILURE,
    );
    const failed = withRuns(['zot'], 'FAILED', async () => Promise.reject(failure));
    const ended = withRuns(['zot'], 'COMPLETED', async () => Promise.resolve({ outcome: 'created' }));
    expect((await knownToTemporal(failed)).get('zot')?.lastRun?.outcome).toBe('failed');
    expect((await knownToTemporal(ended)).get('zot')).toMatchObject({
      stands: 'registered',
      lastRun: { outcome: 'created' },
    });
  });
});

it('a run that is bound to a build of which no worker polls is told, with the command that moves it', async () => {
  const build = (buildId: string) => ({ deploymentName: 'oidc-registrar', buildId });
  const polls = (buildId: string, secondsAgo: number) => ({
    identity: buildId,
    lastAccessTime: { seconds: Math.round(Date.now() / 1000) - secondsAgo },
    deploymentOptions: { ...build(buildId), workerVersioningMode: 2 },
  });
  const bound = (info: object) => ({
    ...run('zot', 'RUNNING'),
    raw: { workflowExecutionInfo: { versioningInfo: info } },
  });
  const known = async (info: object) => {
    const asked = withRuns(['zot'], 'RUNNING', async () => undefined);
    Object.assign(asked.workflow, { getHandle: () => ({ describe: async () => bound(info) }) });
    const describeTaskQueue = async () => ({
      pollers: [polls('1', 300), polls('2', 5)],
      versioningInfo: { currentDeploymentVersion: build('2') },
    });
    const options = { namespace: 'team' };
    Object.assign(asked, { options, workflowService: { describeTaskQueue } });
    return (await knownToTemporal(asked)).get('zot');
  };
  const found = await known({ behavior: 1, deploymentVersion: build('1') });
  expect(found?.stranded).toEqual({
    workflowId: 'oidc-client/zot',
    version: build('1'),
    move: 'temporal workflow update-options --namespace team --workflow-id oidc-client/zot --versioning-override-behavior one_time --versioning-override-deployment-name oidc-registrar --versioning-override-build-id 2',
  });
  expect(listText([{ client: 'zot', stands: 'registered', ...found }])).toContain(found?.stranded?.move);
  // Its build polls; it follows the newest; it was told to.
  for (const info of [
    { behavior: 1, deploymentVersion: build('2') },
    { behavior: 2, deploymentVersion: build('1') },
    { behavior: 1, deploymentVersion: build('1'), versioningOverride: { autoUpgrade: true } },
    {},
  ])
    expect((await known(info))?.stranded).toBeUndefined();
});

it('a few clients are asked about at once, and none is left out', async () => {
  const clients = Array.from({ length: 100 }, (_, index) => `client-${index}`);
  let [open, most] = [0, 0];
  const asked = withRuns(clients, 'COMPLETED', async () => {
    most = Math.max(most, (open += 1));
    await new Promise(setImmediate);
    open -= 1;
    return { outcome: 'created' };
  });
  expect([...(await knownToTemporal(asked)).keys()]).toEqual(clients);
  expect(most).toBeLessThanOrEqual(8);
  expect(most).toBeGreaterThan(1);
});

describe('a rotation that was due while another run of the client was open', () => {
  const due = new Date('2026-11-30T02:10:00Z');
  const parentId = 'oidc-rotate/zot-workflow-2026-11-30T02:10:00Z';

  /** Its Schedule's last run has this status and result; a run of the client, which it has started or not, is open. */
  function withSchedule(status: string, result: () => Promise<unknown>, parent?: string): Client {
    const open = { ...run('zot', 'RUNNING'), ...(parent && { parentExecution: { workflowId: parent, runId: 'p' } }) };
    const workflow = {
      list: async function* ({ query }: { query: string }) {
        if (query.startsWith('WorkflowId')) yield open;
      },
      getHandle: () => ({ result, describe: async () => Promise.resolve({ status: { name: status }, raw: {} }) }),
    };
    const list = async function* () {
      const action = { type: 'startWorkflow', workflow: { workflowId: parentId, firstExecutionRunId: 'p' } };
      yield {
        scheduleId: 'oidc-rotate/zot',
        action: { workflowType: 'rotateSecret' },
        state: { paused: false },
        info: { nextActionTimes: [new Date('2027-02-28T02:10:00Z')], recentActions: [{ scheduledAt: due, action }] },
      };
    };
    return { workflow, schedule: { list } } as unknown as Client;
  }

  const never = async () => new Promise(() => undefined);
  const failing = (type: string) => async () =>
    Promise.reject(
      new WorkflowFailedError('failed', ApplicationFailure.create({ type }), RetryState.NON_RETRYABLE_FAILURE),
    );

  it.each([
    ['waits for it', withSchedule('RUNNING', never), { due: due.toISOString(), waits: true }],
    ['is the run that is open', withSchedule('RUNNING', never, parentId), undefined],
    ['was left out', withSchedule('FAILED', failing('AlreadyRunning')), { due: due.toISOString(), waits: false }],
    ['failed by itself', withSchedule('FAILED', failing('Refused')), undefined],
  ])('%s', async (_what, temporal, heldUp) => {
    const known = (await knownToTemporal(temporal)).get('zot');
    expect(known?.nextRotation).toBe('2027-02-28T02:10:00.000Z');
    expect(known?.heldUp).toEqual(heldUp);
  });
});
