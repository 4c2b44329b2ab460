import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { expect, it } from 'vitest';
import type { CheckResult } from '../../core/check/finding.ts';
import { SEVERITIES } from '../../core/check/summary.ts';
import { METRICS } from '../../core/run/metrics.ts';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import { freeLocalPort } from '../../worker/metrics/address.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { assertNoSecrets } from './secrets.ts';
import { useTestBed, type TestBed } from './testBed.ts';
import { IDS } from '../../core/run/ids.ts';

const sample = await sampleLayout('manual');
const turns = clientNamed('turns');
const registration = { ...turns, spec: { ...turns.spec, rotation: { every: '90d' } } };
const layout: Layout = { ...sample, files: { ...sample.files, 'oidc-clients/turns.yaml': stringify(registration) } };

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

it('a worker with METRICS_ADDRESS serves its health, and every metric of the page and no other', async () => {
  const address = `127.0.0.1:${await freeLocalPort()}`;
  await bed.startWorkerProcess({ METRICS_ADDRESS: address });
  const get = async (path: string) => fetch(`http://${address}${path}`);
  const scrape = async () => (await get('/metrics')).text();
  const said = async (path: string) => [(await get(path)).status, await (await get(path)).text()];

  expect(await said('/healthz')).toEqual([200, 'ok\n']);
  await eventually(
    () => said('/readyz'),
    ([status]) => status === 200,
  );
  const outcome = (workflowType: string, of: string, text: string) =>
    valueOf(text, METRICS.runs.name, { workflowType, outcome: of });
  expect(outcome('registerClient', 'failed', await scrape())).toBe(0);

  await bed.register('turns');
  const check = { taskQueue: IDS.taskQueue, workflowId: 'oidc-check/turns', args: [{ client: 'turns' }] };
  const checked = (await bed.client.workflow.execute('checkClient', check)) as CheckResult;
  const rotation = await bed.startRotation('turns');
  const waits = { waits_for: 'ready', older_than: '0s' };
  const text = await eventually(scrape, (seen) => valueOf(seen, METRICS.waits.name, waits) === 1);

  const page = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
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
  assertNoSecrets(await bed.secrets(), [{ name: 'scrape', text }]);

  await rotation.cancel();
  await bed.failure(rotation);
  await eventually(scrape, (seen) => outcome('rotateSecret', 'cancelled', seen) === 1);
});
