import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addSecretEntry, removeSecretEntry } from '../../../core/edits/kubernetes/externalSecret.ts';
import { sourceOfKey } from '../../../core/kubernetes/externalSecret/arrivals.ts';
import { onePassword } from '../../../core/vault/onepassword/words.ts';

const settings = {
  kind: 'serviceAccount',
  vaultId: 'villagevaultaaaaaaaaaaaaaa',
  itemId: 'authentikitemaaaaaaaaaaaaa',
  itemTitle: 'authentik',
  storeProvider: 'onepasswordSDK',
} as const;
const vault = onePassword(settings);

/** As people write it: item and field in one key. */
const secret = (more = '') => `apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: sso
spec:
  secretStoreRef: { kind: ClusterSecretStore, name: onepassword }
  data:
    - secretKey: secret-key
      remoteRef:
        key: authentik/secret_key
${more}`;
const wanted = { name: 'sso', secretKey: 'WIKI_SECRET', field: 'wiki-secret', vault };
const own = (key: string) => `    - secretKey: WIKI_SECRET
      remoteRef:
        key: ${key}
`;

describe('an ExternalSecret of a store of 1Password’s SDK', () => {
  it('gets an entry whose key names the field, and gives every byte back', () => {
    const outcome = addSecretEntry(secret(), wanted);
    expect(outcome).toMatchObject({ kind: 'changed', text: secret(own('authentik/wiki-secret')) });
    expect(removeSecretEntry(secret(own('authentik/wiki-secret')), wanted)).toMatchObject({ text: secret() });
  });

  it.each([
    ['by its title', 'authentik/wiki-secret'],
    ['by its id', 'authentikitemaaaaaaaaaaaaa/wiki-secret'],
    ['with a section', 'authentik/clients/wiki-secret'],
  ])('has it where the key names the item %s', (_how, key) => {
    const text = secret(own(key));
    expect(addSecretEntry(text, wanted)).toEqual({ kind: 'alreadyThere', text });
    expect(sourceOfKey((parse(text) as { spec: unknown }).spec, vault, 'WIKI_SECRET')).toMatchObject({
      is: 'field',
      field: 'wiki-secret',
    });
  });

  it.each(['other/wiki-secret', 'authentik/other', 'authentik'])('has another where the key is %s', (key) => {
    expect(addSecretEntry(secret(own(key)), wanted).kind).toBe('different');
  });

  it('names an item by its id where its title has signs that no reference takes', () => {
    const odd = onePassword({ ...settings, itemTitle: 'Authentik (village)' });
    expect(odd.remoteRef('wiki-secret')).toEqual({ key: 'authentikitemaaaaaaaaaaaaa/wiki-secret' });
  });
});
