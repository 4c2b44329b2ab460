import { RegistrarError } from '../../core/base/errors.ts';
import { storeRefOf, storeRefusal } from '../../core/kubernetes/secretStores.ts';
import type { Names } from '../../core/names/names.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../deps.ts';

/**
 * The entry that brings the secret to Authentik is read from a store of the installation's vault: in any other, a field of that name is
 * another one, or none, and one missing key stops the refresh of all. Throws `Refused`.
 */
export async function assertFilledFromVault(
  { installation, cluster }: Pick<Deps, 'installation' | 'cluster'>,
  { secretKey }: Pick<Names, 'secretKey'>,
  { spec, store }: Pick<ExternalSecretState, 'spec' | 'store'>,
): Promise<void> {
  const { name } = installation.authentik.externalSecret;
  const ref = storeRefOf(spec, secretKey) ?? store;
  const { namespace } = installation.authentik;
  const isMain = ref.kind === store.kind && ref.name === store.name;
  const provider = isMain
    ? store.provider
    : (await cluster.get({ apiVersion: 'external-secrets.io/v1', namespace, ...ref }))?.['spec']?.provider;
  const holder = { holder: `ExternalSecret ${name}`, setting: 'authentik.externalSecret' };
  const refusal = storeRefusal(holder, ref, [{ ...ref, provider, where: 'live' }], installation);
  if (refusal !== undefined) throw new RegistrarError(refusal);
}
