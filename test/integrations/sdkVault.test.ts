import { createClient, type Item } from '@1password/sdk';
import { expect, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { createSdkVault, type OpenSdk } from '../../integrations/onepassword/sdkVault.ts';
import type { Vault } from '../../integrations/vault/vault.ts';
import { openServiceAccount } from '../../sandbox/onepassword/serviceAccount.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import { ITEM, testVault, UNRELATED, VAULT, VAULT_TOKEN } from '../fixtures/vault.ts';

// What the SDK alone does; vault.test.ts holds what both libraries must.

const PENDING = 'zot-client-secret (pending change-1)';
const value = new Secret('Zx9-generated-value-that-nobody-may-see');

/** The item by the SDK; `open` in place of the real library's sign-in. */
function sdkVault(token: string, open?: OpenSdk): Vault {
  return createSdkVault({
    token: new Secret(token),
    vaultId: VAULT.id,
    itemId: ITEM.id,
    itemTitle: ITEM.title,
    timeoutMs: 30_000,
    rateLimitPauseMs: 1,
    ...(open === undefined ? {} : { open }),
  });
}

/** What stands in for 1Password's service, over the store of a Connect server. */
async function testAccount() {
  const { connect, faults } = await testVault();
  return { faults, store: connect.store, tokens: { [VAULT_TOKEN]: { write: true } } };
}

test.each(['ops_bm8tdG9rZW4tYXQtYWxs', 'no-token-at-all'])(
  'the real library loads its WebAssembly and refuses the token %s, which no error shows',
  async (token) => {
    const vault = sdkVault(token);
    for (const error of [await errorOf(vault.read()), await errorOf(vault.addField(PENDING, value))]) {
      expect(error).toMatchObject({ system: '1Password', kind: 'Unauthorized', retryable: false });
      expect(error.message).toMatch(/service account token/);
      expect(error.remedy).toContain('OP_SERVICE_ACCOUNT_TOKEN');
      expect(everythingOf(error)).not.toContain(token);
    }
  },
);

test('the real library that does not reach 1Password is unavailable, not unauthorized', async () => {
  const key = Buffer.alloc(32, 7).toString('base64url');
  const account = {
    // Nothing listens there.
    signInAddress: '127.0.0.1:1',
    userAuth: { method: 'SRPg-4096', alg: 'PBES2g-HS256', iterations: 650_000, salt: key },
    email: 'nobody@orchard.example',
    srpX: 'ab'.repeat(32),
    muk: { alg: 'A256GCM', ext: true, k: key, key_ops: ['encrypt', 'decrypt'], kty: 'oct', kid: 'mp' },
    secretKey: 'A3-ABCDEF-ABCDEF-ABCDE-ABCDE-ABCDE-ABCDE',
    throttleSecret: { seed: 'ab'.repeat(32), uuid: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' },
    deviceUuid: 'abcdefghijklmnopqrstuvwxyz',
  };
  const token = `ops_${Buffer.from(JSON.stringify(account)).toString('base64url')}`;
  const vault = sdkVault(token);
  const error = await errorOf(vault.read());
  expect(error).toMatchObject({ system: '1Password', kind: 'Unavailable', retryable: true });
  expect(error.message).toContain('error sending request');
  expect(everythingOf(error)).not.toContain(token);
});

test('the double refuses a token in the words of the real library', async () => {
  const { connect, faults } = await testVault();
  const words = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: unknown) => (error as Error).message,
    );
  const real = await words(createClient({ auth: 'ops_x', integrationName: 'test', integrationVersion: 'v1' }));
  const double = await words(openServiceAccount({ faults, store: connect.store, tokens: {} }, 'ops_x'));
  expect(double).not.toBe('no error');
  expect(real.startsWith(double)).toBe(true);
});

test.each<[string, object, RegExp]>([
  [
    'a field of a type that it does not know',
    { fields: [...UNRELATED, { id: 'new', label: 'passkey', type: 'PASSKEY', value: '' }] },
    /cannot edit: "passkey"/,
  ],
  ['a category that it does not know', { category: 'CUSTOM' }, /is of a category/],
  ['a tag beyond ASCII', { tags: ['schlüssel'] }, /has tags/],
  ['a tag twice', { tags: ['a', 'a'] }, /has tags/],
])('an item with %s is refused before a write, and can be read', async (_what, parts, why) => {
  const items = [{ ...ITEM, category: 'LOGIN', fields: UNRELATED, ...parts }];
  const { vault, connect } = await testVault({ kind: 'serviceAccount', items });
  expect((await vault.read()).unwritable?.why).toMatch(why);
  const error = await errorOf(vault.addField(PENDING, value));
  expect(error).toMatchObject({ kind: 'Refused', retryable: false });
  expect(error.message).toMatch(why);
  expect(connect.log.filter(({ method }) => method === 'PUT')).toEqual([]);
});

test('what the library refuses by itself, as a custom icon that it does not show, is refused and not tried again', async () => {
  const account = await testAccount();
  let puts = 0;
  const vault = sdkVault(VAULT_TOKEN, async (token) => {
    const { items } = await openServiceAccount(account, token);
    const put = async (): Promise<never> => {
      puts += 1;
      throw new Error(`cannot update item ${ITEM.id}. Editing is not supported for items with custom icons`);
    };
    return { items: { get: async (...ids) => items.get(...ids), put } };
  });
  expect(await errorOf(vault.addField(PENDING, value))).toMatchObject({ kind: 'Refused', retryable: false });
  expect(puts).toBe(1);
});

test('an error of the library that repeats the token and the values of the item is masked', async () => {
  const account = await testAccount();
  const vault = sdkVault(VAULT_TOKEN, async (token) => {
    const { items } = await openServiceAccount(account, token);
    const put = async (item: Item): Promise<never> => {
      throw new Error(`cannot update item: ${token} ${item.fields.at(-1)?.value}`);
    };
    return { items: { get: async (...ids) => items.get(...ids), put } };
  });
  const error = await errorOf(vault.addField(PENDING, value));
  expect(error.message).toContain('cannot update item: [masked] [masked]');
  for (const secret of [VAULT_TOKEN, value.reveal()]) expect(everythingOf(error)).not.toContain(secret);
});

test('an error of the library that repeats what was read of the item is masked', async () => {
  const account = await testAccount();
  let read: Item | undefined;
  const vault = sdkVault(VAULT_TOKEN, async (token) => {
    const { items } = await openServiceAccount(account, token);
    const get = async (...ids: [string, string]): Promise<Item> => {
      if (read !== undefined) throw new Error(`cannot decode ${JSON.stringify(read.fields[4])}`);
      read = await items.get(...ids);
      return read;
    };
    return { items: { get, put: async (item) => items.put(item) } };
  });
  await vault.read();
  const { message } = await errorOf(vault.read());
  expect(message).toMatch(/cannot decode \{.*"value":"\[masked\]"/);
});

test('a section without title that is there takes the field, and stays when the field goes', async () => {
  const sections = [{ id: 'add more', label: '' }];
  const { vault, connect } = await testVault({
    kind: 'serviceAccount',
    items: [{ ...ITEM, category: 'LOGIN', fields: UNRELATED.map(({ section: _none, ...field }) => field), sections }],
  });
  const { fieldId } = await vault.addField(PENDING, value);
  expect(connect.item(ITEM.id).fields.at(-1)?.section).toEqual({ id: 'add more' });
  await vault.removeField(PENDING, fieldId);
  expect(connect.item(ITEM.id)['sections']).toEqual(sections);
});

test('a sign-in that failed is tried again with the next request', async () => {
  const account = await testAccount();
  let opened = 0;
  const vault = sdkVault(VAULT_TOKEN, async (token) => {
    opened += 1;
    if (opened === 1) throw new Error('request timeout');
    return openServiceAccount(account, token);
  });
  expect(await errorOf(vault.read())).toMatchObject({ kind: 'Unavailable', retryable: true });
  expect((await vault.read()).place).toBe(`item "${ITEM.title}"`);
  await vault.read();
  expect(opened).toBe(2);
});
