import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { checkVaultField } from '../../../activities/preflight/vault.ts';
import { Secret } from '../../../core/base/secret.ts';
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

const claims = { readers: [], sections: {}, registrations: [] };
const unread = new Proxy({} as Deps, {
  get(_target, name) {
    throw new Error(`asked: ${String(name)}`);
  },
});
const wasPublic = { ...provider, clientType: 'public' } as ProviderState;

it('nothing is judged of the vault for a public client', async () => {
  const job = { client: 'zot', names: { ...names, public: true as const }, edits: [] };
  await expect(checkVaultField(unread, lacks(), job, claims, wasPublic)).resolves.toBeUndefined();
});

it('a secret is made for a public client that becomes confidential, and not for one that Authentik alone calls so', async () => {
  const judged = (edits: readonly PlannedEdit[]) =>
    checkVaultField({ installation } as Deps, lacks(), { client: 'zot', names, edits }, claims, wasPublic);
  await expect(judged([])).resolves.toBeUndefined();
  await expect(judged(stands)).rejects.toThrow('but Authentik has provider');
});

it.each([
  ['of the job, may be used again', { client: 'zot', vaultField: names.vaultField, changeId: 'c' }, undefined],
  ['of nobody, cannot be told', undefined, 'accepts any secret'],
])('a field of a client that was confidential once, %s', async (_, mark, refusal) => {
  const value = new Secret('a-secret-of-former-times');
  const field = { id: 'f', label: names.vaultField, value, shown: undefined, mark };
  const deps = {
    installation,
    authentik: { testSecret: async () => 'right' },
    generateSecret: () => new Secret('any'),
  } as unknown as Deps;
  const job = { client: 'zot', names, edits: [] };
  const judged = checkVaultField(deps, { ...lacks(), fields: [field] }, job, claims, wasPublic);
  await (refusal === undefined
    ? expect(judged).resolves.toBeUndefined()
    : expect(judged).rejects.toMatchObject({ message: expect.stringContaining(refusal) as string }));
});
