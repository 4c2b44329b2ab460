import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import type { ExternalSecrets, ExternalSecretState } from '../../integrations/externalSecrets/externalSecrets.ts';
import type { ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { STORE_TOKEN } from '../../sandbox/world/worldParts.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventually } from '../fixtures/polling.ts';
import { BACKENDS } from './backends.ts';
import { asWorker, startWorld } from './startWorld.ts';

const REF = { namespace: 'identity', name: 'authentik' } as const;
const live: ObjectRef = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', ...REF };
const PATIENCE_MS = 30_000;

describe.each(BACKENDS)('External Secrets on $name', ({ options }) => {
  let world: World;
  let secrets: ExternalSecrets;
  beforeAll(async () => {
    world = await startWorld(options);
    secrets = createExternalSecrets((await asWorker(world)).cluster);
  });
  afterAll(async () => world?.destroy());

  async function state(): Promise<ExternalSecretState> {
    const found = await secrets.read(REF);
    if (found === undefined) throw new Error('the ExternalSecret is gone');
    return found;
  }
  const value = async (key: string): Promise<string | undefined> =>
    (await secrets.secretValue('identity', 'authentik-env', key))?.reveal();
  const becomes = async (key: string, wanted: string | undefined): Promise<void> => {
    await eventually(
      () => value(key),
      (text) => text === wanted,
      PATIENCE_MS,
    );
  };
  const setField = (label: string, text: string): void =>
    world.connect.edit(world.installation.vault.itemId, (item) => {
      item.fields = [
        ...item.fields.filter((field) => field.label !== label),
        { label, type: 'CONCEALED', value: text },
      ];
    });
  const dropField = (label: string): void =>
    world.connect.edit(world.installation.vault.itemId, (item) => {
      item.fields = item.fields.filter((field) => field.label !== label);
    });
  const entry = (key: string) => ({
    op: 'add' as const,
    path: '/spec/data/-',
    value: { secretKey: key, remoteRef: { key: world.installation.vault.itemTitle, property: key } },
  });
  const dropLastEntry = async (): Promise<void> => {
    const { data } = await state();
    await world.cluster.jsonPatch(live, [{ op: 'remove', path: `/spec/data/${data.length - 1}` }]);
  };

  const requests = (): number => world.connect.log.filter(({ token }) => token === STORE_TOKEN).length;
  /** A refresh often makes two passes: nothing may be on its way when a value is changed. */
  async function quiet(): Promise<number> {
    for (let since = Date.now(), last = requests(); Date.now() - since < 700; await sleep(50)) {
      if (requests() === last) continue;
      last = requests();
      since = Date.now();
    }
    return requests();
  }

  it('reads the ExternalSecret and its store: seen, Ready, and what it asks for', async () => {
    const now = await state();
    expect(now).toMatchObject({
      ready: true,
      seen: true,
      targetSecret: 'authentik-env',
      ignoresForceSync: undefined,
      store: { kind: 'ClusterSecretStore', name: 'vault-orchard', ready: true },
    });
    expect(now.data.map(({ secretKey, property }) => [secretKey, property])).toEqual([
      ['secret-key', 'secret-key'],
      ['database-password', 'database-password'],
      ['wiki-client-secret', 'wiki-client-secret'],
    ]);
    expect(await value('nobody-asked-for')).toBeUndefined();
  });

  it('a value that changed in the vault comes with a new force-sync; the same token once more does nothing', async () => {
    setField('wiki-client-secret', 'first value');
    const before = await state();
    await secrets.forceSync(REF, 'one');
    await becomes('wiki-client-secret', 'first value');
    await quiet();
    const after = await eventually(
      state,
      (now) => now.seen && now.ready && now.syncedResourceVersion !== before.syncedResourceVersion,
      PATIENCE_MS,
    );

    setField('wiki-client-secret', 'second value');
    await secrets.forceSync(REF, 'one');
    await quiet();
    expect(await value('wiki-client-secret')).toBe('first value');
    expect((await state()).syncedResourceVersion).toBe(after.syncedResourceVersion);

    await secrets.forceSync(REF, 'two');
    await becomes('wiki-client-secret', 'second value');
  });

  it('a new entry brings its key, by four Connect requests an entry or more; without the entry the key is gone', async () => {
    setField('extra', 'extra value');
    const asked = await quiet();
    await world.cluster.jsonPatch(live, [entry('extra')]);
    await becomes('extra', 'extra value');
    await eventually(state, (now) => now.seen && now.ready, PATIENCE_MS);
    const cost = (await quiet()) - asked;
    expect(cost).toBeGreaterThanOrEqual(16);
    expect(cost % 4).toBe(0);

    await dropLastEntry();
    await becomes('extra', undefined);
    expect(await value('secret-key')).toBeDefined();
  });

  it('a field that is missing fails the whole: the Event names it, every key keeps its old value, and a repetition is counted', async () => {
    setField('wiki-client-secret', 'kept value');
    await secrets.forceSync(REF, 'before');
    await becomes('wiki-client-secret', 'kept value');
    await quiet();
    setField('wiki-client-secret', 'newer value');
    await world.cluster.jsonPatch(live, [entry('missing')]);

    const failed = await eventually(state, (now) => !now.ready && now.lastFailure !== undefined, PATIENCE_MS);
    expect(failed.readyMessage).toBe('could not get secret data from provider');
    expect(failed.lastFailure?.message).toContain('error processing spec.data[3] (key: Authentik (orchard))');
    expect(failed.lastFailure?.message).toContain('missing');
    expect(failed.seen).toBe(false);
    expect(await value('wiki-client-secret')).toBe('kept value');
    await eventually(state, (now) => (now.lastFailure?.count ?? 0) > (failed.lastFailure?.count ?? 0), PATIENCE_MS);

    await dropLastEntry();
    await eventually(state, (now) => now.seen && now.ready, PATIENCE_MS);
    await secrets.forceSync(REF, 'after');
    await becomes('wiki-client-secret', 'newer value');
  });

  it('a field that comes back is fetched at once where it is asked for anew', async () => {
    const text = await value('wiki-client-secret');
    dropField('wiki-client-secret');
    await secrets.forceSync(REF, 'gone');
    await eventually(state, (now) => !now.ready, PATIENCE_MS);
    expect(await value('wiki-client-secret')).toBe(text);

    setField('wiki-client-secret', 'back again');
    await secrets.forceSync(REF, 'back');
    await eventually(
      () => value('wiki-client-secret'),
      (now) => now === 'back again',
      PATIENCE_MS,
    );
    await eventually(state, (now) => now.seen && now.ready, PATIENCE_MS);
  });

  it('two fields of one label fail it, for it cannot tell which is meant', async () => {
    world.connect.edit(world.installation.vault.itemId, (item) => {
      item.fields = [...item.fields, { label: 'wiki-client-secret', type: 'CONCEALED', value: 'a second one' }];
    });
    await secrets.forceSync(REF, 'doubled');
    const failed = await eventually(
      state,
      (now) => !now.ready && (now.lastFailure?.message.includes('got 2') ?? false),
      PATIENCE_MS,
    );
    expect(failed.lastFailure?.message).toContain('wiki-client-secret');
    setField('wiki-client-secret', 'one again');
    await secrets.forceSync(REF, 'single');
    await eventually(state, (now) => now.seen && now.ready, PATIENCE_MS);
  });

  it('an empty value is a value', async () => {
    setField('empty', '');
    await world.cluster.jsonPatch(live, [entry('empty')]);
    await becomes('empty', '');
    expect(await eventually(state, (now) => now.seen, PATIENCE_MS)).toMatchObject({ ready: true });
    await dropLastEntry();
    await becomes('empty', undefined);
  });

  it('fills in the defaults of its kind, writes durations its own way, and holds the object by a finalizer', async () => {
    const object = await world.cluster.get(live);
    expect(object?.['spec'].data[0].remoteRef).toMatchObject({
      conversionStrategy: 'Default',
      decodingStrategy: 'None',
      metadataPolicy: 'None',
    });
    expect(object?.['spec'].target.deletionPolicy).toBe('Retain');
    expect(object?.metadata).toMatchObject({
      finalizers: ['externalsecrets.external-secrets.io/externalsecret-cleanup'],
    });

    const made = { ...live, name: 'other' };
    await world.cluster.create({
      apiVersion: live.apiVersion,
      kind: live.kind,
      metadata: { name: 'other', namespace: 'identity' },
      spec: {
        refreshInterval: '30m',
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault-orchard' },
        data: [entry('secret-key').value],
      },
    });
    await eventually(
      async () => (await world.cluster.get(made))?.['spec'].refreshInterval,
      (text) => text === '30m0s',
      PATIENCE_MS,
    );
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'identity', name: 'other' };
    await eventually(
      () => world.cluster.get(secret),
      (found) => found !== undefined,
      PATIENCE_MS,
    );
    await world.cluster.delete(made);
    await eventually(
      () => world.cluster.get(made),
      (found) => found === undefined,
      PATIENCE_MS,
    );
  });
});
