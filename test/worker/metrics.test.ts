import { createServer, type AddressInfo } from 'node:net';
import type { Client, Connection } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RegistrarError } from '../../core/base/errors.ts';
import { metricsAddress } from '../../worker/metrics/address.ts';
import { FromTemporal } from '../../worker/metrics/fromTemporal.ts';
import { WorkerHealth } from '../../worker/metrics/health.ts';
import { serveMetrics } from '../../worker/metrics/server.ts';
import { IDS } from '../../core/run/ids.ts';
import { freePort } from '../fixtures/freePort.ts';

describe('METRICS_ADDRESS', () => {
  test.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    [':9464', { host: '0.0.0.0', port: 9464 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['', undefined],
    [undefined, undefined],
  ])('%s is understood', (text, address) => {
    expect(metricsAddress(text)).toEqual(address);
  });

  test.each(['9464', 'localhost', 'localhost:', 'localhost:0', 'localhost:65536', '::1:9464', 'http://localhost:9464'])(
    '%s is refused by name, with what to write',
    (text) => {
      expect(() => metricsAddress(text)).toThrow(`METRICS_ADDRESS "${text}" is no HOST:PORT`);
    },
  );

  test('that is taken ends the worker by a sentence', async () => {
    const taken = createServer();
    onTestFinished(() => void taken.close());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const failed = serveMetrics({ host: '127.0.0.1', port }, { isReady: async () => true, metrics: async () => '' });
    await expect(failed).rejects.toThrow(RegistrarError);
    await expect(failed).rejects.toThrow(`METRICS_ADDRESS: 127.0.0.1:${port} cannot be listened on (EADDRINUSE)`);
  });
});

describe('the server', () => {
  async function serving(isReady: () => Promise<boolean>, metrics = async () => 'a 1\n') {
    const address = { host: '127.0.0.1', port: await freePort() };
    onTestFinished(await serveMetrics(address, { isReady, metrics }));
    return async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${address.port}${path}`, { method });
      return [answer.status, await answer.text()];
    };
  }

  test('is up before it is ready, and says no more than that', async () => {
    let ready = false;
    const get = await serving(async () => ready);
    expect([await get('/healthz'), await get('/readyz')]).toEqual([
      [200, 'ok\n'],
      [503, 'not ready\n'],
    ]);
    ready = true;
    expect([await get('/readyz'), await get('/readyz?verbose')]).toEqual([
      [200, 'ok\n'],
      [200, 'ok\n'],
    ]);
  });

  test('answers nothing else', async () => {
    const get = await serving(async () => true);
    expect(await get('/metrics')).toEqual([200, 'a 1\n']);
    expect(await get('/')).toEqual([404, 'not found\n']);
    expect(await get('/metrics', 'POST')).toEqual([405, 'only GET\n']);
    expect(await get('/metrics', 'HEAD')).toEqual([200, '']);
  });

  test('tells nobody why it has no metrics', async () => {
    const get = await serving(
      async () => true,
      async () => {
        throw new Error('connect ECONNREFUSED 127.0.0.1:4711');
      },
    );
    expect(await get('/metrics')).toEqual([503, 'not ready\n']);
  });
});

test('a worker is ready while it polls and Temporal answers, and Temporal is asked once for many who ask', async () => {
  let asked = 0;
  const state = { worker: 'INITIALIZED', answers: true };
  const connection = {
    withDeadline: async (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflowService: {
      getSystemInfo: async () => {
        asked += 1;
        if (!state.answers) throw new Error('14 UNAVAILABLE');
        return {};
      },
    },
  } as unknown as Connection;
  const running = () => {
    const health = new WorkerHealth(1);
    health.runs({
      worker: { getState: () => state.worker } as never,
      connection,
      fromTemporal: { look: async () => undefined },
    });
    return health;
  };
  expect(await new WorkerHealth(1).isReady()).toBe(false);
  expect(await running().isReady()).toBe(false);
  state.worker = 'RUNNING';
  const health = running();
  expect(await Promise.all([health.isReady(), health.isReady(), health.isReady()])).toEqual([true, true, true]);
  expect(asked).toBe(1);
  state.worker = 'DRAINING';
  expect(await health.isReady()).toBe(false);
  Object.assign(state, { worker: 'RUNNING', answers: false });
  expect(await running().isReady()).toBe(false);
});

describe('what Temporal tells', () => {
  const now = Date.now();
  const times = (...days: readonly number[]) => days.map((day) => new Date(now + day * 86_400_000));
  const rotation = (client: string, nextActionTimes: readonly Date[], paused = false) => ({
    scheduleId: `oidc-rotate/${client}`,
    action: { workflowType: 'rotateSecret' },
    state: { paused },
    info: { nextActionTimes },
  });

  /** A look at these schedules and waits; what each series says then. */
  async function looked(schedules: readonly object[][], waits: Readonly<Record<string, object>> = {}) {
    const series = new Map<string, number>();
    const meter = {
      createGauge: (name: string) => ({
        set: (value: number, labels: object) =>
          void series.set(`${name.replace('oidc_registrar_', '')} ${Object.values(labels).join(' ')}`, value),
      }),
    } as unknown as MetricMeter;
    const listed = [...schedules];
    const executions = Object.keys(waits).map((id) => ({ execution: { workflowId: id, runId: `r-${id}` }, status: 1 }));
    const client = {
      options: { namespace: 'default' },
      withDeadline: async (_until: number, ask: () => Promise<unknown>) => ask(),
      workflowService: { listWorkflowExecutions: async () => ({ executions }) },
      workflow: {
        getHandle: (id: string) => ({
          query: async () => {
            const view = waits[id] as { readonly fails?: true };
            if (view.fails) throw new Error('no worker has it');
            return view;
          },
        }),
      },
      schedule: {
        list: () =>
          (async function* list() {
            yield* listed.shift() ?? [];
          })(),
      },
    } as unknown as Client;
    const from = new FromTemporal(client, IDS, meter);
    for (const _look of schedules) await from.look();
    return series;
  }

  test('is the interval and next time of each schedule of rotations; a pause has no next time', async () => {
    const other = { ...rotation('nightly', times(1, 2)), scheduleId: 'oidc-check' };
    const series = await looked([[rotation('zot', times(3, 93)), rotation('wiki', times(3, 33), true), other]]);
    expect(series.get('rotation_interval_seconds zot')).toBe(90 * 86_400);
    expect(series.get('rotation_next_timestamp_seconds zot')).toBe((now + 3 * 86_400_000) / 1_000);
    expect(series.get('rotation_interval_seconds wiki')).toBe(30 * 86_400);
    expect(series.get('rotation_next_timestamp_seconds wiki')).toBeNaN();
    expect([...series.keys()].filter((key) => key.startsWith('rotation'))).toHaveLength(4);
  });

  test('is nothing any more of a schedule that is gone', async () => {
    const series = await looked([[rotation('zot', times(3, 93))], []]);
    expect(series.get('rotation_interval_seconds zot')).toBeNaN();
    expect(series.get('rotation_next_timestamp_seconds zot')).toBeNaN();
  });

  test('is how long open runs have waited for people, without those that tell nothing', async () => {
    const hours = (count: number) => now - count * 3_600_000 - 1_000;
    const series = await looked([[]], {
      'oidc-client/a': { waitsForPeople: { what: 'ready', since: hours(0) } },
      'oidc-client/b': { waitsForPeople: { what: 'ready', since: hours(25) } },
      'oidc-client/c': { waitsForPeople: { what: 'merge', since: hours(100) } },
      'oidc-client/d': {},
      'oidc-client/e': { fails: true },
    });
    const waits = (what: string) =>
      ['0s', '1h', '1d', '3d'].map((age) => series.get(`waits_for_people ${what} ${age}`));
    expect(waits('ready')).toEqual([2, 1, 1, 0]);
    expect(waits('merge')).toEqual([1, 1, 1, 1]);
    expect(waits('access')).toEqual([0, 0, 0, 0]);
  });
});
