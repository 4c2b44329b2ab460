import { describe, expect, it } from 'vitest';
import type { CheckReport, Seen } from '../../../core/check/finding.ts';
import { judge } from '../../../core/check/judge.ts';
import { checkAllMarkdown, checkMarkdown } from '../../../core/check/markdown.ts';

const drift: Seen = { system: 'Git', severity: 'drift', what: 'a file lacks an entry', remedy: 'Repair it.' };
const alarm: Seen = { system: 'Authentik', severity: 'alarm', what: 'it is open', remedy: 'Close it.' };
const unreadable: Seen = { system: '1Password', severity: 'unreadable', what: 'no answer', remedy: 'Wait.' };
const look = (...findings: readonly Seen[]): CheckReport => ({ present: true, findings });

describe('judge', () => {
  it('is well where nothing was found', () => {
    expect(judge('zot', [look(), look()], [], 'oidc-client/zot')).toEqual({ client: 'zot', ok: true, findings: [] });
  });

  it('puts alarms first, then drift, then what could not be read', () => {
    const { ok, findings } = judge('zot', [look(unreadable, drift), look(alarm)], [], 'oidc-client/zot');
    expect(ok).toBe(false);
    expect(findings).toEqual([alarm, drift, unreadable]);
  });

  it("takes drift for the doing of the client's own open run, but neither alarms nor what could not be read", () => {
    const { ok, findings } = judge('zot', [look(drift, alarm, unreadable)], ['oidc-client/zot'], 'oidc-client/zot');
    expect(ok).toBe(false);
    expect(findings.map(({ severity }) => severity)).toEqual(['alarm', 'unreadable', 'inProgress']);
    expect(findings[2]?.remedy).toBe('oidc-client/zot is at work: wait for its end, then check again.');
    expect(judge('zot', [look(drift)], ['oidc-client/zot'], 'oidc-client/zot').ok).toBe(true);
  });

  it("takes for another client's doing only what the clients share", () => {
    const shared: Seen = { ...drift, passing: 'anyRun' };
    const { findings } = judge('zot', [look(drift, shared)], ['oidc-client/other'], 'oidc-client/zot');
    expect(findings.map(({ severity }) => severity)).toEqual(['drift', 'inProgress']);
    expect(Object.keys(findings[1] ?? {})).not.toContain('passing');
  });

  it('advises no repair that would be refused', () => {
    const repair: Seen = { ...drift, remedy: 'To mend it, run a repair.', byRepair: true };
    // Of a client whose name begins as ours does.
    const others: Seen = { ...drift, remedy: 'See oidc-registrar repair zot-mirror' };
    const runs: CheckReport = { present: true, findings: [], repairRefused: 'Finish it first.' };
    const { findings } = judge('zot', [look(repair, drift, others), runs], [], 'oidc-client/zot');
    expect(findings.map(({ remedy }) => remedy)).toEqual(['Finish it first.', drift.remedy, others.remedy]);
    expect(findings.flatMap((finding) => Object.keys(finding))).not.toContain('byRepair');
  });

  it('tells by the command where a worker of before recorded the looks', () => {
    const repair: Seen = { ...drift, remedy: 'To mend it: oidc-registrar repair zot' };
    const runs: CheckReport = { present: true, findings: [], beforeRepair: 'Finish it first.' };
    const { findings } = judge('zot', [look(repair, drift), runs], [], 'oidc-client/zot');
    expect(findings.map(({ remedy }) => remedy)).toEqual(['Finish it first.', 'Repair it.']);
  });

  it('says in one sentence that a client was never registered, unless something could not be read', () => {
    const absent: CheckReport = { present: false, findings: [drift, drift] };
    expect(judge('zot', [absent, absent], [], 'oidc-client/zot').findings).toMatchObject([
      {
        what: 'client zot is not registered: no system holds anything of it',
        remedy: 'Register it: oidc-registrar register zot, or start registerClient as oidc-client/zot',
      },
    ]);
    expect(
      judge('zot', [absent, { present: false, findings: [unreadable] }], [], 'oidc-client/zot').findings,
    ).toHaveLength(3);
  });
});

describe('Markdown', () => {
  it('shows a client as asked in one line', () => {
    expect(checkMarkdown({ client: 'zot', ok: true, findings: [] })).toBe('### zot: as asked');
  });

  it('lists what was found, with values where there are some', () => {
    const findings = [alarm, { ...drift, expected: 'a `b`', found: '' }];
    expect(checkMarkdown({ client: 'zot', ok: false, findings })).toBe(
      [
        '### zot: 1 ALARM, 1 drift',
        '',
        '- **ALARM**, Authentik: it is open. Close it.',
        '- **drift**, Git: a file lacks an entry (expected `` a `b` ``, found nothing). Repair it.',
      ].join('\n'),
    );
  });

  it('shows all clients: what is still to check, what was found, and who is as asked', () => {
    const clients = [
      { client: 'a', ok: true, findings: [] },
      { client: 'b', ok: false, findings: [drift] },
    ];
    expect(checkAllMarkdown({ clients }, ['c'])).toBe(
      [
        '### 1 of 3 clients are as asked',
        '',
        'Still to check: c',
        '',
        '### b: 1 drift',
        '',
        '- **drift**, Git: a file lacks an entry. Repair it.',
        '',
        'As asked: a',
      ].join('\n'),
    );
  });
});
