import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../core/run/metrics.ts';

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

test('alerts ask for metrics and labels that the page has', () => {
  const rules = readFileSync(RULES, 'utf8').replaceAll(/^ *#.*$/gm, '');
  const asked = Array.from(rules.matchAll(/(oidc_registrar_\w+)(?:\{(\w+)=)?/g), ([, name = '', label]) => [
    name,
    label,
  ]);
  expect(asked.length).toBeGreaterThanOrEqual(7);
  for (const [name = '', label] of asked) {
    expect([...labels.keys()]).toContain(name);
    if (label !== undefined) expect(labels.get(name)).toContain(label);
  }
});

const promtool = (...args: readonly string[]) => spawnSync('promtool', args, { encoding: 'utf8' });

describe.skipIf(promtool('--version').status !== 0)('promtool, of the package prometheus', () => {
  test('takes the rules', () => {
    const { status, stdout, stderr } = promtool('check', 'rules', RULES);
    expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('SUCCESS: 5 rules found'), '']);
  });

  test('raises each alert by what it is for, and not by what it is not', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', file('test/docs/prometheus/rules.test.yaml'));
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
