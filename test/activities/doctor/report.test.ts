import { describe, expect, it } from 'vitest';
import { findingsOf, type Look } from '../../../activities/doctor/report.ts';
import { refused } from '../../../core/base/errors.ts';
import { rememberSecret } from '../../../core/masking/masked.ts';

const look = (of: Look['look'], system: Look['system'] = 'Git'): Look => ({ system, what: 'read', look: of });
const down = refused('Kubernetes', 'cluster edge does not answer', 'See that it runs.', 'Unavailable');

describe('what looks find', () => {
  it('is told in their order, and one that fails stops no other', async () => {
    const findings = await findingsOf([
      look(async (report) => {
        report.well('at abc');
      }),
      look(async () => Promise.reject(refused('Argo CD', 'no Application', 'Name another.'))),
      look(async (report) => {
        await report.ask(() => Promise.reject(refused('Git', 'first', 'one')));
        report.amiss('warning', 'second', 'two');
        report.ends('all is well');
      }),
    ]);
    expect(findings).toEqual([
      { system: 'Git', what: 'read', severity: 'well', message: 'at abc' },
      { system: 'Argo CD', what: 'read', severity: 'error', message: 'no Application', remedy: 'Name another.' },
      { system: 'Git', what: 'read', severity: 'error', message: 'first', remedy: 'one' },
      { system: 'Git', what: 'read', severity: 'warning', message: 'second', remedy: 'two' },
    ]);
  });

  it('says once what several met, and well of none of them', async () => {
    const meets = look(async (report) => {
      await report.ask(() => Promise.reject(down));
      report.ends('all is well');
    });
    expect((await findingsOf([meets, meets])).map(({ message }) => message)).toEqual([down.message]);
  });

  it.each([
    ['warning', 'error'],
    ['error', 'warning'],
  ] as const)('takes the worse of what several make of the same refusal: %s, then %s', async (...severities) => {
    const looks = severities.map((severity) =>
      look(async (report) => {
        await report.ask(() => Promise.reject(down), severity);
      }),
    );
    expect((await findingsOf(looks)).map(({ severity, message }) => [severity, message])).toEqual([
      ['error', down.message],
    ]);
  });

  it('takes every problem of a judgement, and one that it throws', async () => {
    const findings = await findingsOf([
      look(async (report) => {
        await report.judge('world', () => [refused('Git', 'a', ''), refused('Git', 'b', '')]);
        await report.judge('world', () => Promise.reject(refused('Git', 'c', '')), 'warning');
      }),
    ]);
    expect(findings.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      'error a',
      'error b',
      'warning c',
    ]);
  });

  it('shows nothing of a secret that an unexpected error quotes', async () => {
    rememberSecret('token-0123456789abcdef');
    const [finding] = await findingsOf([
      look(async () => Promise.reject(new TypeError('bad header: Bearer token-0123456789abcdef'))),
    ]);
    expect(finding).toMatchObject({ severity: 'error', remedy: expect.stringContaining('defect') as string });
    expect(finding?.message).toMatch(/^unexpected TypeError/);
    expect(finding?.message).not.toContain('0123456789abcdef');
  });
});
