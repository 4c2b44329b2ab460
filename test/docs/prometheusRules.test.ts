import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import { METRICS } from '../../core/run/metrics.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const RULES = file('deploy/prometheus-rules.yaml');
const page = readFileSync(file('docs/reference/metrics.md'), 'utf8');

/** The labels of each metric of the page. */
const labels = new Map(
  Array.from(page.matchAll(/^\| `(oidc_registrar_\w+)` \| (.*?) ?\| /gm), ([, name = '', list = '']) => [
    name,
    list.split(', ').map((label) => label.replaceAll('`', '')),
  ]),
);

test('the page of metrics names those of the code, and no other', () => {
  expect([...labels.keys()].toSorted()).toEqual(
    Object.values(METRICS)
      .map(({ name }) => name)
      .toSorted(),
  );
});

/** What a person sees of the dashboard, and asks for. */
const dashboard = JSON.parse(readFileSync(file('deploy/grafana.json'), 'utf8')) as {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
};
const questions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

test.each([
  ['alerts', readFileSync(RULES, 'utf8').replaceAll(/^ *#.*$/gm, '')],
  ['the dashboard', questions.join('\n')],
])('%s ask for metrics and labels that the page has', (_, texts) => {
  const rules = texts.replaceAll(/(_step_seconds)_(?:bucket|count|sum)/g, '$1');
  const asked = Array.from(rules.matchAll(/(oidc_registrar_\w+)(?:\{(\w+)=)?/g), ([, name = '', label]) => [
    name,
    label,
  ]);
  expect(asked.length).toBeGreaterThanOrEqual(7);
  for (const [name = '', label] of asked) {
    expect([...labels.keys()]).toContain(name);
    if (label !== undefined) expect(labels.get(name)).toContain(label);
  }
  for (const [, name] of rules.matchAll(/\b(temporal_\w+?)(?:_bucket)?\b/g)) expect(page).toContain(`\`${name}\``);
});

test('the dashboard shows every metric of the page', () => {
  for (const name of labels.keys()) expect(questions.join('\n')).toContain(name);
});

const promtool = (...args: readonly string[]) => spawnSync('promtool', args, { encoding: 'utf8' });

describe.skipIf(promtool('--version').status !== 0)('promtool, of the package prometheus', () => {
  test('takes the rules', () => {
    const { status, stdout, stderr } = promtool('check', 'rules', RULES);
    expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('SUCCESS: 5 rules found'), '']);
  });

  test('takes what the dashboard asks', async () => {
    const asked = path.join(await temporaryFolder(), 'asked.yaml');
    const rules = questions.map((expr, i) => ({
      record: `asked:${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    writeFileSync(asked, stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, stderr } = promtool('check', 'rules', asked);
    expect([status, stderr]).toEqual([0, '']);
  });

  test('raises each alert by what it is for, and not by what it is not', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', file('test/docs/prometheus/rules.test.yaml'));
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
