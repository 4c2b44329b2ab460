import { describe, expect, it } from 'vitest';
import { checkText, exitCodeOf } from '../../client/output/check.ts';
import type { CheckResult, Finding, Severity } from '../../core/check/finding.ts';

const finding = (severity: Severity): Finding => ({
  system: 'Authentik',
  severity,
  what: 'something differs',
  expected: 'a',
  found: '',
  remedy: 'oidc-registrar repair zot',
});
const result = (...severities: readonly Severity[]): CheckResult => ({
  client: 'zot',
  ok: severities.every((severity) => severity === 'inProgress'),
  findings: severities.map(finding),
});

describe('the exit code of a check', () => {
  it.each<[readonly Severity[], number]>([
    [[], 0],
    [['inProgress'], 0],
    [['drift'], 2],
    [['alarm'], 2],
    [['unreadable'], 1],
    [['unreadable', 'drift'], 2],
    [['inProgress', 'unreadable'], 1],
  ])('with %j is %i', (severities, code) => {
    expect(exitCodeOf([result(...severities)])).toBe(code);
  });

  it('is that of the worst client', () => {
    expect(exitCodeOf([result(), result('unreadable')])).toBe(1);
    expect(exitCodeOf([result('unreadable'), result('drift'), result()])).toBe(2);
    expect(exitCodeOf([])).toBe(0);
  });
});

it('shows each client, with what was expected, what was found and what to do', () => {
  expect(checkText({ clients: [{ ...result(), client: 'a' }, result('alarm')] })).toBe(
    [
      '✓ a: as asked',
      'zot: 1 ALARM',
      '  ALARM  Authentik: something differs',
      '      expected  a',
      '      found     nothing',
      '      → oidc-registrar repair zot',
    ].join('\n'),
  );
});

it('tells when the secret was rotated last', () => {
  const rotatedAt = '2026-03-01T02:00:00.000Z';
  expect(checkText({ clients: [{ ...result(), rotatedAt }] })).toBe(
    '✓ zot: as asked (secret rotated last on 2026-03-01)',
  );
});

describe('many clients', () => {
  const named = (count: number, each: CheckResult): CheckResult[] =>
    Array.from({ length: count }, (_, i) => ({ ...each, client: `client-${i}` }));

  it('are counted where they are as asked, and the others are told', () => {
    const clients = [...named(980, result()), result('alarm')];
    expect(checkText({ clients })).toBe(
      [checkText({ clients: [result('alarm')] }), '✓ 980 of 981 clients: as asked'].join('\n'),
    );
  });

  it('of which some are counted only are told so, and have their exit code', () => {
    const counted = { ...result('alarm'), counts: { alarm: 1, drift: 12 } };
    const text = checkText({ clients: [counted], leftOut: 3 });
    expect(text).toContain('zot: 1 ALARM, 12 drift');
    expect(text).toContain('  12 more: see workflow oidc-check/zot in Temporal');
    expect(text).toContain('3 more clients are no worse off');
    expect(exitCodeOf([{ ...result(), ok: false, counts: { unreadable: 4 } }])).toBe(1);
    expect(exitCodeOf([{ ...result(), ok: false, counts: { drift: 4 } }])).toBe(2);
  });
});
