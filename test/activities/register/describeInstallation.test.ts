import { expect, test } from 'vitest';
import { describeInstallation } from '../../../activities/register/describeInstallation.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

// A run that sets a search attribute of another type fails its workflow task again and again.

const all = { OidcClient: 'Keyword', OidcPhase: 'Keyword', OidcOutcome: 'Keyword' };

test.each([
  [all, true, true, undefined],
  [{}, false, false, undefined],
  [{ OidcClient: 'Keyword' }, true, false, undefined],
  [
    { ...all, OidcClient: 'Text' },
    false,
    true,
    [expect.stringMatching(/^the search attribute OidcClient is of type Text, not Keyword.* create it as Keyword$/)],
  ],
  [{ ...all, OidcOutcome: 'Int' }, true, false, [expect.stringContaining('OidcOutcome is of type Int')]],
])(
  'where the server has %j, runs set their client: %s, their phase: %s',
  async (known, searchable, phases, warnings) => {
    const installation = installationSchema.parse(caseInstallation);
    const deps = { installation, digest: 'd', runs: { searchable: async () => known } } as unknown as Deps;
    expect(await describeInstallation(deps)).toMatchObject({ searchable, phases });
    expect((await describeInstallation(deps)).warnings).toEqual(warnings);
  },
);

test('the Application has a page where the address of Argo CD is known', async () => {
  const { argocd } = caseInstallation;
  const described = async (url?: string) => {
    const installation = installationSchema.parse({ ...caseInstallation, argocd: { ...argocd, url } });
    const deps = { installation, digest: 'd', runs: { searchable: async () => all } } as unknown as Deps;
    return (await describeInstallation(deps)).pages?.deployed;
  };
  expect(await described('https://argocd.orchard.example/')).toBe(
    `https://argocd.orchard.example/applications/argocd/${caseInstallation.authentik.application}`,
  );
  expect(await described()).toBeUndefined();
});
