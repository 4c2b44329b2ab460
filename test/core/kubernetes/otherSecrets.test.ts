import { expect, it } from 'vitest';
import { secretInstead } from '../../../core/kubernetes/otherSecrets.ts';

const object = (kind: string, more = '', name = 'authentik'): string =>
  `kind: ${kind}\nmetadata:\n  name: ${name}\n${more}`;

it.each([
  ['Secret', 'Secret authentik, which is written out in Git'],
  ['SealedSecret', 'SealedSecret authentik, of Sealed Secrets'],
  ['OnePasswordItem', 'OnePasswordItem authentik, of the operator of that vault'],
  ['InfisicalSecret', "InfisicalSecret authentik, of Infisical's operator"],
  ['BitwardenSecret', "BitwardenSecret authentik, of Bitwarden's operator"],
  ['VaultStaticSecret', 'VaultStaticSecret authentik, of the Vault Secrets Operator'],
  ['VaultDynamicSecret', 'VaultDynamicSecret authentik, of the Vault Secrets Operator'],
  ['SecretProviderClass', 'SecretProviderClass authentik, of the Secrets Store CSI driver'],
])('a %s is named where an ExternalSecret is looked for', (kind, what) => {
  expect(secretInstead(object(kind), 'authentik')).toContain(
    `it holds the ${what}: only a Secret that an ExternalSecret`,
  );
});

it('what SOPS encrypts is named, whatever of it can be read', () => {
  const sops = 'sops:\n  mac: ENC[AES256_GCM,data:x]\n';
  expect(secretInstead(object('Secret', `data:\n  key: ENC[AES256_GCM,data:x]\n${sops}`), 'authentik')).toContain(
    'it holds the Secret authentik, which SOPS encrypts',
  );
  expect(secretInstead(`kind: ENC[AES256_GCM,data:x]\n${sops}`, 'authentik')).toContain(
    'it holds the file, which SOPS',
  );
});

it('of several the one of that name is told, and nothing of what is no secret', () => {
  const several = `${object('Secret', '', 'other')}---\n${object('SealedSecret')}`;
  expect(secretInstead(several, 'authentik')).toContain('the SealedSecret authentik');
  for (const text of [object('ExternalSecret', '', 'other'), object('constructor'), '- a\n', '', 'a: [', 'kind: 1\n'])
    expect(secretInstead(text, 'authentik')).toBeUndefined();
});
