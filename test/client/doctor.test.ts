import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { installationFindings } from '../../client/doctor/installationFile.ts';
import { judgeRetention, unreached } from '../../client/doctor/temporal.ts';
import { doctorJson, doctorText, exitCodeOf } from '../../client/output/doctor.ts';
import type { DoctorFinding, DoctorSeverity } from '../../core/doctor/finding.ts';
import { diagnosisMarkdown } from '../../core/doctor/markdown.ts';
import { neededRetentionMs } from '../../core/doctor/retention.ts';
import { timingsSchema } from '../../core/installation/timings.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

const DAY = 86_400_000;

function finding(severity: DoctorSeverity, over: Partial<DoctorFinding> = {}): DoctorFinding {
  const remedy = severity === 'well' ? {} : { remedy: 'Mend it.' };
  return { system: 'Git', what: 'push', severity, message: `is ${severity}`, ...remedy, ...over };
}

describe('how long Temporal has to remember', () => {
  it('is the longest wait for people: a week, unless registrar.yaml says otherwise', () => {
    expect(neededRetentionMs(timingsSchema.parse({}))).toBe(7 * DAY);
    expect(neededRetentionMs(timingsSchema.parse({ mergeMs: 30 * DAY }))).toBe(30 * DAY);
  });

  it.each<[string, number | undefined, DoctorSeverity]>([
    ['as long', 7 * DAY, 'well'],
    ['longer', 90 * DAY, 'well'],
    ['for a day less', 6 * DAY, 'warning'],
    ['for a day', DAY, 'warning'],
    ['nobody knows how long', undefined, 'well'],
  ])('%s', (_what, retentionMs, severity) => {
    const found = judgeRetention(retentionMs, 7 * DAY);
    expect(found.severity).toBe(severity);
    if (severity === 'warning') expect(found.remedy).toContain('--retention 168h');
  });
});

describe('whether new runs reach a worker', () => {
  const build = (buildId: string) => ({ deploymentName: 'oidc-registrar', buildId });
  const poller = (version?: string) => ({
    identity: 'w',
    seenAt: undefined,
    version: version === undefined ? undefined : build(version),
  });

  it.each([
    ['workers without a version', [poller()], undefined],
    ['the current build beside an older one', [poller('1'), poller('2')], build('2')],
    ['nobody, who is told of otherwise', [], build('2')],
  ])('they do: %s', (_what, pollers, current) => {
    expect(unreached({ pollers, current })).toBeUndefined();
  });

  it.each([
    ['a first build that is not current', [poller('1')], undefined, /without a build id/, '--build-id 1'],
    ['a build beside the current one, which is gone', [poller('1')], build('2'), /to build 2/, '--build-id 1'],
    ['workers that have lost their version', [poller()], build('2'), /to build 2/, '--unversioned'],
  ])('they do not: %s', (_what, pollers, current, message, to) => {
    expect(unreached({ pollers, current })).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(message) as string,
      remedy: expect.stringContaining(
        `temporal worker deployment set-current-version --deployment-name oidc-registrar ${to}`,
      ) as string,
    });
  });
});

describe('registrar.yaml beside the person who asks', () => {
  it('is read where it is, each mistake a finding', async () => {
    const file = path.join(await temporaryFolder(), 'registrar.yaml');
    await writeFile(file, 'apiVersion: oidc-registrar/v1\nkind: Installation\nclusters: []\nbranch: main\n');
    const findings = installationFindings(file);
    expect(findings.map(({ message }) => message).join('\n')).toMatch(/:3:\d+: clusters: [^]*branch/);
    expect(findings.length).toBeGreaterThan(2);
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  it('is well where it can be read', () => {
    expect(installationFindings('registrar.example.yaml')).toMatchObject([{ severity: 'well' }]);
  });

  it('is missed where it was named, and nowhere else', () => {
    expect(installationFindings('/nowhere/registrar.yaml')).toMatchObject([
      { severity: 'error', what: '/nowhere/registrar.yaml' },
    ]);
    expect(installationFindings(undefined)).toEqual([]);
  });

  it('is a finding where it is there and cannot be read', async () => {
    const folder = await temporaryFolder();
    expect(installationFindings(folder)).toMatchObject([
      { severity: 'error', what: folder, message: `file ${folder} cannot be read (EISDIR)` },
    ]);
  });
});

describe('what people see', () => {
  const all = [
    finding('well', { system: 'Temporal', what: 'reach' }),
    finding('error'),
    finding('warning', { system: 'Temporal', what: 'retention' }),
    finding('well', { what: 'read' }),
  ];

  it('is by system, each with its remedy, and the sum at the end', () => {
    expect(doctorText(all)).toBe(
      [
        'Temporal',
        '  ✓ reach: is well',
        '  ! retention: is warning',
        '      → Mend it.',
        'Git',
        '  ✗ push: is error',
        '      → Mend it.',
        '  ✓ read: is well',
        '',
        '1 error, 1 warning',
      ].join('\n'),
    );
  });

  it('names commands as people type them', () => {
    vi.stubEnv('REGISTRAR_TYPED_AS', 'npm run cli --');
    const [, line = ''] = doctorText([finding('error', { remedy: 'See oidc-registrar check zot.' })]).split('→ ');
    vi.unstubAllEnvs();
    expect(line).toMatch(/^See npm run cli -- check zot\./);
  });

  it('is the same for programs, and in the Temporal UI', () => {
    expect(JSON.parse(doctorJson(all))).toEqual({ ok: false, findings: all });
    const lines = diagnosisMarkdown({ findings: all, version: '1.2.3', retentionMs: 0 }).split('\n');
    expect(lines.slice(0, 3)).toEqual(['### 1 error, 1 warning', '', '- **error**, Git, push: is error. Mend it.']);
    expect(lines.at(-1)).toContain('1.2.3');
  });

  it.each<[readonly DoctorSeverity[], number]>([
    [[], 0],
    [['well', 'warning'], 0],
    [['well', 'error', 'warning'], 1],
  ])('ends with an exit code: %j is %i', (severities, code) => {
    expect(exitCodeOf(severities.map((severity) => finding(severity)))).toBe(code);
  });
});
