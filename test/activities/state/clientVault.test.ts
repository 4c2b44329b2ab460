import { expect, it } from 'vitest';
import { vaultFor } from '../../../activities/state/clientVault.ts';
import { Secret } from '../../../core/base/secret.ts';
import type { Vault } from '../../../integrations/vault/vault.ts';

/** Whatever is asked of it, somebody was wrong to ask. */
const vault = new Proxy({} as Vault, {
  get(_target, name) {
    throw new Error(`the vault was asked: ${String(name)}`);
  },
});

it.each([undefined, { title: 'Own', client: 'open' }])(
  'the vault of a public client asks nobody, is empty and takes nothing (own place: %s)',
  async (vaultItem) => {
    const empty = vaultFor({ vault }, { public: true, ...(vaultItem === undefined ? {} : { vaultItem }) });

    expect((await empty.read()).fields).toEqual([]);
    expect(await empty.removeField('any')).toEqual({ removed: false });
    expect(await empty.change({ relabel: [], remove: [] })).toEqual({ changed: false });
    await expect(empty.change({ remove: ['any'] })).rejects.toThrow(TypeError);
    expect(() => empty.addField('any', new Secret('made'))).toThrow(TypeError);
  },
);

it('another client has the vault that all share', () => {
  const shared = {} as Vault;
  expect(vaultFor({ vault: shared }, {})).toBe(shared);
});
