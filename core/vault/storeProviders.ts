import { own } from '../base/own.ts';

/** What people call the providers of External Secrets, by their keys in `spec.provider` of a store (its API, "SecretStoreProvider"). */
const NAMES: Readonly<Record<string, string>> = {
  akeyless: 'Akeyless',
  aws: 'AWS (Secrets Manager or Parameter Store)',
  azurekv: 'Azure Key Vault',
  bitwardensecretsmanager: 'Bitwarden Secrets Manager',
  conjur: 'CyberArk Conjur',
  delinea: 'Delinea DevOps Secrets Vault',
  doppler: 'Doppler',
  fake: 'the provider "fake", which holds its values itself',
  gcpsm: 'Google Secret Manager',
  gitlab: 'GitLab variables',
  infisical: 'Infisical',
  keepersecurity: 'Keeper Security',
  kubernetes: 'Secrets of a Kubernetes cluster',
  oracle: 'Oracle Vault',
  passbolt: 'Passbolt',
  scaleway: 'Scaleway Secret Manager',
  vault: 'HashiCorp Vault or OpenBao',
  webhook: 'a webhook',
};

/** What a store reads, by its `spec.provider`; undefined where that names no provider. */
export function providerName(provider: Readonly<Record<string, unknown>>): string | undefined {
  const [key] = Object.keys(provider);
  return key === undefined ? undefined : (own(NAMES, key) ?? `the provider "${key}"`);
}
