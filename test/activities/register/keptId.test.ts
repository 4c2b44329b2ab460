import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { retireSecret } from '../../../activities/deregister/retireSecret.ts';
import { generateSecret, undoGenerateSecret } from '../../../activities/register/generateSecret.ts';
import { storeSecret, undoStoreSecret } from '../../../activities/register/storeSecret.ts';
import { Secret } from '../../../core/base/secret.ts';
import type { Job } from '../../../core/run/job.ts';
import type { MadeField } from '../../../core/run/reports.ts';
import { attemptIn } from '../../fixtures/attempts.ts';
import { ITEM, testVault, VAULT_KINDS, type VaultKind } from '../../fixtures/vault.ts';

const CHANGE = '00000000-0000-4000-8000-000000000001';
const LABELS = ['zot-secret', 'zot-id'];
const JOB = {
  client: 'zot',
  changeId: CHANGE,
  branch: 'oidc-registrar/zot',
  land: 'last',
  names: { clientId: 'zot.example', vaultField: 'zot-secret', keptId: { vaultField: 'zot-id' } },
  before: { known: true, vaultField: false, clientIdField: false },
} as unknown as Job;

interface Fields {
  readonly label: string;
  readonly value: string;
  readonly type?: string;
}

/** A vault with these fields, and the activities that write them, each as an attempt of its own. */
async function vaultWith(kind: VaultKind, fields: readonly Fields[] = [], job = JOB) {
  const { connect, vault } = await testVault({ kind });
  connect.edit(ITEM.id, (item) =>
    item.fields.push(...fields.map((field, i) => ({ id: `own${i}`, type: 'STRING', ...field }))),
  );
  const deps = {
    vault,
    generateSecret: () => new Secret('a-secret-of-forty-characters-0123456789ab'),
    schedules: { read: async () => undefined },
    git: { fetch: async () => undefined, head: async () => undefined },
  } as unknown as Deps;
  const run = <T>(activity: () => Promise<T>): Promise<T> => attemptIn(async () => undefined).run(activity);
  return {
    connect,
    deps,
    generate: () => run(() => generateSecret(deps, job)),
    store: (made: MadeField) => run(() => storeSecret(deps, job, made)),
    undo: async (made: MadeField = {}) => {
      const stored = await run(() => undoStoreSecret(deps, job, made));
      const generated = stored.blocks ? undefined : await run(() => undoGenerateSecret(deps, job));
      return [...stored.kept, ...(generated?.kept ?? [])];
    },
    retire: (removal: object) => run(() => retireSecret(deps, { ...job, removal } as unknown as Job)),
    snapshot: () => JSON.stringify(connect.item(ITEM.id)),
    labels: () => connect.item(ITEM.id).fields.flatMap(({ label = '' }) => (label.startsWith('zot') ? [label] : [])),
    field: (label: string) => connect.item(ITEM.id).fields.find((each) => each.label === label),
  };
}

describe.each(VAULT_KINDS)('the client id in the vault, by %s', (kind) => {
  it('is text that everybody may see, marked with the secret, and every step may be done again', async () => {
    const { generate, store, labels, field, deps } = await vaultWith(kind);
    const made = await generate();
    expect(await generate()).toMatchObject({ fieldId: made.fieldId });
    expect(labels()).toEqual([`zot-secret (pending ${CHANGE})`, 'zot-id']);
    const report = await store(made);
    expect(report.created).toEqual(['vault field zot-secret', 'vault field zot-id']);
    expect((await store(made)).created).toEqual(report.created);
    expect(labels()).toEqual(LABELS);
    expect(field('zot-id')).toMatchObject({ type: 'STRING', value: 'zot.example' });
    const { fields } = await deps.vault.read();
    expect(fields.find(({ label }) => label === 'zot-id')).toMatchObject({
      mark: { client: 'zot', vaultField: 'zot-id', changeId: CHANGE },
    });
  });

  it.each(['generateSecret', 'storeSecret'] as const)('is taken back byte for byte after %s', async (last) => {
    const { generate, store, undo, snapshot, connect } = await vaultWith(kind);
    const before = connect.item(ITEM.id).fields.map(({ label }) => label);
    const made = await generate();
    if (last === 'storeSecret') await store(made);
    expect(await undo(made)).toEqual([]);
    expect(connect.item(ITEM.id).fields.map(({ label }) => label)).toEqual(before);
    const after = snapshot();
    expect(await undo(made)).toEqual([]);
    expect(snapshot()).toBe(after);
  });

  it('is made for a client whose secret was there before, and that stays', async () => {
    const job = { ...JOB, before: { ...JOB.before, vaultField: true } };
    const secret = { label: 'zot-secret', value: 'a-secret-that-people-have-made', type: 'CONCEALED' };
    const { generate, store, undo, labels } = await vaultWith(kind, [secret], job);
    expect((await store(await generate())).created).toEqual(['vault field zot-id']);
    expect(labels()).toEqual(LABELS);
    expect(await undo()).toEqual([]);
    expect(labels()).toEqual(['zot-secret']);
  });

  it('is never written over what somebody has put there, nor is that taken away', async () => {
    const { generate, undo, labels, connect, field } = await vaultWith(kind);
    connect.edit(ITEM.id, (item) =>
      item.fields.push({ id: 'theirs', label: 'zot-id', type: 'STRING', value: 'other' }),
    );
    await expect(generate()).rejects.toThrow('field "zot-id" appeared');
    expect(await undo()).toEqual([]);
    expect(labels()).toEqual(['zot-id']);
    expect(field('zot-id')?.value).toBe('other');
  });

  it('is listed and stays where nothing shows that the change made it', async () => {
    const job = { ...JOB, before: { ...JOB.before, known: false } };
    const { undo, labels } = await vaultWith(kind, [{ label: 'zot-id', value: 'zot.example' }], job);
    expect(await undo()).toMatchObject([{ what: 'vault field zot-id' }]);
    expect(labels()).toEqual(['zot-id']);
  });

  it.each([true, false])('goes with its client, where a run made it (purge %s)', async (purge) => {
    const { generate, store, retire, labels } = await vaultWith(kind);
    await store(await generate());
    const { removed, kept } = await retire({ purge, retiredLabel: 'zot-secret (gone)', older: {} });
    expect([kept, removed?.filter((each) => each === 'vault field zot-id')]).toEqual([[], ['vault field zot-id']]);
    expect(labels()).toEqual(purge ? [] : ['zot-secret (gone)']);
  });

  it('stays with people whose it is, and is listed', async () => {
    const { retire, labels } = await vaultWith(kind, [{ label: 'zot-id', value: 'zot.example' }]);
    const { kept } = await retire({ purge: true, retiredLabel: 'zot-secret (gone)', older: {} });
    expect(kept).toMatchObject([{ what: 'vault field zot-id' }]);
    expect(labels()).toEqual(['zot-id']);
  });
});
