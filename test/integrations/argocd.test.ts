import { describe, expect, test } from 'vitest';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import { parseFault } from '../../sandbox/faults/parseFault.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import {
  APP,
  applicationRef,
  FILES,
  liveMap,
  liveSecret,
  liveWorker,
  MAP,
  SECRET,
  testArgo,
  WORKER,
} from '../fixtures/argo.ts';
import { testCluster } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';
import { eventually } from '../fixtures/polling.ts';

describe('an Application', () => {
  test('that does not exist is not found', async () => {
    const { cluster } = await testCluster('hub');
    const error = await errorOf(createArgoCd(cluster, 'argocd').application('none'));
    expect(error).toMatchObject({ system: 'Argo CD', kind: 'NotFound' });
    expect(error.message).toContain('cluster hub has no Application argocd/none');
    // Authentik's own is named in registrar.yaml, a consumer's in its registration.
    expect(error.remedy).toMatch(/authentik\.application.*application of the consumer/);
  });

  test('is told with its source, destination, resources and what it was compared with', async () => {
    const { compared, repository } = await testArgo();
    const state = await compared('OutOfSync');
    expect(state).toMatchObject({
      name: APP,
      sources: [
        {
          repoURL: 'https://git.example.test/r.git',
          targetRevision: 'main',
          path: 'deploy',
          chart: undefined,
          ref: undefined,
          helm: undefined,
          comparedRevision: await repository.server.head(),
        },
      ],
      byPosition: false,
      hydrated: false,
      madeBy: undefined,
      automated: false,
      selfHeal: false,
      destination: { name: 'edge', namespace: 'identity' },
      busy: false,
      lastOperation: undefined,
      comparisonError: undefined,
    });
    expect(state.resources.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'ConfigMap OutOfSync',
      'ExternalSecret OutOfSync',
      'Deployment OutOfSync',
    ]);
  });

  test.each([
    [undefined, false, false],
    [{ automated: null }, false, false],
    [{ automated: {} }, true, false],
    [{ automated: { selfHeal: true } }, true, true],
    [{ automated: { enabled: false, selfHeal: true } }, false, true],
    [{ syncOptions: ['CreateNamespace=true'] }, false, false],
  ])('with the sync policy %j is automated: %s', async (syncPolicy, automated, selfHeal) => {
    const { cluster } = await testCluster('hub');
    const { namespace, name, ...kind } = applicationRef;
    const spec = { sources: [{ repoURL: 'x' }], syncPolicy, destination: {} };
    await cluster.create({ ...kind, metadata: { name, namespace }, spec });
    const state = await createArgoCd(cluster, 'argocd').application(APP);
    expect(state).toMatchObject({
      automated,
      selfHeal,
      byPosition: true,
      sources: [{ repoURL: 'x', targetRevision: 'HEAD' }],
    });
  });
});

describe('a selective sync at an explicit commit', () => {
  test('deploys the chosen resources of an unmerged commit, touches nothing else, and is undone by one at the base', async () => {
    const { argocd, compared, edge, repository, state, synced } = await testArgo();
    const base = await repository.server.head();
    await synced({ id: 'whole', revision: base });
    const settled = await compared('Synced', base);
    expect(settled.resources.every(({ status }) => status === 'Synced')).toBe(true);
    const before = await Promise.all([liveMap, liveSecret, liveWorker].map((ref) => edge.cluster.get(ref)));

    const commit = await repository.commit([
      { path: 'deploy/map.yaml', text: `${FILES['deploy/map.yaml']}  zot.yaml: two\n` },
      { path: 'deploy/secret.yaml', text: (FILES['deploy/secret.yaml'] ?? '').replace('[]', '[{ secretKey: zot }]') },
      { path: 'deploy/worker.yaml', text: (FILES['deploy/worker.yaml'] ?? '').replace('replicas: 2', 'replicas: 3') },
    ]);
    await repository.git.push({ commit, branch: 'oidc-registrar/zot-1', expected: null });
    const one = await synced({ id: 'change/secret', revision: commit, resources: [SECRET] });
    expect(one.lastOperation).toMatchObject({
      id: 'change/secret',
      phase: 'Succeeded',
      revisions: [commit],
      results: [{ group: 'external-secrets.io', kind: 'ExternalSecret', name: 'env', status: 'Synced' }],
    });
    expect(one.lastOperation?.resources).toEqual([SECRET]);
    expect((await edge.cluster.get(liveSecret))?.['spec'].data).toMatchObject([{ secretKey: 'zot' }]);
    expect(await edge.cluster.get(liveMap)).toEqual(before[0]);
    expect(await edge.cluster.get(liveWorker)).toEqual(before[2]);

    const two = await synced({ id: 'change/pods', revision: commit, resources: [MAP, WORKER] });
    expect(two.lastOperation?.results.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Deployment']);
    expect((await edge.cluster.get(liveMap))?.['data']).toEqual({ 'a.yaml': 'one', 'zot.yaml': 'two' });
    // The target revision has not moved, so the Application is out of sync by right.
    expect(await compared('OutOfSync', base)).toMatchObject({ sources: [{ targetRevision: 'main' }] });

    await synced({ id: 'undo/pods', revision: base, resources: [MAP, WORKER] });
    await synced({ id: 'undo/secret', revision: base, resources: [SECRET] });
    await compared('Synced', base);
    const after = await Promise.all([liveMap, liveSecret, liveWorker].map((ref) => edge.cluster.get(ref)));
    expect(after.map((object) => [object?.['data'], object?.['spec']])).toEqual(
      before.map((object) => [object?.['data'], object?.['spec']]),
    );
    expect((await state()).busy).toBe(false);
    expect(await argocd.shutWindow(APP)).toBeUndefined();
  });

  test.each([
    [undefined, {}, {}],
    [{ automated: {}, retry: { limit: 3 } }, {}, { retry: { limit: 3 } }],
    [
      { syncOptions: ['ServerSideApply=true', 'PruneLast=true'] },
      { syncOptions: ['ServerSideApply=true', 'PruneLast=true'] },
      {},
    ],
    [
      { retry: { limit: 2, backoff: { duration: '5s' }, refresh: true } },
      {},
      { retry: { limit: 2, backoff: { duration: '5s' } } },
    ],
    [{ retry: { limit: -1 } }, {}, { retry: { limit: 5 } }],
    [{ retry: {} }, {}, { retry: { limit: 0 } }],
  ])("carries options and retries of the Application's sync policy %j", async (syncPolicy, options, retry) => {
    const { cluster } = await testCluster('hub');
    const { namespace, name, ...kind } = applicationRef;
    await cluster.create({ ...kind, metadata: { name, namespace }, spec: { source: {}, destination: {}, syncPolicy } });
    const argocd = createArgoCd(cluster, 'argocd');
    await argocd.sync({ application: APP, revision: 'abc', resources: [MAP], prune: false, id: 'ours' });
    expect((await cluster.get(applicationRef))?.['operation']).toEqual({
      info: [{ name: 'request', value: 'ours' }],
      initiatedBy: { username: 'oidc-registrar' },
      ...retry,
      sync: { revision: 'abc', prune: false, resources: [MAP], ...options },
    });
  });

  test('is not written beside one that waits or runs, and is when that has ended', async () => {
    const { argocd, asked, repository, state } = await testArgo({ syncMs: 150 });
    const request = { application: APP, revision: await repository.server.head(), prune: false };
    await asked({ ...request, id: 'first' });
    expect(await argocd.sync({ ...request, id: 'second' })).toBe('busy');
    await eventually(state, ({ lastOperation }) => lastOperation?.phase === 'Running');
    expect(await argocd.sync({ ...request, id: 'second' })).toBe('busy');
    const first = await eventually(state, ({ busy }) => !busy);
    expect(first.lastOperation).toMatchObject({ id: 'first', phase: 'Succeeded' });
    await asked({ ...request, id: 'second' });
    expect((await eventually(state, ({ busy }) => !busy)).lastOperation).toMatchObject({ id: 'second' });
  });

  test('that loses the race to another writer is busy, not an error', async () => {
    const { argocd, faults, hub, repository } = await testArgo({ syncMs: 100_000 });
    const request = { application: APP, revision: await repository.server.head(), prune: false, id: 'ours' };
    const strike = faults.strike.bind(faults);
    let raced = false;
    faults.strike = (system, asked) => {
      if (asked.method === 'PATCH' && asked.body.includes('"ours"') && !raced) {
        raced = true;
        // Somebody is a moment faster than our patch.
        const kind = {
          group: 'argoproj.io',
          version: 'v1alpha1',
          kind: 'Application',
          plural: 'applications',
          namespaced: true,
          status: false,
        };
        const live = hub.standIn.store.get(kind, 'argocd', APP);
        hub.standIn.store.replace(kind, 'argocd', { ...live, operation: { sync: {} } });
      }
      return strike(system, asked);
    };
    expect(await argocd.sync(request)).toBe('busy');
    expect(raced).toBe(true);
  });

  test('of a resource that the API refuses ends Failed with its words, and the others are applied', async () => {
    const { edge, faults, synced } = await testArgo();
    faults.add(parseFault('argocd:syncFails=ConfigMap/blueprints:times=1'));
    const state = await synced({ id: 'x' });
    expect(state.lastOperation?.phase).toBe('Failed');
    expect(state.lastOperation?.results).toContainEqual({
      group: '',
      kind: 'ConfigMap',
      name: 'blueprints',
      status: 'SyncFailed',
      message: 'admission webhook denied the request',
    });
    expect(await edge.cluster.get(liveMap)).toBeUndefined();
    expect(await edge.cluster.get(liveSecret)).toBeDefined();
    expect((await synced({ id: 'y' })).lastOperation?.phase).toBe('Succeeded');
  });

  test('at a revision that does not exist, or whose YAML does not parse, ends Error and applies nothing', async () => {
    const { compared, edge, repository, synced } = await testArgo();
    const unknown = await synced({ id: 'unknown', revision: 'f'.repeat(40) });
    expect(unknown.lastOperation).toMatchObject({ id: 'unknown', phase: 'Error', results: [] });
    const commit = await repository.commit([{ path: 'deploy/map.yaml', text: 'kind: [\n' }]);
    await repository.git.push({ commit, branch: 'oidc-registrar/zot-1', expected: null });
    const broken = await synced({ id: 'broken', revision: commit, resources: [MAP] });
    expect(broken.lastOperation).toMatchObject({ id: 'broken', phase: 'Error' });
    expect(broken.lastOperation?.message).toContain('deploy/map.yaml');
    expect(await edge.cluster.get(liveSecret)).toBeUndefined();
    // What the target revision says is as good as before.
    expect((await compared('OutOfSync')).comparisonError).toBeUndefined();
  });
});

describe('a refresh', () => {
  test('is acknowledged when the newest commit was compared, also beside an operation that never ends', async () => {
    const { argocd, asked, faults, repository, state, synced } = await testArgo();
    await synced({ id: 'whole' });
    faults.add(parseFault('argocd:syncNeverEnds'));
    await asked({ revision: 'main', id: 'hangs' });
    const moved = await repository.server.commitAs(
      'somebody',
      { 'deploy/map.yaml': `${FILES['deploy/map.yaml']}  b: c\n` },
      'x',
    );
    await argocd.refresh(APP);
    const fresh = await eventually(state, ({ refreshRequested }) => !refreshRequested);
    expect(fresh).toMatchObject({ sources: [{ comparedRevision: moved }], syncStatus: 'OutOfSync', busy: true });
    expect(fresh.lastOperation).toMatchObject({ id: 'hangs', phase: 'Running' });
  });

  test('of a target revision whose YAML does not parse shows the error as a condition', async () => {
    const { argocd, compared, repository } = await testArgo();
    await repository.server.commitAs('somebody', { 'deploy/map.yaml': 'kind: [\n' }, 'Broken');
    await argocd.refresh(APP);
    const state = await compared('Unknown');
    expect(state.comparisonError?.message).toMatch(/^Failed to load target state: .*deploy\/map\.yaml/);
    await repository.server.commitAs('somebody', { 'deploy/map.yaml': FILES['deploy/map.yaml'] ?? '' }, 'Mended');
    expect((await compared('OutOfSync')).comparisonError).toBeUndefined();
  });
});

describe('a sync window', () => {
  const project = (syncWindows: readonly unknown[]) => ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: 'argocd' },
    spec: { syncWindows },
  });
  const always = { kind: 'deny', schedule: '* * * * *', duration: '1h', applications: [APP] };

  test('that is shut is told, and keeps a sync Running', async () => {
    const { argocd, asked, edge, hub, state } = await testArgo();
    await hub.cluster.create(project([always]));
    expect(await argocd.shutWindow(APP)).toBe('deny window "* * * * *" for 1h');
    await hub.cluster.mergePatch(applicationRef, { spec: { project: '' } });
    expect(await argocd.shutWindow(APP)).toBe('deny window "* * * * *" for 1h');
    await asked({ revision: 'main', id: 'x' });
    await eventually(state, ({ lastOperation }) => lastOperation?.phase === 'Running');
    await sleep(100);
    expect((await state()).lastOperation).toMatchObject({ id: 'x', phase: 'Running' });
    expect(await edge.cluster.get(liveMap)).toBeUndefined();
    await hub.cluster.mergePatch(
      { ...applicationRef, kind: 'AppProject', name: 'default' },
      { spec: { syncWindows: [{ ...always, manualSync: true }] } },
    );
    expect(await argocd.shutWindow(APP)).toBeUndefined();
    await eventually(state, ({ lastOperation }) => lastOperation?.phase === 'Succeeded');
  });

  test('that permits manual syncs keeps automated ones back', async () => {
    const { edge, hub, state, synced } = await testArgo({ syncPolicy: {} });
    await hub.cluster.create(project([{ ...always, manualSync: true }]));
    await hub.cluster.mergePatch(applicationRef, { spec: { syncPolicy: { automated: {} } } });
    await sleep(150);
    expect((await state()).lastOperation).toBeUndefined();
    await synced({ id: 'by hand' });
    expect(await edge.cluster.get(liveMap)).toBeDefined();
  });
});
