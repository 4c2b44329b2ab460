import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { installationOf, localRegistration } from '../../client/localFiles.ts';
import { temporaryFolder } from '../fixtures/clusters.ts';

it('where there is no registrar.yaml the remedy says how one comes to have it', async () => {
  const file = path.join(await temporaryFolder(), 'registrar.yaml');
  expect(() => installationOf('.', file)).toThrow(
    expect.objectContaining({
      kind: 'BadInput',
      message: `there is no file ${file}`,
      remedy: expect.stringMatching(
        /^Name the working copy that has it with --repo, or the file with --installation .*; where there is none yet, oidc-registrar init writes it, .* docs\/how-to\/first-client\.md/,
      ) as string,
    }) as Error,
  );
});

it.each(['utf16le', 'latin1'] as const)(
  'a file in %s is told to be none of UTF-8, and not to lack its fields',
  async (encoding) => {
    const file = path.join(await temporaryFolder(), 'zot.yaml');
    await writeFile(file, '\uFEFFkind: OidcClient # für alle\n', encoding);
    expect(() => localRegistration(file)).toThrow(
      expect.objectContaining({ kind: 'BadInput', message: `file ${file} is not UTF-8`, remedy: 'Save it as UTF-8.' }),
    );
  },
);
