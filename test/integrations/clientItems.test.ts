import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { openOnePassword } from '../../integrations/onepassword/openVault.ts';
import { madeBy } from '../../integrations/onepassword/items.ts';
import type { ClientPlace } from '../../integrations/vault/vault.ts';
import { Faults } from '../../sandbox/faults/faults.ts';
import { startConnect, type ConnectStandIn } from '../../sandbox/onepassword/connect.ts';
import { openServiceAccount } from '../../sandbox/onepassword/serviceAccount.ts';
import { errorOf } from '../fixtures/errors.ts';
import { READ_ONLY_TOKEN, VAULT, VAULT_KINDS, VAULT_TOKEN } from '../fixtures/vault.ts';

const value = new Secret('Zx9-generated-value-that-nobody-may-see');
const LABEL = 'client-secret (pending change-1)';
const THEIRS = { id: 'theirsaaaaaaaaaaaaaaaaaaaa', title: 'Wiki', fields: [], sections: [] };

interface Shelf {
  readonly connect: ConnectStandIn;
  readonly faults: Faults;
  readonly place: (title: string, client: string, id?: string) => ClientPlace;
}

describe.each(VAULT_KINDS)('items of clients by %s', (kind) => {
  async function shelf(token = VAULT_TOKEN, readLagMs = 0): Promise<Shelf> {
    const faults = new Faults();
    const tokens = { [VAULT_TOKEN]: { write: true }, [READ_ONLY_TOKEN]: { write: false } };
    const connect = await startConnect({ faults, tokens, vault: VAULT, items: [THEIRS], readLagMs });
    onTestFinished(() => connect.close());
    const account = { faults, store: connect.store, tokens, readLagMs };
    const host = kind === 'connect' ? { connectHost: connect.url } : {};
    const vault = await openOnePassword(
      { kind, ...host, vaultId: VAULT.id, item: '{name}' },
      { token: new Secret(token), timeoutMs: 30_000, rateLimitPauseMs: 300_000 },
      { openSdk: (given) => openServiceAccount(account, given) },
    );
    const of = vault.of?.bind(vault);
    if (of === undefined) throw new Error('no items of clients');
    return {
      connect,
      faults,
      place: (title, client, id) => of({ title, client, ...(id === undefined ? {} : { id }) }),
    };
  }
  const titles = ({ connect }: Shelf): readonly string[] => connect.store.all().map(({ title }) => title);

  test('one that is not there reads as empty, is made with its first field, marked, and found again', async () => {
    const at = await shelf();
    const zot = at.place('oidc-zot', 'zot');
    expect(await zot.read()).toMatchObject({ fields: [], own: { id: undefined, madeBy: undefined } });
    expect(await errorOf(zot.addField(LABEL, value))).toMatchObject({ kind: 'NotFound' });
    const { fieldId, added } = await zot.addField(LABEL, value, { seen: await zot.read(), makes: 'change-1' });
    expect(added).toBe(true);
    const made = at.connect.store.all().find(({ title }) => title === 'oidc-zot');
    expect(made).toMatchObject({ category: 'API_CREDENTIAL', tags: ['oidc-registrar/zot/change-1'] });
    expect(await zot.read()).toMatchObject({
      place: 'item "oidc-zot"',
      fields: [{ id: fieldId, label: LABEL, shown: undefined }],
      own: { id: made?.id, madeBy: { client: 'zot', changeId: 'change-1' } },
    });
    // A retry, by another process.
    expect(await at.place('oidc-zot', 'zot').addField(LABEL, value, { makes: 'change-1' })).toEqual({
      fieldId,
      added: false,
    });
    await zot.change({ relabel: [{ fieldId, to: 'client-secret' }] }, { seen: await zot.read() });
    expect((await zot.read()).fields.map(({ label }) => label)).toEqual(['client-secret']);
    expect(titles(at)).toEqual(['Wiki', 'oidc-zot']);
  });

  test('one that people made is written by its id alone, and one of another client never', async () => {
    const at = await shelf();
    const before = at.connect.snapshot();
    const wiki = at.place('Wiki', 'wiki');
    expect((await wiki.read()).own).toEqual({ id: THEIRS.id, madeBy: undefined });
    for (const write of [
      wiki.addField(LABEL, value, { makes: 'change-1' }),
      wiki.change({ notes: [{ label: 'x', text: 'y' }] }),
      wiki.removeField(LABEL),
    ])
      expect(await errorOf(write)).toMatchObject({ kind: 'Refused' });
    expect(at.connect.snapshot()).toEqual(before);

    const known = at.place('Wiki', 'wiki', THEIRS.id);
    expect(await known.addField(LABEL, value)).toMatchObject({ added: true });
    expect(await known.removePlace()).toEqual({ removed: false, holds: [] });
    await known.removeField(LABEL);
    expect(await known.removePlace('change-1')).toEqual({ removed: false, holds: [] });
    expect(at.connect.snapshot()).toEqual(before);

    await at.place('oidc-zot', 'zot').addField(LABEL, value, { makes: 'change-1' });
    const thief = at.place('oidc-zot', 'thief');
    expect((await thief.read()).own?.madeBy).toEqual({ client: 'zot', changeId: 'change-1' });
    expect(await errorOf(thief.addField(LABEL, value, { makes: 'c' }))).toMatchObject({ kind: 'Refused' });
    expect(await thief.removePlace('change-1')).toEqual({ removed: false, holds: [] });
  });

  test('two of one title are refused, and one that took the place of the one that is meant', async () => {
    const at = await shelf();
    at.connect.store.duplicate(THEIRS.id, { id: 'copyaaaaaaaaaaaaaaaaaaaaaa', title: 'Wiki' });
    const error = await errorOf(at.place('Wiki', 'wiki', THEIRS.id).read());
    expect(error).toMatchObject({ kind: 'Collision', retryable: false });
    expect(error.message).toContain('the vault has 2 items titled "Wiki"');
    at.connect.store.remove(THEIRS.id);
    expect(await errorOf(at.place('Wiki', 'wiki', THEIRS.id).read())).toMatchObject({ kind: 'NotFound' });
    // Titles that only look alike are others.
    expect((await at.place('wiki', 'wiki').read()).own?.id).toBeUndefined();
  });

  test('what the job made is deleted by the change that made it, while no value is in it', async () => {
    const at = await shelf();
    const zot = at.place('oidc-zot', 'zot');
    await zot.addField(LABEL, value, { makes: 'change-1' });
    expect(await zot.removePlace('change-1')).toEqual({ removed: false, holds: [LABEL] });
    await zot.removeField(LABEL);
    expect(await zot.removePlace('change-2')).toEqual({ removed: false, holds: [] });
    expect(titles(at)).toEqual(['Wiki', 'oidc-zot']);
    expect(await zot.removePlace('change-1')).toEqual({ removed: true, holds: [] });
    expect(await zot.removePlace('change-1')).toEqual({ removed: false, holds: [] });
    expect(titles(at)).toEqual(['Wiki']);
  });

  test('a token that may not write says so, and nothing is made', async () => {
    const at = await shelf(READ_ONLY_TOKEN);
    const error = await errorOf(at.place('oidc-zot', 'zot').addField(LABEL, value, { makes: 'change-1' }));
    expect(error).toMatchObject({ kind: 'Unauthorized' });
    expect(error.message).toContain('could not make item "oidc-zot"');
    expect(titles(at)).toEqual(['Wiki']);
  });

  test('lists that lag behind are waited for, so that a retry makes no second one', async () => {
    const at = await shelf(VAULT_TOKEN, 700);
    const zot = at.place('oidc-zot', 'zot');
    await zot.addField(LABEL, value, { makes: 'change-1' });
    await at.place('oidc-zot', 'zot').addField(LABEL, value, { makes: 'change-1' });
    expect(titles(at)).toEqual(['Wiki', 'oidc-zot']);
  });

  test('an item whose answer was lost is found again', async () => {
    const at = await shelf();
    at.faults.add({ system: 'connect', method: 'POST', times: 1, effect: { kind: 'loseAnswer' } });
    const zot = at.place('oidc-zot', 'zot');
    expect(await errorOf(zot.addField(LABEL, value, { makes: 'change-1' }))).toMatchObject({ retryable: true });
    expect(await zot.addField(LABEL, value, { makes: 'change-1' })).toMatchObject({ added: true });
    expect(titles(at)).toEqual(['Wiki', 'oidc-zot']);
  });
});

test.each([
  [[], undefined],
  [['oidc-registrar'], undefined],
  [['home', 'oidc-registrar/zot/c1'], { client: 'zot', changeId: 'c1' }],
])('the mark of tags %j', (tags, made) => {
  expect(madeBy({ id: 'i', title: 't', tags })).toEqual(made);
});
