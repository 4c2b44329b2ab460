import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { CheckAllResult, CheckResult, CheckReport, Seen } from '../../../core/check/finding.ts';
import { eventually } from '../../fixtures/polling.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

interface Metadata {
  readonly currentDetails?: string;
}

/** Checks zot with these activities; the result, and what the UI shows. */
async function check(over: Partial<Activities>): Promise<{ result: CheckResult; details: string }> {
  const { activities } = fakeActivities('last', over);
  const options = { type: 'checkClient', workflowId: 'oidc-check/zot' };
  return runRegistration(
    env,
    activities,
    async (handle) => {
      const result = (await handle.result()) as CheckResult;
      const { currentDetails = '' } = await handle.query<Metadata>('__temporal_workflow_metadata');
      return { result, details: currentDetails };
    },
    options,
  );
}

async function checkAll(over: Partial<Activities>, input?: object): Promise<CheckAllResult> {
  const { activities } = fakeActivities('last', over);
  const options = { type: 'checkAllClients', workflowId: 'oidc-check', input };
  return runRegistration(env, activities, async (handle) => (await handle.result()) as CheckAllResult, options);
}

const drift: Seen = { system: 'Git', severity: 'drift', what: 'a file lacks an entry', remedy: 'Repair it.' };
const look = (...findings: readonly Seen[]): CheckReport => ({ present: true, findings });

it('is well where no system has anything to complain about, and says so in the UI', async () => {
  expect(await check({})).toEqual({
    result: { client: 'zot', ok: true, findings: [] },
    details: '### zot: as asked',
  });
});

it('reads every other system where one cannot be read, and says why, once it has tried again', async () => {
  let asked = 0;
  const { result, details } = await check({
    checkGit: async () => look(drift),
    checkAuthentik: async () => {
      asked += 1;
      throw failure('Unavailable', 'Authentik: no answer', { retryable: true });
    },
  });
  expect(asked).toBe(3);
  expect(result.ok).toBe(false);
  expect(result.findings).toEqual([
    drift,
    {
      system: 'test',
      severity: 'unreadable',
      what: 'Authentik: no answer',
      remedy: 'Mend Unavailable.',
    },
  ]);
  expect(details).toContain('### zot: 1 drift, 1 unreadable');
});

it('does not try again what no repetition mends', async () => {
  let asked = 0;
  const { result } = await check({
    checkSecret: async () => {
      asked += 1;
      throw failure('Unauthorized', 'the token is wrong');
    },
  });
  expect(asked).toBe(1);
  expect(result.findings.map(({ severity, what }) => `${severity} ${what}`)).toEqual(['unreadable the token is wrong']);
});

it('reads nothing where the registration cannot be read', async () => {
  const { result } = await check({
    checkBasis: async () => {
      throw failure('BadInput', 'unknown client "zot"');
    },
    checkGit: async () => {
      throw failure('Failed', 'nobody should ask');
    },
  });
  expect(result.findings.map(({ what }) => what)).toEqual(['unknown client "zot"']);
});

it.each([
  ['before', ['oidc-client/zot'], []],
  ['after', [], ['oidc-client/zot']],
])('takes drift for the doing of a run that was open %s the looks', async (_when, before, after) => {
  const { result } = await check({
    checkBasis: async (request) => ({ ...(await fakeActivities('last').activities.checkBasis(request)), open: before }),
    checkGit: async () => look(drift),
    checkRuns: async () => ({ ...look(), open: after }),
  });
  expect(result.ok).toBe(true);
  expect(result.findings.map(({ severity }) => severity)).toEqual(['inProgress']);
});

it('refuses an input that names no client', async () => {
  const { activities } = fakeActivities('last');
  const options = { type: 'checkClient', workflowId: 'oidc-check/x', input: { name: 'zot' } };
  const ended = runRegistration(env, activities, async (handle) => handle.result(), options);
  await expect(ended).rejects.toMatchObject({ cause: { type: 'BadInput' } });
});

it('checks all clients, a few at a time, and goes on where one cannot be checked', async () => {
  const clients = ['a', 'b', 'c', 'd', 'e', 'f', 'Not A Client', 'zot'];
  let now = 0;
  let most = 0;
  const { ok, clients: results } = await checkAll({
    listClients: async () => clients,
    checkBasis: async (request) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      return fakeActivities('last').activities.checkBasis(request);
    },
  });
  expect(most).toBeLessThanOrEqual(4);
  expect(ok).toBe(false);
  expect(results.map(({ client, findings }) => `${client} ${findings.length}`)).toEqual(
    clients.toSorted().map((client) => (client === 'Not A Client' ? `${client} 1` : `${client} 0`)),
  );
});

it('goes on as a new run after so many clients, tells of all of them, and checks as many at once as is set', async () => {
  const clients = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const found = Array.from({ length: 40 }, () => drift);
  const checked: string[] = [];
  const runs = new Set<string>();
  let now = 0;
  let most = 0;
  const result = await checkAll(
    {
      describeInstallation: async () => ({
        ...(await fakeActivities('last').activities.describeInstallation()),
        checksAtOnce: 2,
      }),
      listClients: async () => {
        runs.add(Context.current().info.workflowExecution?.runId ?? '');
        return clients;
      },
      checkBasis: async (request) => {
        now += 1;
        most = Math.max(most, now);
        checked.push(request.client);
        // The first one waits for the second: were it not begun meanwhile, it would never come.
        await eventually(
          () => checked.length,
          (count) => count > 1,
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
        return fakeActivities('last').activities.checkBasis(request);
      },
      checkGit: async ({ client }) => (client === 'b' ? look(...found) : look()),
    },
    { perRun: 3 },
  );
  expect(runs.size).toBe(3);
  expect(most).toBe(2);
  expect(checked.toSorted()).toEqual(clients);
  expect(result.ok).toBe(false);
  expect(result.clients.map(({ client, findings, counts }) => [client, findings.length, counts?.drift])).toEqual(
    clients.map((client) => (client === 'b' ? ['b', 5, 40] : [client, 0, undefined])),
  );
});

it('checks a client itself that somebody else is checking under the id of the child', async () => {
  // Its task queue has no worker: it stays open.
  const other = await env.client.workflow.start('checkClient', {
    taskQueue: 'nobody',
    workflowId: 'oidc-check/zot',
    args: [{ client: 'zot' }],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  try {
    const result = await checkAll({ listClients: async () => ['zot'] });
    expect(result).toEqual({ ok: true, clients: [{ client: 'zot', ok: true, findings: [] }] });
  } finally {
    await other.terminate();
  }
});

it('of many clients stands behind what people start', async () => {
  const { activities } = fakeActivities('last', { listClients: async () => ['zot', 'wiki'] });
  const options = { type: 'checkAllClients', workflowId: 'oidc-check', input: undefined };
  const { events } = await runRegistration(
    env,
    activities,
    async (handle) => {
      await handle.result();
      return handle.fetchHistory();
    },
    options,
  );
  const started = events?.flatMap((event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? []) ?? [];
  expect(started.map(({ priority }) => priority?.priorityKey)).toEqual([5, 5]);
});
