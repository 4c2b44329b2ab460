import { expect, it } from 'vitest';
import { deregistered } from '../../../activities/branch/deregistered.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);

/** A repository that has these files, and had these before. */
function repository(files: readonly string[], deleted: readonly string[]) {
  const textOf = (paths: readonly string[]) => async (_commit: string, path: string) =>
    Promise.resolve(paths.includes(path) ? 'kind: OidcClient' : undefined);
  return { installation, git: { readFile: textOf(files), deletedText: textOf(deleted) } };
}

it.each([
  ['of a client that was taken out', [], ['oidc-clients/zot.yml'], 'oidc-clients/zot.yml was deleted from main'],
  ['not of one that has come back', ['oidc-clients/zot.yaml'], ['oidc-clients/zot.yaml'], undefined],
  ['not of one that never was', [], [], undefined],
])('a client is said to be registered no more: %s', async (_what, files, deleted, said) => {
  const error = await deregistered(repository(files, deleted), 'zot', 'base');
  expect(error?.message).toEqual(said && `client zot is not registered any more: ${said}`);
  expect(error?.kind).toBe(said && 'Refused');
  if (said !== undefined) expect(error?.remedy).toContain('start `oidc-registrar register zot`: it gets a new secret');
});
