import { at, own } from '../base/own.ts';
import { objectsIn } from './manifests.ts';

/** Kinds by which people bring a secret into a cluster without External Secrets, and whose they are. */
const KINDS: Readonly<Record<string, string>> = {
  Secret: 'which is written out in Git',
  SealedSecret: 'of Sealed Secrets',
  OnePasswordItem: 'of the operator of that vault',
  InfisicalSecret: "of Infisical's operator",
  BitwardenSecret: "of Bitwarden's operator",
  VaultStaticSecret: 'of the Vault Secrets Operator',
  VaultDynamicSecret: 'of the Vault Secrets Operator',
  VaultPKISecret: 'of the Vault Secrets Operator',
  DopplerSecret: "of Doppler's operator",
  AzureKeyVaultSecret: 'of akv2k8s',
  SecretProviderClass: 'of the Secrets Store CSI driver',
  ClusterExternalSecret: 'which makes ExternalSecrets of its own, in several namespaces',
};

/**
 * What a file holds where an ExternalSecret is looked for, as a sentence; undefined where it holds none of these, so that only a name
 * or a path is wrong. An object of the same name goes before others.
 */
export function secretInstead(text: string, name: string): string | undefined {
  const found = objectsIn(text).flatMap((object) => {
    const kind = at(object, 'kind');
    const called = at(object, 'metadata', 'name');
    const what = whatIs(object, kind);
    return what === undefined
      ? []
      : [{ what: typeof called === 'string' ? `${what[0]} ${called}, ${what[1]}` : what.join(', '), called }];
  });
  const one = found.find(({ called }) => called === name) ?? found[0];
  if (one === undefined) return undefined;
  return `it holds the ${one.what}: only a Secret that an ExternalSecret of External Secrets fills is served`;
}

function whatIs(object: unknown, kind: unknown): readonly [string, string] | undefined {
  // SOPS leaves a mapping of its own beside what it encrypts, which may be the kind too.
  if (at(object, 'sops') !== undefined) return [isPlain(kind) ? kind : 'file', 'which SOPS encrypts'];
  if (typeof kind !== 'string') return undefined;
  const whose = own(KINDS, kind);
  return whose === undefined ? undefined : [kind, whose];
}

function isPlain(kind: unknown): kind is string {
  return typeof kind === 'string' && !kind.startsWith('ENC[');
}
