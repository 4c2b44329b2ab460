import { describe, expect, test } from 'vitest';
import type { StoredItem } from '../../../sandbox/onepassword/vaultStore.ts';
import { ITEM, READ_ONLY_TOKEN, testVault, VAULT, VAULT_TOKEN, type TestVault } from '../../fixtures/vault.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const item = `/v1/vaults/${VAULT.id}/items/${ITEM.id}`;

/** A request as any client of Connect would send it. */
async function ask(
  { connect }: TestVault,
  path: string,
  { method = 'GET', token = VAULT_TOKEN, body }: { method?: string; token?: string; body?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(`${connect.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

function said(status: number, message: string): Answer {
  return { status, body: { status, message } };
}

describe('Connect answers as its published API says', () => {
  test('401 to a wrong token, 403 to a vault of others, 404 to a missing item, 400 to what is no id', async () => {
    const parts = await testVault();
    const other = 'otheraaaaaaaaaaaaaaaaaaaaa';
    expect(await ask(parts, '/v1/vaults', { token: 'x' })).toEqual(said(401, 'Invalid token signature'));
    expect(await ask(parts, `/v1/vaults/${other}`)).toEqual(said(403, `vault ${other} is not in scope`));
    expect(await ask(parts, `/v1/vaults/${VAULT.id}/items/${other}`)).toEqual(said(404, `item ${other} not found`));
    expect(await ask(parts, '/v1/vaults/orchard')).toEqual(said(400, 'Invalid Vault UUID'));
    expect(await ask(parts, `/v1/vaults/${VAULT.id}/items/sso`)).toEqual(said(400, 'Invalid Item UUID'));
    expect((await ask(parts, '/health', { token: '' })).status).toBe(200);
  });

  test('vaults and items are found by one SCIM filter, without the fields of an item', async () => {
    const parts = await testVault();
    const filter = (text: string): string => `filter=${encodeURIComponent(text)}`;
    const items = `/v1/vaults/${VAULT.id}/items`;
    expect(await ask(parts, `/v1/vaults?${filter('name eq "orchard"')}`)).toEqual({ status: 200, body: [VAULT] });
    expect(await ask(parts, `/v1/vaults?${filter('name eq "other"')}`)).toEqual({ status: 200, body: [] });
    const found = (await ask(parts, `${items}?${filter(`title eq "${ITEM.title}"`)}`)).body as StoredItem[];
    expect(found).toEqual([
      expect.objectContaining({ ...ITEM, category: 'LOGIN', favorite: true, lastEditedBy: expect.any(String) }),
    ]);
    expect(found[0]).not.toHaveProperty('fields');
    expect((await ask(parts, `${items}?${filter('title co "Auth"')}`)).status).toBe(400);
    expect((await ask(parts, `${items}?${filter("'")}`)).status).toBe(400);
  });

  test('a write needs a token that may write, and a body that is an item', async () => {
    const parts = await testVault();
    const body = parts.connect.item(ITEM.id);
    const put = (more: object): Promise<Answer> => ask(parts, item, { method: 'PUT', body, ...more });
    expect((await put({ token: READ_ONLY_TOKEN })).status).toBe(403);
    expect((await put({ body: '{' })).status).toBe(400);
    expect((await put({ body: { ...body, vault: { id: 'otheraaaaaaaaaaaaaaaaaaaaa' } } })).status).toBe(400);
    expect(await put({ body: { ...body, category: undefined } })).toEqual(said(400, 'Invalid item category'));
    expect((await ask(parts, item, { method: 'PATCH', body: [] })).status).toBe(405);
    expect(parts.connect.item(ITEM.id).version).toBe(1);
  });
});

describe('a PUT', () => {
  test('replaces the whole item: what it does not carry is gone, what only the server sets stays', async () => {
    const parts = await testVault();
    const { id, title, category, vault, version } = parts.connect.item(ITEM.id);
    const fields = [{ label: 'only', type: 'CONCEALED', value: 'x' }];
    const body = { id, title, category, vault, version, fields, createdAt: 'forged', lastEditedBy: 'forged' };
    const { status, body: saved } = await ask(parts, item, { method: 'PUT', body });
    expect(status).toBe(200);
    expect(saved).toEqual({
      id,
      title,
      category,
      vault,
      version: 2,
      fields: [{ ...fields[0], id: expect.stringMatching(/^[0-9a-f]{26}$/) }],
      createdAt: new Date(0).toISOString(),
      updatedAt: expect.stringMatching(/^20/),
      lastEditedBy: 'CONNECT',
    });
    expect(parts.connect.item(ITEM.id)).toEqual(saved);
  });

  test('over a version that somebody wrote over, or with fields of one id, is refused in few words', async () => {
    const parts = await testVault();
    const stale = parts.connect.item(ITEM.id);
    parts.connect.edit(ITEM.id, (now) => void (now['favorite'] = false));
    const words = said(400, `Unable to update item "${ITEM.title}" in Vault "${VAULT.id}"`);
    expect(await ask(parts, item, { method: 'PUT', body: stale })).toEqual(words);
    const fresh = parts.connect.item(ITEM.id);
    const twice = { ...fresh, fields: [...fresh.fields, ...fresh.fields.slice(0, 1)] };
    expect(await ask(parts, item, { method: 'PUT', body: twice })).toEqual(words);
    const password = { label: 'second', type: 'CONCEALED', purpose: 'PASSWORD' };
    const two = { ...fresh, fields: [...fresh.fields, password] };
    expect(await ask(parts, item, { method: 'PUT', body: two })).toEqual(words);
    expect(parts.connect.item(ITEM.id)).toEqual(fresh);
  });
});

test('the snapshot shows no value, and is the same when all is as it was', async () => {
  const parts = await testVault();
  const before = JSON.stringify(parts.connect.snapshot());
  expect(before).not.toContain('value 1');
  await parts.vault.addField('zot', (await parts.vault.read()).fields[0]?.value ?? fail());
  expect(JSON.stringify(parts.connect.snapshot())).not.toBe(before);
  await parts.vault.removeField('zot');
  expect(JSON.stringify(parts.connect.snapshot())).toBe(before);
});

function fail(): never {
  throw new Error('the item has no field');
}
