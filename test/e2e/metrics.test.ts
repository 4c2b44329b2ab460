import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { afterEach, expect, inject, it, onTestFinished, vi } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { SEVERITIES } from '../../core/check/summary.ts';
import { METRICS } from '../../core/run/metrics.ts';
import { loadDataConverter } from '../../integrations/temporal/dataConverter.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { freePort } from '../fixtures/freePort.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../fixtures/otlpReceiver.ts';
import { eventually } from '../fixtures/polling.ts';
import { assertNoSecrets } from './secrets.ts';
import { activitiesOf, useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const sample = await sampleLayout('manual');
const turns = clientNamed('turns');
const rotatedTurns = { ...turns, spec: { ...turns.spec, rotation: { every: '90d' } } };
const layout: Layout = { ...sample, files: { ...sample.files, 'oidc-clients/turns.yaml': stringify(rotatedTurns) } };

let bed: TestBed;
useTestBed({ layout, worker: 'none' }, (started) => {
  bed = started;
});

/** Names of our own metrics in a scrape. */
function oursIn(scrape: string): ReadonlySet<string> {
  return new Set(Array.from(scrape.matchAll(/^# TYPE (oidc_registrar_\w+) /gm), ([, name = '']) => name));
}

/** The value of the one series of a metric that has these labels, and whichever others; undefined where there is none. */
function valueOf(scrape: string, metric: string, labels: Readonly<Record<string, string>>): number | undefined {
  const found = scrape.split('\n').filter((line) => {
    const wanted = Object.entries(labels).every(([name, value]) => line.includes(`${name}="${value}"`));
    return wanted && (line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  });
  expect(found.length, `series of ${metric} ${JSON.stringify(labels)}`).toBeLessThan(2);
  return found[0] === undefined ? undefined : Number(found[0].split(' ').at(-1));
}

const CONVERTER = {
  TEMPORAL_DATA_CONVERTER: fileURLToPath(new URL('../fixtures/encryptingConverter.mjs', import.meta.url)),
  TEMPORAL_PAYLOAD_KEY: randomBytes(32).toString('base64'),
};

afterEach(() => vi.unstubAllEnvs());

/** A client that reads what this worker writes. */
async function readingClient(): Promise<Client> {
  vi.stubEnv('TEMPORAL_PAYLOAD_KEY', CONVERTER.TEMPORAL_PAYLOAD_KEY);
  const { connection, options } = bed.client;
  return new Client({ connection, namespace: options.namespace, dataConverter: await loadDataConverter(CONVERTER) });
}

/** How the values of a run's activities stand in its history. */
async function encodingsOf(handle: WorkflowHandle): Promise<ReadonlySet<string>> {
  const { events } = await handle.fetchHistory();
  const results = (events ?? []).flatMap((event) => event.activityTaskCompletedEventAttributes?.result?.payloads ?? []);
  return new Set(results.map(({ metadata }) => Buffer.from(metadata?.['encoding'] ?? []).toString()));
}

/** The command line in a process of its own, with the converter of the worker or without. */
async function cli(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return execa(process.execPath, [path.join(inject('built'), 'client', 'cli.js'), ...args], {
    reject: false,
    stdin: 'ignore',
    env: { TEMPORAL_ADDRESS: bed.temporal.address, NO_COLOR: '1', ...env },
  });
}

/** A token of the collector, which no log may show. */
const COLLECTOR_TOKEN = randomBytes(24).toString('hex');

/** Each activity of the run has a span below the run's own, in their order, with what the page says and nothing else. */
async function expectTrace({ spans }: OtlpReceiver, runId: string): Promise<void> {
  const ofRun = () => spans().filter(({ traceId }) => traceId === runId.replaceAll('-', ''));
  // That of the run comes last, and began first.
  const all = await eventually(ofRun, (seen) => seen.some(({ parentId }) => parentId === ''));
  const [run, ...attempts] = all.toSorted((a, b) => Number(a.began - b.began));
  const ofAll = {
    'temporal.workflow_type': 'registerClient',
    'temporal.workflow_id': IDS.client('turns'),
    'temporal.run_id': runId,
    'oidc_registrar.client': 'turns',
  };
  expect(run).toMatchObject({ name: 'registerClient', parentId: '', status: { code: 0 } });
  expect(run?.attributes).toEqual({ ...ofAll, 'oidc_registrar.outcome': 'registered' });
  expect(run?.resource).toMatchObject({ 'service.name': 'oidc-registrar' });
  const done = attempts.filter(({ attributes }) => attributes['oidc_registrar.outcome'] === 'done');
  const scheduled = await activitiesOf(bed.client.workflow.getHandle(IDS.client('turns'), runId));
  // The history has not scheduled it: it is a local activity.
  expect(done.map(({ name }) => name)).toEqual(['describeInstallation', ...scheduled]);
  const page = readPage('traces');
  for (const { attributes, ...span } of attempts) {
    expect(span).toMatchObject({ parentId: run?.spanId, events: 0, status: { message: '' } });
    expect(span.ended >= span.began && span.ended <= (run?.ended ?? 0n), span.name).toBe(true);
    expect(attributes).toMatchObject({ ...ofAll, 'temporal.attempt': expect.any(Number) });
    for (const name of Object.keys(attributes)) expect(page).toContain(`| \`${name}\` |`);
  }
}

function readPage(name: string): string {
  return readFileSync(new URL(`../../docs/reference/${name}.md`, import.meta.url), 'utf8');
}

it("a worker with METRICS_ADDRESS serves its health, and every metric of the page and no other; with OpenTelemetry's variables it sends the trace of a run; one with a data converter encrypts", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const collector = await startOtlpReceiver();
  onTestFinished(() => collector.close());
  await bed.startWorkerProcess({
    METRICS_ADDRESS: address,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${COLLECTOR_TOKEN}`,
    ...CONVERTER,
  });
  const client = await readingClient();
  const get = async (page: string) => fetch(`http://${address}${page}`);
  const scrape = async () => (await get('/metrics')).text();
  const said = async (page: string) => [(await get(page)).status, await (await get(page)).text()];

  expect(await said('/healthz')).toEqual([200, 'ok\n']);
  await eventually(
    () => said('/readyz'),
    ([status]) => status === 200,
  );
  const outcome = (workflowType: string, of: string, text: string) =>
    valueOf(text, METRICS.runs.name, { workflowType, outcome: of });
  expect(outcome('registerClient', 'failed', await scrape())).toBe(0);

  const asked = { taskQueue: IDS.taskQueue, args: [{ client: 'turns' }] };
  const registration = await client.workflow.start('registerClient', { ...asked, workflowId: IDS.client('turns') });
  expect((await bed.result(registration)).outcome).toBe('registered');
  const check = { ...asked, workflowId: IDS.check('turns') };
  const checked = (await client.workflow.execute('checkClient', check)) as CheckResult;
  const rotation = await client.workflow.start('rotateSecret', { ...asked, workflowId: IDS.client('turns') });
  const waits = { waits_for: 'ready', older_than: '0s' };
  const text = await eventually(scrape, (seen) => valueOf(seen, METRICS.waits.name, waits) === 1);

  const page = readPage('metrics');
  const onPage = new Set(Array.from(page.matchAll(/^\| `(oidc_registrar_\w+)` \|/gm), ([, name]) => name));
  expect(onPage).toEqual(new Set(Object.values(METRICS).map(({ name }) => name)));
  expect(oursIn(text)).toEqual(onPage);
  for (const [, name = ''] of page.matchAll(/`(temporal_\w+)`/g)) expect(text).toContain(`# TYPE ${name} `);

  expect(outcome('registerClient', 'registered', text)).toBe(1);
  expect(outcome('registerClient', 'failed', text)).toBe(0);
  const bucket = `${METRICS.step.name}_count`;
  expect(valueOf(text, bucket, { step: 'verifyRegistration', outcome: 'done' })).toBe(1);
  for (const severity of SEVERITIES) {
    const found = checked.findings.filter((finding) => finding.severity === severity).length;
    expect(valueOf(text, METRICS.findings.name, { client: 'turns', severity })).toBe(found);
  }
  expect(valueOf(text, METRICS.waits.name, { ...waits, older_than: '1d' })).toBe(0);
  expect(valueOf(text, METRICS.interval.name, { client: 'turns' })).toBe(90 * 86_400);
  expect(valueOf(text, METRICS.vault.name, { operation: 'write', outcome: 'ok' })).toBeGreaterThan(0);
  expect(valueOf(text, METRICS.ready.name, {})).toBe(1);
  for (const metric of [METRICS.rotated, METRICS.checked])
    expect(valueOf(text, metric.name, { client: 'turns' })).toBeGreaterThan(Date.now() / 1_000 - 3_600);
  expect(text).not.toContain((await rotation.describe()).runId);
  // The rotation has the same id.
  await expectTrace(collector, registration.firstExecutionRunId);
  expect(collector.authorizations).toEqual(new Set([`Bearer ${COLLECTOR_TOKEN}`]));
  assertNoSecrets(
    [...(await bed.secrets()), COLLECTOR_TOKEN],
    [
      { name: 'scrape', text },
      { name: 'traces', text: collector.text() },
      { name: 'log of the worker', text: await bed.workerLog() },
    ],
  );

  expect(await encodingsOf(registration)).toEqual(new Set(['binary/encrypted']));
  const [told, untold] = await Promise.all([cli(CONVERTER, 'status', 'turns'), cli({}, 'status', 'turns')]);
  expect([told.exitCode, told.stdout]).toEqual([0, expect.stringContaining('oidc-registrar ready turns')]);
  expect([untold.exitCode, untold.stderr]).toEqual([1, expect.stringContaining('TEMPORAL_DATA_CONVERTER names none')]);

  await rotation.cancel();
  await bed.failure(rotation);
  await eventually(scrape, (seen) => outcome('rotateSecret', 'cancelled', seen) === 1);
});
