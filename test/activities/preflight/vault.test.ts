import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { checkVaultField } from '../../../activities/preflight/vault.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { checkRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { PlannedEdit } from '../../../core/changes/plannedEdit.ts';
import type { ProviderState } from '../../../integrations/authentik/authentik.ts';
import type { VaultContents } from '../../../integrations/vault/vault.ts';
import { caseInstallation, zotRegistration } from '../../fixtures/zot.ts';

const installation = installationSchema.parse(caseInstallation);
const names = resolveNames(checkRegistration(zotRegistration, 'test'), installation);
const stands = ['externalSecret', 'deployment', 'blueprint'].map(
  (entry) => ({ step: 'patchExternalSecret', entry, path: 'x.yaml', kind: 'alreadyThere' }) as unknown as PlannedEdit,
);
const provider = { pk: 1, name: names.providerName, clientId: names.clientId } as ProviderState;
const lacks = (own?: VaultContents['own']): VaultContents => ({
  system: '1Password',
  place: 'item "x"',
  updatedAt: undefined,
  fields: [],
  unwritable: undefined,
  ...(own === undefined ? {} : { own }),
});

it.each([
  ['the item of all clients', lacks(), stands, false],
  ['the item of all clients, in a repair', lacks(), stands, true],
  ['the item of all clients, of which no file tells', lacks(), [], false],
  ['an item of its own', lacks({ id: 'i', madeBy: { client: 'zot', changeId: 'c' } }), stands, false],
  ['an item of its own that nobody has made', lacks({ id: undefined, madeBy: undefined }), stands, false],
])('no secret is made for a provider that Authentik has: %s', async (_, contents, edits, repair) => {
  const job = { client: 'zot', names, edits };
  const claims = { readers: [], sections: {}, registrations: [] };
  const judged = checkVaultField({ installation } as Deps, contents, job, claims, provider, repair);
  await expect(judged).rejects.toMatchObject({
    kind: 'Refused',
    message: `item "x" has no field "${names.vaultField}", but Authentik has provider "${names.providerName}"`,
    remedy: 'Put the live secret there first. Where another item holds it, name that in spec.vaultItem.',
  });
});
