import { describe, expect, test } from 'vitest';
import { pauseMs } from '../../../sandbox/externalSecrets/externalSecrets.ts';
import { parseFault } from '../../../sandbox/faults/parseFault.ts';
import { sleep } from '../../../sandbox/kit/loop.ts';
import { eventually } from '../../fixtures/polling.ts';
import { entry, liveRef, REF, testSecrets, type TestSecrets } from '../../fixtures/secrets.ts';
import { ITEM } from '../../fixtures/vault.ts';

const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: REF.namespace, name: 'authentik-env' } as const;

async function keys({ cluster }: TestSecrets): Promise<readonly string[]> {
  return Object.keys((await cluster.get(secretRef))?.['data'] ?? {}).toSorted();
}

function requests({ connect }: TestSecrets): number {
  return connect.log.length;
}

describe('a refresh', () => {
  test('happens by itself when the spec changes, with four requests to Connect an entry', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    expect(requests(parts)).toBe(4);
    expect(parts.connect.log.map(({ path }) => path.replace(/^\/v1\/vaults\/?\w*/, ''))).toEqual([
      '',
      '/items',
      `/items/${ITEM.id}`,
      `/items/${ITEM.id}`,
    ]);
    await parts.setData([entry('one'), entry('renamed', 'two')]);
    await eventually(
      () => keys(parts),
      (now) => now.length === 2,
    );
    await parts.refreshed();
    expect(requests(parts)).toBe(12);
    expect(await parts.value('renamed')).toBe('value of two');
    await sleep(100);
    expect(requests(parts)).toBe(12);
  });

  test('copies the annotations, the one of the forced sync included, and owns its Secret', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    await parts.secrets.forceSync(REF, 'change-1');
    const secret = await eventually(
      () => parts.cluster.get(secretRef),
      (now) => now?.metadata.annotations?.['force-sync'] === 'change-1',
    );
    expect(secret?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ExternalSecret', name: REF.name });
    await parts.cluster.delete(liveRef);
    await eventually(
      () => parts.cluster.get(secretRef),
      (now) => now === undefined,
    );
  });

  test('happens by its interval, and takes a changed value along', async () => {
    const parts = await testSecrets({ refreshInterval: '200ms' });
    await parts.refreshed();
    parts.connect.edit(ITEM.id, (item) => {
      for (const field of item.fields) field.value = 'changed';
    });
    await eventually(
      () => parts.value('one'),
      (now) => now === 'changed',
    );
  });

  test('with dataFrom takes every field of an item for the price of one', async () => {
    const parts = await testSecrets({ data: [], dataFrom: [{ extract: { key: ITEM.title } }] });
    await parts.refreshed();
    expect(await keys(parts)).toEqual(['one', 'two']);
    expect(requests(parts)).toBe(4);
  });

  test('of an empty value is well', async () => {
    const parts = await testSecrets();
    parts.connect.edit(ITEM.id, (item) => item.fields.push({ label: 'empty', type: 'CONCEALED', value: '' }));
    await parts.setData([entry('empty')]);
    await eventually(
      () => parts.value('empty'),
      (now) => now === '',
    );
    expect((await parts.refreshed()).ready).toBe(true);
  });
});

describe('what is taken out of the spec', () => {
  test('leaves the Secret at once', async () => {
    const parts = await testSecrets({ data: [entry('one'), entry('two')] });
    await parts.refreshed();
    await parts.setData([entry('one')]);
    await eventually(
      () => keys(parts),
      (now) => now.join() === 'one',
    );
  });

  test('stays where nothing at all is named any more', async () => {
    const parts = await testSecrets({ data: [entry('one'), entry('two')] });
    await parts.refreshed();
    await parts.setData([]);
    const state = await parts.refreshed();
    expect(state.data).toEqual([]);
    expect(await keys(parts)).toEqual(['one', 'two']);
  });
});

describe('a refresh that fails', () => {
  test('for one missing field leaves every key as it was', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    parts.connect.edit(ITEM.id, (item) => {
      for (const field of item.fields) field.value = 'changed';
    });
    await parts.setData([entry('one'), entry('two'), entry('zot')]);
    const failed = await eventually(parts.state, ({ ready }) => !ready);
    expect(failed.seen).toBe(false);
    expect(await keys(parts)).toEqual(['one']);
    expect(await parts.value('one')).toBe('value of one');
  });

  test.each<[string, (parts: TestSecrets) => Promise<void> | void, string]>([
    [
      'for a doubled field',
      ({ connect }) => connect.edit(ITEM.id, (item) => item.fields.push({ label: 'two', value: 'again' })),
      "expected one 1Password ItemField matching: 'two' in 'Authentik (orchard)', got 2",
    ],
    [
      'for an item of another title',
      ({ connect }) => connect.edit(ITEM.id, (item) => void (item.title = 'Moved')),
      'found 0 items titled Authentik (orchard)',
    ],
    ['for a refusal', ({ faults }) => faults.add(parseFault('connect:error=429')), 'status 429'],
    ['for a Connect that is gone', ({ connect }) => connect.close(), 'connection refused'],
    [
      'because it is asked to',
      ({ faults }) => faults.add(parseFault('externalSecrets:neverReady=two')),
      'the server is unable to answer',
    ],
  ])('%s says so in an Event', async (_why, harm, words) => {
    const parts = await testSecrets();
    await parts.refreshed();
    await harm(parts);
    await parts.setData([entry('one'), entry('two')]);
    const failed = await eventually(parts.state, ({ lastFailure }) => lastFailure !== undefined);
    expect(failed.lastFailure?.message).toContain(words);
    expect(await keys(parts)).toEqual(['one']);
    expect(parts.complaints).toEqual([]);
  });

  test('is tried again by itself, later and later', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    await parts.setData([entry('one'), entry('zot')]);
    for (const wanted of [1, 2, 3])
      await eventually(
        async () => (await parts.state()).lastFailure?.count ?? 0,
        (now) => now >= wanted,
      );
    expect([1, 2, 3, 99].map((failures) => pauseMs(failures))).toEqual([1_000, 2_400, 5_760, 420_000]);
  });

  test('is tried again at once when the spec changes', async () => {
    const parts = await testSecrets({}, 60_000);
    await parts.refreshed();
    await parts.setData([entry('one'), entry('zot')]);
    await eventually(parts.state, ({ lastFailure }) => lastFailure?.count === 1);
    parts.connect.edit(ITEM.id, (item) => item.fields.push({ label: 'zot', type: 'CONCEALED', value: 'here' }));
    await parts.secrets.forceSync(REF, 'now');
    await eventually(
      () => parts.value('zot'),
      (now) => now === 'here',
    );
    expect((await parts.refreshed()).ready).toBe(true);
  });

  test('changes the status the first time, and leaves it byte for byte the second', async () => {
    const parts = await testSecrets();
    const well = (await parts.refreshed()).syncedResourceVersion;
    await parts.setData([entry('zot')]);
    const first = await eventually(parts.state, ({ lastFailure }) => lastFailure?.count === 1);
    expect(first).toMatchObject({ ready: false, syncedResourceVersion: well });
    const object = JSON.stringify(await parts.cluster.get(liveRef));
    await eventually(parts.state, ({ lastFailure }) => (lastFailure?.count ?? 0) >= 2);
    expect(JSON.stringify(await parts.cluster.get(liveRef))).toBe(object);
  });
});

describe('a store that is not ready', () => {
  test('fails a forced sync at once, even if Connect answers', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    parts.faults.add(parseFault('externalSecrets:storeNotReady'));
    await eventually(parts.state, ({ store }) => !store.ready);
    const asked = requests(parts);
    await parts.secrets.forceSync(REF, 'change-1');
    const state = await eventually(parts.state, ({ lastFailure }) => lastFailure !== undefined);
    expect(state.lastFailure?.message).toBe('ClusterSecretStore "vault" is not ready');
    expect(requests(parts)).toBe(asked);
    parts.faults.clear();
    await parts.refreshed();
  });

  test('may be one of a namespace', async () => {
    const parts = await testSecrets();
    const { metadata: _metadata, ...store } = (
      await parts.cluster.list({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ClusterSecretStore',
        namespace: '',
      })
    )[0] ?? { metadata: {}, apiVersion: '', kind: '' };
    await parts.cluster.create({ ...store, kind: 'SecretStore', metadata: { name: 'own', namespace: REF.namespace } });
    await parts.cluster.mergePatch(liveRef, { spec: { secretStoreRef: { kind: 'SecretStore', name: 'own' } } });
    const state = await eventually(parts.state, ({ seen, ready }) => seen && ready);
    expect(state.store).toMatchObject({ kind: 'SecretStore', name: 'own', ready: true });
  });
});

describe('an ExternalSecret that does not follow', () => {
  test.each([
    { refreshPolicy: 'CreatedOnce' },
    { refreshInterval: '0' },
    { refreshInterval: '0', refreshPolicy: 'Periodic' },
  ])('with %j is refreshed once, and then ignores spec and annotation', async (spec) => {
    const parts = await testSecrets(spec);
    await parts.refreshed();
    await parts.secrets.forceSync(REF, 'change-1');
    await parts.setData([entry('one'), entry('two')]);
    await sleep(150);
    expect(await keys(parts)).toEqual(['one']);
    expect((await parts.state()).seen).toBe(false);
    expect(requests(parts)).toBe(4);
  });

  test('with OnChange follows the spec, but no interval', async () => {
    const parts = await testSecrets({ refreshPolicy: 'OnChange', refreshInterval: '50ms' });
    await parts.refreshed();
    await sleep(150);
    expect(requests(parts)).toBe(4);
    await parts.setData([entry('one'), entry('two')]);
    await eventually(
      () => keys(parts),
      (now) => now.length === 2,
    );
  });

  test('because its controller is stuck follows when it is free again', async () => {
    const parts = await testSecrets();
    await parts.refreshed();
    parts.faults.add(parseFault('externalSecrets:stuck'));
    await parts.setData([entry('one'), entry('two')]);
    await sleep(100);
    expect(await parts.state()).toMatchObject({ seen: false, lastFailure: undefined });
    parts.faults.clear();
    await parts.refreshed();
  });
});

test('a Connect that hangs holds everything up without a word, and does not keep the controller from stopping', async () => {
  const parts = await testSecrets();
  await parts.refreshed();
  parts.faults.add(parseFault('connect:hang'));
  await parts.setData([entry('one'), entry('two')]);
  await sleep(150);
  expect(await parts.state()).toMatchObject({ seen: false, ready: true, lastFailure: undefined });
  await parts.loop.stop();
  expect(parts.complaints).toEqual([]);
});
