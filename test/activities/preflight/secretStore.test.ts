import { expect, it } from 'vitest';
import { assertFilledFromVault } from '../../../activities/preflight/secretStore.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { entry, store, testSecrets } from '../../fixtures/secrets.ts';
import { VAULT } from '../../fixtures/vault.ts';
import { caseInstallation } from '../../fixtures/zot.ts';

const vault = { ...caseInstallation.vault, vaultName: VAULT.name };
const installation = installationSchema.parse({ ...caseInstallation, vault });

it('a live store that reads something else is refused, for an entry’s own store as for that of all', async () => {
  const of = { kind: 'ClusterSecretStore', name: 'other' } as const;
  const own = { ...entry('one'), sourceRef: { storeRef: of } };
  const { cluster, state } = await testSecrets({ data: [own, entry('two')] });
  await cluster.create({ ...store('other'), spec: { provider: { infisical: {} } } });
  const check = async (secretKey: string) =>
    assertFilledFromVault({ installation, cluster }, { secretKey }, await state());

  await expect(check('two')).resolves.toBeUndefined();
  await expect(check('new')).resolves.toBeUndefined();
  await expect(check('one')).rejects.toMatchObject({
    kind: 'Refused',
    message: expect.stringContaining(
      'is filled from ClusterSecretStore other, which reads Infisical, and the secret is',
    ),
  });

  await cluster.mergePatch(
    { apiVersion: 'external-secrets.io/v1', namespace: '', kind: 'ClusterSecretStore', name: 'vault' },
    { spec: { provider: { onepassword: { vaults: { [VAULT.name]: null, theirs: 1 } } } } },
  );
  await expect(check('new')).rejects.toThrow('is filled from ClusterSecretStore vault, which reads vault "theirs"');
});

it('an ExternalSecret without a store for new entries is refused in words', async () => {
  const { state } = await testSecrets({ secretStoreRef: undefined });
  await expect(state()).rejects.toThrow('ExternalSecret authentik has no spec.secretStoreRef');
});
