import { describe, expect, test } from 'vitest';
import { sleep } from '../../sandbox/kit/loop.ts';
import { testCluster } from '../fixtures/clusters.ts';
import { errorOf, everythingOf } from '../fixtures/errors.ts';
import { eventually } from '../fixtures/polling.ts';
import { entry, externalSecret, liveRef, REF, store, testSecrets } from '../fixtures/secrets.ts';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';

describe('an ExternalSecret', () => {
  test('that does not exist is undefined, and so is a key of a Secret that is not there', async () => {
    const { cluster } = await testCluster();
    const secrets = createExternalSecrets(cluster);
    expect(await secrets.read(REF)).toBeUndefined();
    expect(await secrets.secretValue('identity', 'none', 'key')).toBeUndefined();
  });

  test('is told with its entries, its target, its store and whether it is well', async () => {
    const { refreshed } = await testSecrets();
    expect(await refreshed()).toMatchObject({
      // One write more: the controller's own, of its finalizer and the durations.
      generation: 2,
      data: [{ secretKey: 'one', key: 'Authentik (orchard)', property: 'one' }],
      targetSecret: 'authentik-env',
      ready: true,
      readyMessage: 'secret synced',
      seen: true,
      ignoresForceSync: undefined,
      lastFailure: undefined,
      store: {
        kind: 'ClusterSecretStore',
        name: 'vault',
        ready: true,
        message: 'store validated',
        provider: store('vault')['spec'].provider,
      },
    });
  });

  test('tells when the Secret was last written, by the fields that were', async () => {
    const { cluster, secrets, refreshed } = await testSecrets();
    await refreshed();
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: REF.namespace, name: 'authentik-env' };
    const written = await secrets.secretWrittenAt(REF.namespace, 'authentik-env', 'one');
    expect(written).toBe((await cluster.get(secret))?.metadata.managedFields?.[0]?.time);
    expect(Date.parse(written ?? '')).toBeLessThanOrEqual(Date.now());
    expect(await secrets.secretWrittenAt(REF.namespace, 'authentik-env', 'other')).toBeUndefined();
    expect(await secrets.secretWrittenAt(REF.namespace, 'authentik-env')).toBe(written);
    expect(await secrets.secretWrittenAt(REF.namespace, 'none')).toBeUndefined();
  });

  test('before its first refresh is not ready and not seen', async () => {
    const { cluster } = await testCluster();
    await cluster.create(store('vault'));
    await cluster.create(externalSecret({}));
    expect(await createExternalSecrets(cluster).read(REF)).toMatchObject({
      ready: false,
      readyMessage: 'no Ready condition yet',
      seen: false,
      syncedResourceVersion: undefined,
      store: { ready: false },
    });
  });

  test('whose store does not exist is not found, and the store is named', async () => {
    const { cluster, secrets } = await testSecrets();
    await cluster.mergePatch(liveRef, { spec: { secretStoreRef: { kind: 'SecretStore', name: 'nowhere' } } });
    const error = await errorOf(secrets.read(REF));
    expect(error).toMatchObject({ system: 'External Secrets', kind: 'NotFound' });
    expect(error.message).toContain('cluster edge has no SecretStore nowhere, which ExternalSecret authentik names');
  });

  test.each([
    [{}, undefined],
    [{ refreshPolicy: 'CreatedOnce' }, 'refreshPolicy is CreatedOnce'],
    [{ refreshInterval: '0' }, 'refreshInterval is 0'],
    [{ refreshInterval: '0s' }, 'refreshInterval is 0'],
    [{ refreshInterval: '0h0m0s', refreshPolicy: 'Periodic' }, 'refreshInterval is 0'],
    [{ refreshInterval: '0', refreshPolicy: 'OnChange' }, undefined],
    [{ refreshInterval: '0.5s', refreshPolicy: 'Periodic' }, undefined],
    [{ refreshInterval: '10m' }, undefined],
  ])('with %j ignores a forced sync: %s', async (spec, expected) => {
    const { state } = await testSecrets(spec);
    expect((await state()).ignoresForceSync).toBe(expected);
  });
});

describe('a forced sync', () => {
  test('brings a changed value over, once for one token', async () => {
    const { connect, refreshed, secrets, state, value } = await testSecrets();
    const first = await refreshed();
    connect.edit('itemaaaaaaaaaaaaaaaaaaaaaa', (item) => {
      for (const field of item.fields) field.value = 'changed';
    });
    await sleep(50);
    expect(await value('one')).toBe('value of one');
    await secrets.forceSync(REF, 'change-1');
    await eventually(
      () => value('one'),
      (now) => now === 'changed',
    );
    const second = await refreshed();
    expect(second.syncedResourceVersion).not.toBe(first.syncedResourceVersion);
    expect(second.generation).toBe(first.generation);
    const asked = connect.log.length;
    await secrets.forceSync(REF, 'change-1');
    await sleep(100);
    expect(connect.log.length).toBe(asked);
    expect((await state()).syncedResourceVersion).toBe(second.syncedResourceVersion);
  });

  test('of one that does not exist is not found', async () => {
    const { secrets } = await testSecrets();
    expect(await errorOf(secrets.forceSync({ ...REF, name: 'other' }, 'x'))).toMatchObject({ kind: 'NotFound' });
  });
});

describe('the newest failure', () => {
  test('is told in the controller’s words with its count, which moves while the status does not', async () => {
    const { cluster, secrets, setData, state } = await testSecrets();
    await setData([entry('one'), entry('zot', 'zot-client-secret')]);
    const first = await eventually(state, ({ lastFailure }) => lastFailure !== undefined);
    expect(first).toMatchObject({ ready: false, seen: false, readyMessage: 'could not get secret data from provider' });
    expect(first.lastFailure).toMatchObject({ count: 1 });
    expect(first.lastFailure?.message).toContain(
      "expected one 1Password ItemField matching: 'zot-client-secret' in 'Authentik (orchard)', got 0",
    );
    const status = JSON.stringify((await cluster.get(liveRef))?.['status']);
    await secrets.forceSync(REF, 'again');
    const second = await eventually(state, ({ lastFailure }) => (lastFailure?.count ?? 0) > 1);
    expect(second.lastFailure?.message).toBe(first.lastFailure?.message);
    expect(JSON.stringify((await cluster.get(liveRef))?.['status'])).toBe(status);
  });

  test('is the newest of several, also within one second, and never one of another object', async () => {
    const { cluster, refreshed, state } = await testSecrets();
    await refreshed();
    const uid = (await cluster.get(liveRef))?.metadata.uid;
    const event = (name: string, message: string, involved: object, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: REF.namespace },
      type: 'Warning',
      reason: 'UpdateFailed',
      message,
      count: 3,
      lastTimestamp: '2026-11-25T10:00:00Z',
      involvedObject: { kind: 'ExternalSecret', name: REF.name, ...involved },
      ...more,
    });
    await cluster.create(event('z', 'the first', { uid }));
    await cluster.create(event('a', 'the second', { uid }));
    await cluster.create(
      event('b', 'of one that was deleted', { uid: 'gone' }, { lastTimestamp: '2026-11-25T11:00:00Z' }),
    );
    await cluster.create(
      event('c', 'of another kind', { kind: 'PushSecret' }, { lastTimestamp: '2026-11-25T11:00:00Z' }),
    );
    await cluster.create(event('d', 'of another name', { name: 'other' }, { lastTimestamp: '2026-11-25T11:00:00Z' }));
    await cluster.create(event('e', 'good news', { uid }, { type: 'Normal', lastTimestamp: '2026-11-25T11:00:00Z' }));
    expect((await state()).lastFailure).toEqual({ message: 'the second', count: 3, at: '2026-11-25T10:00:00Z' });
    const series = { count: 7, lastObservedTime: '2026-11-25T12:00:00.123456Z' };
    await cluster.create(event('f', 'in a series', { uid }, { series, lastTimestamp: null, count: undefined }));
    expect((await state()).lastFailure).toEqual({ message: 'in a series', count: 7, at: series.lastObservedTime });
  });
});

test('the value of a key is masked wherever it is shown', async () => {
  const { refreshed, secrets } = await testSecrets();
  await refreshed();
  const value = await secrets.secretValue(REF.namespace, 'authentik-env', 'one');
  expect(value?.reveal()).toBe('value of one');
  expect(JSON.stringify({ value })).not.toContain('value of one');
  expect(await secrets.secretValue(REF.namespace, 'authentik-env', 'other')).toBeUndefined();
});

test.each(['__proto__', 'constructor', 'toString', 'valueOf'])(
  'a Secret without the key %s has no value of it',
  async (key) => {
    const { refreshed, secrets, setData, value } = await testSecrets();
    await refreshed();
    expect(await secrets.secretValue(REF.namespace, 'authentik-env', key)).toBeUndefined();
    await setData([entry(key, 'one')]);
    await refreshed();
    expect(await value(key)).toBe('value of one');
  },
);

test('what the cluster says of a Secret that cannot be read shows none of it', async () => {
  const { faults, secrets } = await testSecrets();
  const body = { message: 'decoding data[one]: "value of one" is no base64', reason: 'InternalError' };
  faults.add({ system: 'kubernetes/edge', path: '/secrets/', effect: { kind: 'error', status: 500, body } });
  const error = await errorOf(secrets.secretValue(REF.namespace, 'authentik-env', 'one'));
  expect(error).toMatchObject({ kind: 'Unavailable' });
  expect(everythingOf(error)).not.toContain('value of one');
});
