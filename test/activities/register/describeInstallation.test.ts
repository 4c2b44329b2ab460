import { expect, test } from 'vitest';
import { describeInstallation } from '../../../activities/register/describeInstallation.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

// A run that sets a search attribute of another type fails its workflow task again and again.

test.each([
  [true, true, undefined],
  [false, false, undefined],
  [
    { otherType: 'Text' },
    false,
    [expect.stringMatching(/^the search attribute OidcClient is of type Text, not Keyword.* create it as Keyword$/)],
  ],
])('where the server says %j of the search attribute, runs set it: %s', async (searchable, set, warnings) => {
  const installation = installationSchema.parse(caseInstallation);
  const deps = { installation, digest: 'd', runs: { searchable: async () => searchable } } as unknown as Deps;
  expect(await describeInstallation(deps)).toMatchObject({ searchable: set });
  expect((await describeInstallation(deps)).warnings).toEqual(warnings);
});

test('the Application has a page where the address of Argo CD is known', async () => {
  const { argocd } = caseInstallation;
  const described = async (url?: string) => {
    const installation = installationSchema.parse({ ...caseInstallation, argocd: { ...argocd, url } });
    const deps = { installation, digest: 'd', runs: { searchable: async () => true } } as unknown as Deps;
    return (await describeInstallation(deps)).pages?.deployed;
  };
  expect(await described('https://argocd.orchard.example/')).toBe(
    `https://argocd.orchard.example/applications/argocd/${caseInstallation.authentik.application}`,
  );
  expect(await described()).toBeUndefined();
});
