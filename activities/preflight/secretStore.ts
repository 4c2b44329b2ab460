import { RegistrarError } from '../../core/base/errors.ts';
import { storeRefOf, storeRefusal } from '../../core/kubernetes/secretStores.ts';
import { type DeliveredNames, deliveredOf, type Kept } from '../../core/names/delivered.ts';
import type { ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { Deps } from '../deps.ts';

/** {@link assertFilledFromVault} of every value of the client. */
export async function filledFromVault(
  deps: Parameters<typeof assertFilledFromVault>[0],
  names: DeliveredNames,
  live: Parameters<typeof assertFilledFromVault>[2],
): Promise<void> {
  for (const value of deliveredOf(names)) await assertFilledFromVault(deps, value, live);
}

/**
 * The entry that brings the secret to Authentik is read from a store of the installation's vault: in any other, a field of that name is
 * another one, or none, and one missing key stops the refresh of all. Throws `Refused`.
 */
export async function assertFilledFromVault(
  { installation, cluster }: Pick<Deps, 'installation' | 'cluster'>,
  { secretKey }: Pick<Kept, 'secretKey'>,
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
