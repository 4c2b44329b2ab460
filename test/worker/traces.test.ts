import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { WorkflowInfo } from '@temporalio/workflow';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { masked } from '../../core/masking/masked.ts';
import { tracesAsked } from '../../worker/traces/asked.ts';
import { openSpans } from '../../worker/traces/otlp.ts';
import { AttemptSpans, runSinks } from '../../worker/traces/runSpans.ts';
import type { Span } from '../../worker/traces/span.ts';
import { logLines } from '../e2e/logLines.ts';
import { startOtlpReceiver } from '../fixtures/otlpReceiver.ts';

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const COLLECTOR = { [ENDPOINT]: 'http://collector.example:4318' };

describe("OpenTelemetry's variables", () => {
  test.each([
    [{}, false],
    [{ [ENDPOINT]: ' ' }, false],
    [COLLECTOR, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, true],
    [{ ...COLLECTOR, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...COLLECTOR, OTEL_SDK_DISABLED: 'true' }, false],
    // What is turned off is not judged.
    [{ [ENDPOINT]: 'collector:4317', OTEL_TRACES_EXPORTER: 'none' }, false],
  ])('%j ask for traces: %s', (env, asked) => {
    expect(tracesAsked(env)).toBe(asked);
  });

  test.each([
    [{ OTEL_TRACES_EXPORTER: 'console' }, 'OTEL_TRACES_EXPORTER "console" is none that the worker has'],
    [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL "grpc" is none'],
    [
      { ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL "http/json" is none',
    ],
    [{ [ENDPOINT]: 'collector.example:4318' }, `${ENDPOINT} is no http or https address`],
    [{ [ENDPOINT]: 'collector' }, `${ENDPOINT} is no http or https address`],
  ])('%j are refused by name', (env, words) => {
    expect(() => tracesAsked(env)).toThrow(words);
  });

  test('a token in a header is masked from then on', () => {
    const token = 'kT3vQz8LmW5xR2nB7yHd';
    tracesAsked({ ...COLLECTOR, OTEL_EXPORTER_OTLP_HEADERS: `x-scope=a,authorization=Bearer%20${token}` });
    expect(masked(`refused: ${token}`)).not.toContain(token);
  });
});

const RUN_ID = '01997bf4-9f26-7e6d-b5de-1c1f9ab26a3e';
const run = { workflowId: 'oidc-client/zot', runId: RUN_ID };
const ofRun = {
  'temporal.workflow_type': 'registerClient',
  'temporal.workflow_id': 'oidc-client/zot',
  'temporal.run_id': RUN_ID,
  'oidc_registrar.client': 'zot',
};
const TRACE = { traceId: '01997bf49f267e6db5de1c1f9ab26a3e', began: expect.any(Number), ended: expect.any(Number) };

/** What one attempt of an activity leaves. */
async function spansOf(act: () => Promise<unknown>, { attempt = 1, workflowType = 'registerClient' } = {}) {
  const spans: Span[] = [];
  const info = { activityType: 'storeSecret', attempt, workflowExecution: run, workflowType };
  const interceptor = new AttemptSpans({ add: (span) => void spans.push(span), end: async () => undefined });
  const job = { client: 'zot', changeId: 'c1', registration: { metadata: { name: 'zot' } } };
  const running = new MockActivityEnvironment(info).run(async () =>
    interceptor.execute({ args: [job], headers: {} }, act),
  );
  await running.catch(() => undefined);
  return spans;
}

const fails = (type: string) => async () =>
  Promise.reject(
    ApplicationFailure.create({ type, message: 'words', details: [{ system: 'Authentik', remedy: 'mend' }] }),
  );

describe('an attempt of an activity', () => {
  test('is a span of the trace of its run, below that of the run', async () => {
    const attributes = {
      ...ofRun,
      'temporal.attempt': 2,
      'oidc_registrar.change_id': 'c1',
      'oidc_registrar.outcome': 'done',
    };
    expect(await spansOf(async () => ({ note: 'words' }), { attempt: 2 })).toEqual([
      {
        ...TRACE,
        name: 'storeSecret',
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentId: 'b5de1c1f9ab26a3e',
        failed: false,
        attributes,
      },
    ]);
  });

  test('that fails tells kind and system, and none of the words', async () => {
    const [span] = await spansOf(fails('Refused'));
    expect(span?.failed).toBe(true);
    expect(span?.attributes).toMatchObject({
      'oidc_registrar.outcome': 'failed',
      'oidc_registrar.system': 'Authentik',
      'error.type': 'Refused',
    });
    expect(JSON.stringify(span)).not.toMatch(/words|mend/);
  });

  test('that is cancelled has not failed', async () => {
    const [span] = await spansOf(async () => Promise.reject(new CancelledFailure('cancelled')));
    expect([span?.failed, span?.attributes['oidc_registrar.outcome']]).toEqual([false, 'cancelled']);
  });

  test('that looks whether something has come is shown once, and is no failure', async () => {
    const [span] = await spansOf(fails('NotYet'));
    expect([span?.failed, span?.attributes['oidc_registrar.outcome']]).toEqual([false, 'notYet']);
    expect(await spansOf(fails('NotYet'), { attempt: 2 })).toEqual([]);
    expect(await spansOf(fails('Unavailable'), { attempt: 2 })).toHaveLength(1);
  });

  test('of a run that tells no end has no parent', async () => {
    const [span] = await spansOf(async () => undefined, { workflowType: 'checkClient' });
    expect(span).toMatchObject({ traceId: TRACE.traceId });
    expect(span).not.toHaveProperty('parentId');
  });
});

describe('the end of a run', () => {
  const info = { ...run, workflowType: 'registerClient', startTime: new Date(1_000) } as WorkflowInfo;

  /** What a run leaves that ends so. */
  function spansOfEnd(end: { outcome: string; kind?: string }): readonly Span[] {
    const spans: Span[] = [];
    void runSinks({ add: (span) => void spans.push(span), end: async () => undefined }).runs.ended.fn(info, end);
    return spans;
  }

  test('is the span that all others of the trace are below', () => {
    const attributes = { ...ofRun, 'oidc_registrar.outcome': 'registered' };
    expect(spansOfEnd({ outcome: 'registered' })).toEqual([
      { ...TRACE, name: 'registerClient', spanId: 'b5de1c1f9ab26a3e', began: 1_000, failed: false, attributes },
    ]);
  });

  test.each([
    ['failed', true],
    ['incomplete', true],
    ['cancelled', false],
    ['takenBack', false],
  ])('%s is a failure: %s', (outcome, failed) => {
    expect(spansOfEnd({ outcome }).map((span) => span.failed)).toEqual([failed]);
  });

  test('is told to nobody where there are no traces, nor by a replay', () => {
    const { ended } = runSinks(undefined).runs;
    expect(ended.fn(info, { outcome: 'registered' })).toBeUndefined();
    expect(ended.callDuringReplay).toBe(false);
  });
});

test('nothing of OpenTelemetry is loaded before it is asked for', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folders = ['core', 'activities', 'workflows', 'integrations', 'worker', 'client', 'sandbox'];
  const sources = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
  );
  const files = sources.filter((file) => file.endsWith('.ts') && !file.includes('node_modules'));
  const saying = (words: RegExp) => files.filter((file) => words.test(readFileSync(path.join(root, file), 'utf8')));
  expect(saying(/'@opentelemetry\//)).toEqual(['worker/traces/otlp.ts']);
  expect(saying(/\/otlp\.ts'/)).toEqual(['worker/main.ts']);
  expect(saying(/import\('\.\/traces\/otlp\.ts'\)/)).toEqual(['worker/main.ts']);
});

describe('what is sent', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('names the service, and a collector that refuses it is a warning', async () => {
    const collector = await startOtlpReceiver();
    onTestFinished(() => collector.close());
    vi.stubEnv(ENDPOINT, collector.url);
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=home');
    const spans = openSpans(logLines);
    const span = {
      name: 'storeSecret',
      traceId: TRACE.traceId,
      spanId: 'b5de1c1f9ab26a3e',
      began: 1_500,
      ended: 2_250,
    };
    collector.answer(400);
    spans.add({ ...span, failed: true, attributes: { 'temporal.attempt': 2 } });

    await spans.end();

    expect(collector.spans()).toMatchObject([
      {
        name: 'storeSecret',
        parentId: '',
        began: 1_500_000_000n,
        ended: 2_250_000_000n,
        status: { code: 2, message: '' },
        attributes: { 'temporal.attempt': 2 },
        resource: { 'service.name': 'oidc-registrar', 'deployment.environment': 'home' },
      },
    ]);
    expect(logLines.text()).toMatch(/WARN OpenTelemetry: .*Bad Request/);
  });
});
