import { own } from '../../base/own.ts';
import { providerName } from '../storeProviders.ts';
import type { OnePasswordSettings } from './settings.ts';

/** An id of 1Password. A vault's title may be anything, and of this form only by an odd chance. */
const ID = /^[a-z0-9]{26}$/;

type Provider = NonNullable<OnePasswordSettings['storeProvider']>;

/** How entries of each provider name a field. */
const FORMS: Readonly<Record<Provider, string>> = {
  onepassword: 'item and field apart',
  onepasswordSDK: 'item and field in one key',
};

/**
 * What a store reads in place of the installation's vault. Stores name vaults by title or id: one of Connect each with its rank under
 * `vaults`, one of the SDK the one `vault` (External Secrets' documentation, "1Password Secrets Automation" and "1Password SDK").
 */
export function otherStore(
  {
    vaultId,
    vaultName,
    storeProvider = 'onepassword',
  }: Pick<OnePasswordSettings, 'vaultId' | 'vaultName' | 'storeProvider'>,
  provider: Readonly<Record<string, unknown>>,
): string | undefined {
  const name = PROVIDERS.find((each) => own(provider, each) !== undefined);
  if (name === undefined) return providerName(provider);
  if (name !== storeProvider)
    return `1Password by the provider ${name}, whose entries name ${FORMS[name]} (vault.storeProvider of registrar.yaml says ${storeProvider})`;
  const vaults = namesIn(own(provider, name));
  const isAnother = (vault: string): boolean =>
    vault !== vaultId && vault !== vaultName && isTold(vault) && (vaultName !== undefined || ID.test(vault));
  if (vaults.length === 0 || !vaults.every(isAnother)) return undefined;
  return `vault ${vaults.map((vault) => `"${vault}"`).join(', ')} of 1Password`;
}

/** The titles of the vaults that a store names, and that nothing is there to compare with: they may be others. */
export function unnamedStore(
  { vaultId, vaultName }: Pick<OnePasswordSettings, 'vaultId' | 'vaultName'>,
  provider: Readonly<Record<string, unknown>>,
): readonly string[] {
  const vaults = PROVIDERS.flatMap((each) => namesIn(own(provider, each)));
  if (vaultName !== undefined || vaults.includes(vaultId)) return [];
  return vaults.filter((vault) => !ID.test(vault) && isTold(vault));
}

/** Of a name in whose place Flux puts another, a file tells nothing. */
const isTold = (vault: string): boolean => !vault.includes('${');

const PROVIDERS: readonly Provider[] = ['onepassword', 'onepasswordSDK'];

/** One of Connect names several, one of the SDK the one. */
function namesIn(settings: unknown): readonly string[] {
  const of = (field: string): unknown =>
    typeof settings === 'object' ? own(settings as Readonly<Record<string, unknown>> | null, field) : undefined;
  const [vaults, vault] = [of('vaults'), of('vault')];
  if (typeof vault === 'string') return [vault];
  return typeof vaults === 'object' && vaults !== null ? Object.keys(vaults) : [];
}
