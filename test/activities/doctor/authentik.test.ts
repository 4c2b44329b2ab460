import { expect, it } from 'vitest';
import { authentikLooks } from '../../../activities/doctor/authentik.ts';
import { reachOf } from '../../../activities/doctor/reach.ts';
import { findingsOf } from '../../../activities/doctor/report.ts';
import type { Deps } from '../../../activities/deps.ts';
import { SECRET_DIALECTS, type SecretDialect } from '../../../core/authentik/secretDialects.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';

const { installation: given } = await sampleLayout('manual');
const installation = installationSchema.parse(given);
const [newest] = SECRET_DIALECTS;
const OBJECTS = /^Authentik keeps client secrets as objects of their own/;

/** What the look at the version finds, as severity and message. */
async function told(version: string, dialect: SecretDialect | undefined, allowVersions: readonly string[] = []) {
  const authentik = { version: async () => version, secretDialect: async () => dialect };
  const allowed = { ...installation, authentik: { ...installation.authentik, allowVersions: [...allowVersions] } };
  const deps = { authentik, installation: allowed } as unknown as Deps;
  const looks = authentikLooks(reachOf(deps)).filter(({ what }) => what === 'version');
  return (await findingsOf(looks)).map(({ severity, message }) => [severity, message]);
}

it('a release that runs go with is well', async () => {
  expect(await told('2026.8.3', undefined)).toEqual([['well', '2026.8.3']]);
});

it('secrets that are objects are an error where a run is refused for them, whatever the number of the release', async () => {
  expect(await told('2026.8.3', newest)).toEqual([['error', expect.stringMatching(OBJECTS)]]);
});

it('secrets that are objects are a warning where registrar.yaml allows the release', async () => {
  const findings = await told('2026.11.0', newest, ['2026.11']);
  expect(findings).toContainEqual(['warning', expect.stringMatching(OBJECTS)]);
  expect(findings.every(([severity]) => severity === 'warning')).toBe(true);
});

it('a release that is refused is told alone, for it is the first thing to mend', async () => {
  expect(await told('2031.1', newest)).toEqual([['error', expect.stringContaining('2031.1 is not a version')]]);
});
