import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, jsonBytes, utf8Bytes, withinBytes } from '../../../core/base/bytes.ts';
import { boundedAll, boundedReport, boundedResult } from '../../../core/check/bounds.ts';
import type { CheckResult, Finding, Severity } from '../../../core/check/finding.ts';
import { checkAllMarkdown } from '../../../core/check/markdown.ts';
import { countsOf, isOk, leftOutOf, SEVERITIES } from '../../../core/check/summary.ts';

const severity = fc.constantFrom(...SEVERITIES);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.constant('ä€😀'.repeat(20_000)));
const finding: fc.Arbitrary<Finding> = fc.record({
  system: fc.constant('Authentik' as const),
  severity,
  what: text,
  found: text,
  remedy: text,
});
const many = (of: Partial<Finding>, count: number): Finding[] =>
  Array.from({ length: count }, (_, i) => ({
    system: 'Git',
    severity: 'drift',
    what: `${i} differs`,
    remedy: 'Repair it.',
    ...of,
  }));
const result = (client: string, findings: readonly Finding[]): CheckResult => ({
  client,
  ok: isOk(findings),
  findings,
  rotatedAt: '2026-03-01T02:00:00.000Z',
});

describe('a result within its limit', () => {
  it('is one whatever was found, and counts all of it', () => {
    const found = fc.oneof(
      fc.array(finding, { maxLength: 30 }),
      fc.array(finding, { minLength: 1, maxLength: 3 }).map((few) => Array.from({ length: 900 }, () => few).flat()),
    );
    fc.assert(
      fc.property(found, (findings) => {
        const whole = result('zot', findings);
        const bounded = boundedResult(whole);
        expect(jsonBytes(bounded)).toBeLessThan(51_000);
        expect(countsOf(bounded)).toEqual(countsOf(whole));
        expect(leftOutOf(bounded)).toBe(findings.length - bounded.findings.length);
        expect(boundedResult(bounded)).toEqual(bounded);

        const report = boundedReport({ present: true, findings });
        expect(jsonBytes(report)).toBeLessThan(220_000);
        expect(isOk(report.findings)).toBe(isOk(findings));
      }),
      { numRuns: 60 },
    );
  });

  it('is all of it where there is room', () => {
    const findings = many({}, 20);
    expect(boundedResult(result('zot', findings))).toEqual(result('zot', findings));
    expect(boundedReport({ present: true, findings })).toEqual({ present: true, findings });
  });

  it('has the worst, and says what else a look has found', () => {
    const { findings } = boundedReport({
      present: true,
      findings: [...many({}, 300), ...many({ severity: 'alarm' }, 1)],
    });
    expect(findings[0]?.severity).toBe('alarm');
    expect(findings.at(-1)).toEqual({
      system: 'Git',
      severity: 'drift',
      what: 'so much was found that 101 findings are not told: 101 drift',
      remedy: 'Mend what is told, then check again.',
    });
  });
});

describe('the result of all clients', () => {
  const clients = (count: number, findings: readonly Finding[]): CheckResult[] => {
    const one = boundedResult(result('', findings));
    return Array.from({ length: count }, (_, i) => ({ ...one, client: `client-${String(i).padStart(5, '0')}` }));
  };

  it('has the worst findings of each, and the counts of all', () => {
    const worst = [...many({ what: 'x'.repeat(3_000) }, 150), ...many({ severity: 'alarm' }, 1)];
    const bytes = 200_000;
    const found = boundedAll(clients(300, worst), 0, bytes);
    expect(jsonBytes(found)).toBeLessThan(bytes + 100);
    expect(found.leftOut).toBeUndefined();
    expect(found.clients).toHaveLength(300);
    for (const each of found.clients) {
      expect(each.findings.map((one) => one.severity)).toEqual(['alarm']);
      expect(each.counts).toEqual({ alarm: 1, drift: 150 });
    }
  });

  it('leaves out those that are best off where there is no room for so many, and counts them in all runs', () => {
    const bad = { ...boundedResult(result('zz-bad', many({ severity: 'alarm' }, 1))), ok: false };
    const found = boundedAll([...clients(2_000, many({}, 3)), bad], 7, 100_000);
    expect(jsonBytes(found)).toBeLessThan(100_100);
    expect(found.leftOut).toBe(2_001 - found.clients.length + 7);
    expect(found.clients.at(-1)?.client).toBe('zz-bad');
    expect(found.clients.map(({ client }) => client)).toEqual(found.clients.map(({ client }) => client).toSorted());
  });

  it('is shown by a text that a person can read', () => {
    const severities: readonly Severity[] = ['drift', 'alarm'];
    const some = severities.flatMap((each, i) =>
      clients(500, many({ severity: each }, 50)).map((one) => ({ ...one, client: `${i}-${one.client}` })),
    );
    const shown = checkAllMarkdown({ clients: [...some, ...clients(900, [])] }, ['next']);
    expect(utf8Bytes(shown)).toBeLessThan(100_000);
    expect(shown).toContain('900 of 1901 clients are as asked');
    expect(shown).toContain('### 1-client-00000: 50 ALARM');
    expect(shown).toContain('and 960 more');
    expect(shown).toContain('- 30 more');
  });
});

describe('bytes', () => {
  it('are those of UTF-8', () => {
    expect(utf8Bytes('aä€😀')).toBe(1 + 2 + 3 + 4);
    expect(
      withinBytes(
        ['a', 'b', 'c'].map((name) => ({ name })),
        28,
      ),
    ).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('of a text that is too long are cut, no character in half', () => {
    expect(cutText('short', 100)).toBe('short');
    expect(cutText('x'.repeat(100), 40)).toMatch(/^x+ … \(\d+ characters more\)$/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 40, max: 60 }), (long, limit) => {
        const cut = cutText(long.repeat(20), limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(Buffer.from(cut).toString()).toBe(cut);
      }),
    );
  });
});
