import { at, mappingOf } from '../base/own.ts';
import type { RegistrarErrorFields } from '../base/errors.ts';
import type { Installation } from '../installation/installation.ts';
import { vaultOf } from '../vault/vaults.ts';
import { objectsIn } from './manifests.ts';

/** A store of External Secrets, as an ExternalSecret names it. */
export interface StoreRef {
  readonly kind: string;
  readonly name: string;
}

/** A store as a manifest or a live object has it. */
export interface SecretStore extends StoreRef {
  /** `spec.provider`. */
  readonly provider: unknown;
  /** Path in the repository, or `live`. */
  readonly where: string;
}

/**
 * The store from which a key of an ExternalSecret is read: the one that the key's own entry names in `sourceRef.storeRef`, or
 * `spec.secretStoreRef`. Undefined where there is neither: an entry of the job's would be read from nowhere.
 */
export function storeRefOf(spec: unknown, secretKey?: string): StoreRef | undefined {
  const data = at(spec, 'data');
  const entry = Array.isArray(data) ? data.find((each) => at(each, 'secretKey') === secretKey) : undefined;
  const ref = at(entry, 'sourceRef', 'storeRef') ?? at(spec, 'secretStoreRef');
  const [name, kind = 'SecretStore'] = [at(ref, 'name'), at(ref, 'kind')];
  return typeof name === 'string' && typeof kind === 'string' ? { kind, name } : undefined;
}

/** The stores in a file, those that can be read. */
export function storesIn(text: string, where: string): readonly SecretStore[] {
  return objectsIn(text).flatMap((object) => {
    const [kind, name] = [at(object, 'kind'), at(object, 'metadata', 'name')];
    if ((kind !== 'SecretStore' && kind !== 'ClusterSecretStore') || typeof name !== 'string') return [];
    return [{ kind, name, provider: at(object, 'spec', 'provider'), where }];
  });
}

/**
 * What is refused of the store from which an ExternalSecret is filled: one that reads something else than the installation's vault. Of
 * several manifests of one name (a folder for each cluster) one that fits is enough, and of a store that nobody has found nothing is
 * known. `holder`: the ExternalSecret, for people; `setting`: where it is named.
 */
export function storeRefusal(
  { holder, setting }: { readonly holder: string; readonly setting: string },
  ref: StoreRef | undefined,
  stores: readonly SecretStore[],
  installation: Pick<Installation, 'vault'>,
): RegistrarErrorFields | undefined {
  const refused = { system: 'External Secrets', kind: 'Refused' } as const;
  if (ref === undefined)
    return {
      ...refused,
      message: `${holder} has no spec.secretStoreRef: an entry without a store of its own is read from nowhere`,
      remedy: 'Give it the secretStoreRef that its entries name one by one.',
    };
  const vault = vaultOf(installation, {});
  const found = stores
    .filter(({ kind, name }) => kind === ref.kind && name === ref.name)
    .map(({ provider, where }) => ({ where, other: vault.otherStore(mappingOf(provider)) }));
  const [first] = found;
  if (first?.other === undefined || found.some(({ other }) => other === undefined)) return undefined;
  const where = first.where === 'live' ? '' : ` (${first.where})`;
  return {
    ...refused,
    message: `${holder} is filled from ${ref.kind} ${ref.name}${where}, which reads ${first.other}, and the secret is kept in ${vault.address}`,
    remedy: `Name under ${setting} one that is filled from there, or correct vault in registrar.yaml; no other store is served.`,
  };
}
