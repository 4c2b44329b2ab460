import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { installationSchema } from '../../../core/installation/installation.ts';
import { storeRefOf, storeRefusal, storesIn } from '../../../core/kubernetes/secretStores.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const HOLDER = { holder: 'ExternalSecret authentik', setting: 'authentik.externalSecret' };
const REF = { kind: 'ClusterSecretStore', name: 'main' };

function refusalOf(
  provider: unknown,
  vault: { readonly vaultName?: string; readonly storeProvider?: 'onepasswordSDK' } = {},
) {
  const installation = installationSchema.parse({
    ...caseInstallation,
    vault: { ...caseInstallation.vault, ...vault },
  });
  return storeRefusal(HOLDER, REF, [{ ...REF, provider, where: 'infra/store.yaml' }], installation)?.message;
}

describe('the store from which an ExternalSecret is filled', () => {
  const { vaultId } = caseInstallation.vault;

  it.each([
    [{ aws: { service: 'SecretsManager' } }, 'AWS (Secrets Manager or Parameter Store)'],
    [{ azurekv: {} }, 'Azure Key Vault'],
    [{ gcpsm: {} }, 'Google Secret Manager'],
    [{ vault: { server: 'https://bao.example' } }, 'HashiCorp Vault or OpenBao'],
    [{ infisical: {} }, 'Infisical'],
    [{ bitwardensecretsmanager: {} }, 'Bitwarden Secrets Manager'],
    [{ doppler: {} }, 'Doppler'],
    [{ akeyless: {} }, 'Akeyless'],
    [{ kubernetes: {} }, 'Secrets of a Kubernetes cluster'],
    [{ fake: { data: [] } }, 'the provider "fake", which holds its values itself'],
    [{ constructor: {} }, 'the provider "constructor"'],
    [{ onepasswordSDK: { vault: vaultId } }, '1Password by the provider onepasswordSDK, whose entries'],
    [{ onepassword: { vaults: { other: 1 } } }, 'vault "other" of 1Password'],
    [{ onepassword: { vaults: { aaaaaaaaaaaaaaaaaaaaaaaaaa: 1 } } }, 'vault "aaaaaaaaaaaaaaaaaaaaaaaaaa" of 1Password'],
  ])('%j is refused by name', (provider, reads) => {
    expect(refusalOf(provider, { vaultName: 'orchard' })).toContain(
      `ExternalSecret authentik is filled from ClusterSecretStore main (infra/store.yaml), which reads ${reads}`,
    );
  });

  it('is one of 1Password’s SDK where registrar.yaml says so, and of its vault', () => {
    const of = (provider: unknown) => refusalOf(provider, { vaultName: 'orchard', storeProvider: 'onepasswordSDK' });
    for (const vault of [vaultId, 'orchard']) expect(of({ onepasswordSDK: { vault } })).toBeUndefined();
    expect(of({ onepasswordSDK: { vault: 'other' } })).toContain('vault "other" of 1Password');
    expect(of({ onepassword: { vaults: { orchard: 1 } } })).toContain(
      'by the provider onepassword, whose entries name item and field apart (vault.storeProvider of registrar.yaml says onepasswordSDK)',
    );
  });

  it('is one of the installation’s vault by its id or its name, whatever other vaults it reads', () => {
    for (const vault of [vaultId, 'orchard'])
      expect(
        refusalOf({ onepassword: { vaults: { other: 1, [vault]: 2 } } }, { vaultName: 'orchard' }),
      ).toBeUndefined();
  });

  it('is not refused while nothing shows that it is another', () => {
    // The name of the vault stands nowhere.
    expect(refusalOf({ onepassword: { vaults: { other: 1 } } }, {})).toBeUndefined();
    expect(refusalOf({ onepassword: {} }, { vaultName: 'orchard' })).toBeUndefined();
    expect(refusalOf(undefined, { vaultName: 'orchard' })).toBeUndefined();
  });

  it('may be there several times, a folder for each cluster: one that fits is enough', () => {
    const installation = installationSchema.parse(caseInstallation);
    const store = (provider: unknown) => stringify({ kind: REF.kind, metadata: { name: 'main' }, spec: { provider } });
    const [other, fits] = [store({ aws: {} }), store({ onepassword: { vaults: { [vaultId]: 1 } } })];
    const refused = (...texts: string[]) =>
      storeRefusal(
        HOLDER,
        REF,
        texts.flatMap((text) => storesIn(text, 'x.yaml')),
        installation,
      );
    expect(refused(other)).toMatchObject({ kind: 'Refused' });
    expect(refused(other, fits)).toBeUndefined();
    expect(refused(`${other}---\n${fits}`)).toBeUndefined();
    expect(refused(other.replace('name: main', 'name: another'))).toBeUndefined();
  });
});

it('an entry that names a store of its own is read from that one', () => {
  const spec = {
    secretStoreRef: { name: 'all' },
    data: [
      { secretKey: 'own', sourceRef: { storeRef: { kind: 'ClusterSecretStore', name: 'one' } } },
      { secretKey: 'x' },
    ],
  };
  expect(storeRefOf(spec, 'own')).toEqual({ kind: 'ClusterSecretStore', name: 'one' });
  for (const key of ['x', 'new', undefined])
    expect(storeRefOf(spec, key)).toEqual({ kind: 'SecretStore', name: 'all' });
  expect(storeRefOf({ data: spec.data }, 'new')).toBeUndefined();
  expect(storeRefOf(undefined)).toBeUndefined();
});
