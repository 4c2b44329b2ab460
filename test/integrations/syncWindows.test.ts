import { describe, expect, test } from 'vitest';
import { shutWindowOf, type SyncWindow, type WindowTarget } from '../../integrations/argocd/syncWindows.ts';
import { durationMs } from '../../integrations/kubernetes/duration.ts';

const target: WindowTarget = {
  name: 'authentik',
  namespace: 'identity',
  cluster: ['https://edge.orchard.example:6443', 'edge'],
};

function window(kind: 'allow' | 'deny', schedule: string, more: Partial<SyncWindow> = {}): SyncWindow {
  return { kind, schedule, duration: '1h', applications: ['*'], ...more };
}

/** Wednesday. */
const at = (time: string): Date => new Date(`2026-11-25T${time}Z`);

describe('a sync that somebody asks for', () => {
  test('is open without windows, and with windows of other Applications', () => {
    expect(shutWindowOf([], target, at('22:30:00'))).toBeUndefined();
    const other = window('deny', '0 22 * * *', { applications: ['grafana', 'authentik-*'] });
    expect(shutWindowOf([other], target, at('22:30:00'))).toBeUndefined();
    expect(shutWindowOf([{ ...other, applications: [] }], target, at('22:30:00'))).toBeUndefined();
  });

  test.each([
    ['21:59:59', undefined],
    ['22:00:01', 'deny window "0 22 * * *" for 1h'],
    ['22:59:59', 'deny window "0 22 * * *" for 1h'],
    ['23:00:00', undefined],
  ])('in a deny window from 22 to 23 h, at %s: %s', (time, expected) => {
    expect(shutWindowOf([window('deny', '0 22 * * *')], target, at(time))).toBe(expected);
  });

  test('in a deny window that permits manual syncs is open, unless another one does not', () => {
    const lenient = window('deny', '0 22 * * *', { manualSync: true });
    expect(shutWindowOf([lenient], target, at('22:30:00'))).toBeUndefined();
    const strict = window('deny', '15 22 * * *');
    expect(shutWindowOf([lenient, strict], target, at('22:30:00'))).toBe('deny window "15 22 * * *" for 1h');
    // An active deny window that permits it decides alone, whatever allow windows there are.
    expect(shutWindowOf([lenient, window('allow', '0 3 * * *')], target, at('22:30:00'))).toBeUndefined();
  });

  test('with allow windows is open only while one of them is, or permits manual syncs', () => {
    const night = window('allow', '0 3 * * *');
    const noon = window('allow', '0 12 * * 1-5', { duration: '30m' });
    expect(shutWindowOf([night, noon], target, at('03:20:00'))).toBeUndefined();
    expect(shutWindowOf([night, noon], target, at('12:20:00'))).toBeUndefined();
    expect(shutWindowOf([night, noon], target, at('12:40:00'))).toBe(
      'no allow window is open ("0 3 * * *" for 1h, "0 12 * * 1-5" for 30m)',
    );
    expect(shutWindowOf([night, { ...noon, manualSync: true }], target, at('12:40:00'))).toBeUndefined();
  });

  test('in an allow window and a deny window at once is shut', () => {
    const both = [window('allow', '0 * * * *'), window('deny', '0 12 * * *')];
    expect(shutWindowOf(both, target, at('12:20:00'))).toBe('deny window "0 12 * * *" for 1h');
    expect(shutWindowOf(both, target, at('13:20:00'))).toBeUndefined();
  });

  test('is told by the clock of the window’s time zone, summer time included', () => {
    const deny = window('deny', '0 9 * * *', { timeZone: 'Europe/Berlin' });
    expect(shutWindowOf([deny], target, at('08:30:00'))).toContain('deny');
    expect(shutWindowOf([deny], target, at('09:30:00'))).toBeUndefined();
    const summer = (time: string): Date => new Date(`2026-07-15T${time}Z`);
    expect(shutWindowOf([deny], target, summer('07:30:00'))).toContain('deny');
    expect(shutWindowOf([deny], target, summer('08:30:00'))).toBeUndefined();
  });

  test('is told by the window that began before midnight', () => {
    const deny = window('deny', '0 23 * * 2', { duration: '3h' });
    expect(shutWindowOf([deny], target, at('01:30:00'))).toContain('deny');
    expect(shutWindowOf([deny], target, at('02:30:00'))).toBeUndefined();
  });

  test.each<[string, Partial<SyncWindow>, boolean]>([
    ['by name', { applications: ['auth*'] }, true],
    ['by namespace', { applications: [], namespaces: ['ident?ty'] }, true],
    ['by address of the cluster', { applications: [], clusters: ['https://edge.orchard.example:6443'] }, true],
    ['by name of the cluster', { applications: [], clusters: ['edge'] }, true],
    ['by a pattern whose dot is a dot', { applications: [], clusters: ['https://edgeXorchard.example:6443'] }, false],
    ['by a set of signs', { applications: ['[a-c]uthentik'] }, true],
    ['by a set that leaves signs out', { applications: ['[!a-c]uthentik'] }, false],
    ['by one of several', { applications: ['{grafana,auth{elia,entik}}'] }, true],
    ['by none of several', { applications: ['{grafana,wiki}'] }, false],
    ['by a sign that means itself', { applications: [String.raw`\*`] }, false],
    ['by an address with a set', { applications: [], clusters: ['https://{edge,hub}.orchard.example:[0-9]*'] }, true],
    ['by what Argo CD cannot read', { applications: ['{authentik'] }, false],
    ['by a set that is not closed, which is a sign', { applications: ['auth[*'] }, false],
    ['by one of two lists', { applications: ['other'], namespaces: ['identity'] }, true],
    [
      'by one of two lists, where both must match',
      { applications: ['other'], namespaces: ['identity'], andOperator: true },
      false,
    ],
    ['by both lists', { applications: ['authentik'], namespaces: ['identity'], andOperator: true }, true],
  ])('is meant %s', (_how, more, meant) => {
    const shut = shutWindowOf([window('deny', '0 22 * * *', more)], target, at('22:30:00'));
    expect(shut !== undefined).toBe(meant);
  });

  test('with a window that cannot be read is shut, and the window is named', () => {
    for (const broken of [window('allow', 'every day'), window('deny', '0 22 * * *', { duration: 'long' })])
      expect(shutWindowOf([broken], target, at('12:00:00'))).toMatch(
        /^(allow|deny) window ".+" for .+ cannot be read$/,
      );
    const nowhere = window('deny', '0 22 * * *', { timeZone: 'Middle/Earth' });
    expect(shutWindowOf([nowhere], target, at('12:00:00'))).toContain('cannot be read');
  });
});

describe('a Go duration', () => {
  test.each([
    ['1h', 3_600_000],
    ['1h30m0.5s', 5_400_500],
    ['250ms', 250],
    ['0', 0],
    ['0s', 0],
    ['', undefined],
    ['1', undefined],
    ['1d', undefined],
    ['-1h', undefined],
  ])('%s', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });
});
