import { describe, expect, test } from 'vitest';
import { fullSync } from '../../../sandbox/argocd/argocd.ts';
import { parseFault } from '../../../sandbox/faults/parseFault.ts';
import { sleep } from '../../../sandbox/kit/loop.ts';
import {
  APP,
  applicationRef,
  FILES,
  liveMap,
  liveSecret,
  liveWorker,
  MAP,
  testArgo,
  type TestArgo,
} from '../../fixtures/argo.ts';
import { eventually } from '../../fixtures/polling.ts';

const WITH_ZOT = `${FILES['deploy/map.yaml']}  zot.yaml: two\n`;

async function dataOf({ edge }: TestArgo): Promise<unknown> {
  return (await edge.cluster.get(liveMap))?.['data'];
}

describe('a full sync of a person', () => {
  test('ships whatever waits on the branch, ends Synced and is an entry in the history', async () => {
    const argo = await testArgo();
    await fullSync(argo.hub.cluster, 'argocd', APP);
    await argo.compared('Synced');
    const base = await argo.repository.server.head();
    await argo.synced({ id: 'selective', resources: [MAP] });
    const moved = await argo.repository.server.commitAs('somebody', { 'deploy/map.yaml': WITH_ZOT }, 'Zot');
    await fullSync(argo.hub.cluster, 'argocd', APP);
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one', 'zot.yaml': 'two' });
    const history = (await argo.hub.cluster.get(applicationRef))?.['status'].history as { revision: string }[];
    // A selective sync leaves no entry.
    expect(history.map(({ revision }) => revision)).toEqual([base, moved]);
  });

  test('takes back what was deployed of an unmerged commit', async () => {
    const argo = await testArgo();
    await fullSync(argo.hub.cluster, 'argocd', APP);
    const commit = await argo.repository.commit([{ path: 'deploy/map.yaml', text: WITH_ZOT }]);
    await argo.repository.git.push({ commit, branch: 'run', expected: null });
    await argo.synced({ id: 'ours', revision: commit, resources: [MAP] });
    expect(await dataOf(argo)).toHaveProperty(['zot.yaml']);
    await fullSync(argo.hub.cluster, 'argocd', APP);
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one' });
  });

  test('waits its turn behind an operation that runs, and fails with its words', async () => {
    const argo = await testArgo({ syncMs: 100 });
    await argo.asked({ revision: 'main', id: 'first' });
    await fullSync(argo.hub.cluster, 'argocd', APP);
    argo.faults.add(parseFault('argocd:syncFails=Deployment:times=1'));
    await expect(fullSync(argo.hub.cluster, 'argocd', APP)).rejects.toThrow(/ended Failed: one or more objects failed/);
  });
});

describe('an operation', () => {
  test('written over one that waits is lost without a word', async () => {
    // Long enough for what follows on any machine.
    const argo = await testArgo({ syncMs: 1_000 });
    const write = (id: string) =>
      argo.hub.cluster.mergePatch(applicationRef, { operation: { info: [{ name: 'request', value: id }], sync: {} } });
    await write('first');
    await eventually(argo.state, ({ lastOperation }) => lastOperation?.phase === 'Running');
    await write('second');
    const state = await eventually(argo.state, ({ busy }) => !busy);
    expect(state.lastOperation?.id).toBe('first');
    await argo.settled();
    expect((await argo.state()).lastOperation?.id).toBe('first');
  });

  test('that a person terminates ends Failed', async () => {
    const argo = await testArgo();
    argo.faults.add(parseFault('argocd:syncNeverEnds'));
    await argo.asked({ revision: 'main', id: 'hangs' });
    await eventually(argo.state, ({ lastOperation }) => lastOperation?.phase === 'Running');
    await argo.hub.cluster.mergePatch(applicationRef, { status: { operationState: { phase: 'Terminating' } } });
    const state = await eventually(argo.state, ({ busy }) => !busy);
    expect(state.lastOperation).toMatchObject({ id: 'hangs', phase: 'Failed', message: 'Operation terminated' });
  });

  test('can be made to vanish', async () => {
    const argo = await testArgo();
    argo.faults.add(parseFault('argocd:loseOperation:times=1'));
    await argo.asked({ revision: 'main', id: 'lost' });
    expect((await eventually(argo.state, ({ busy }) => !busy)).lastOperation).toBeUndefined();
    expect((await argo.synced({ id: 'again' })).lastOperation?.phase).toBe('Succeeded');
  });

  test('does not fail because a controller writes the same object meanwhile', async () => {
    const argo = await testArgo();
    await argo.synced({ id: 'first' });
    argo.faults.add(parseFault('kubernetes/edge:PUT:deployments:conflict:times=3'));
    const commit = await argo.repository.commit([
      { path: 'deploy/worker.yaml', text: (FILES['deploy/worker.yaml'] ?? '').replace('replicas: 2', 'replicas: 3') },
    ]);
    await argo.repository.git.push({ commit, branch: 'run', expected: null });
    expect((await argo.synced({ id: 'second', revision: commit })).lastOperation?.phase).toBe('Succeeded');
    expect((await argo.edge.cluster.get(liveWorker))?.['spec'].replicas).toBe(3);
  });

  test('of which one kind is refused once lets the next one through: the strike is used where it strikes', async () => {
    const argo = await testArgo();
    argo.faults.add(parseFault('argocd:syncFails=Deployment:times=1'));
    // Syncs of others do not use it up.
    expect((await argo.synced({ id: 'map', resources: [MAP] })).lastOperation?.phase).toBe('Succeeded');
    expect((await argo.synced({ id: 'whole' })).lastOperation?.phase).toBe('Failed');
    expect((await argo.synced({ id: 'undo' })).lastOperation?.phase).toBe('Succeeded');
  });
});

describe('what Git no longer names', () => {
  const without = {
    'deploy/kustomization.yaml': 'namespace: identity\nresources:\n  - secret.yaml\n  - worker.yaml\n',
    'deploy/map.yaml': null,
  };

  test('stays without prune, and the sync says so', async () => {
    const argo = await testArgo();
    await argo.synced({ id: 'first' });
    await argo.repository.server.commitAs('somebody', without, 'Remove the map');
    const state = await argo.synced({ id: 'second' });
    expect(state.lastOperation?.phase).toBe('Succeeded');
    expect(state.lastOperation?.results).toContainEqual(
      expect.objectContaining({ kind: 'ConfigMap', status: 'PruneSkipped' }),
    );
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one' });
    const compared = await argo.compared('OutOfSync');
    expect(compared.resources.find(({ kind }) => kind === 'ConfigMap')?.requiresPruning).toBe(true);
  });

  test('goes with prune, of a selective sync only where it was chosen', async () => {
    const argo = await testArgo();
    await argo.synced({ id: 'first' });
    await argo.repository.server.commitAs('somebody', without, 'Remove the map');
    const secret = { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'identity', name: 'env' };
    await argo.synced({ id: 'other', prune: true, resources: [secret] });
    expect(await dataOf(argo)).toBeDefined();
    const state = await argo.synced({ id: 'ours', prune: true, resources: [MAP] });
    expect(state.lastOperation?.results.map(({ status }) => status)).toEqual(['Pruned']);
    expect(await dataOf(argo)).toBeUndefined();
    await argo.compared('Synced');
  });
});

describe('automated sync', () => {
  test('follows the branch by itself, without anybody’s request', async () => {
    const argo = await testArgo({ syncPolicy: { automated: {} } });
    await argo.compared('Synced');
    const moved = await argo.repository.server.commitAs('somebody', { 'deploy/map.yaml': WITH_ZOT }, 'Zot');
    const state = await argo.compared('Synced', moved);
    expect(state.lastOperation?.id).toBeUndefined();
    expect(await dataOf(argo)).toHaveProperty(['zot.yaml']);
  });

  test('takes the place of a request for another revision, which is lost', async () => {
    const argo = await testArgo({ syncPolicy: { automated: {} } });
    await argo.compared('Synced');
    const base = await argo.repository.server.head();
    const commit = await argo.repository.commit([{ path: 'deploy/map.yaml', text: WITH_ZOT }]);
    await argo.repository.git.push({ commit, branch: 'run', expected: null });
    await argo.asked({ revision: commit, id: 'ours', resources: [MAP] });
    const state = await eventually(argo.state, ({ busy }) => !busy);
    expect(state.lastOperation).toMatchObject({ id: undefined, revisions: [base] });
    await argo.settled();
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one' });
  });

  test('that runs lets no other operation in, so that none is lost to its end', async () => {
    // Long enough for the question on any machine.
    const argo = await testArgo({ syncPolicy: { automated: {} }, syncMs: 1_000 });
    await eventually(argo.state, ({ lastOperation }) => lastOperation?.phase === 'Running');
    const second = [
      { op: 'test', path: '/operation', value: null },
      { op: 'add', path: '/operation', value: { sync: {} } },
    ] as const;
    await expect(argo.hub.cluster.jsonPatch(applicationRef, second)).rejects.toMatchObject({ kind: 'Conflict' });
    await fullSync(argo.hub.cluster, 'argocd', APP);
    await argo.compared('Synced');
  });

  test('does not try a revision again whose sync failed, unless it heals', async () => {
    const argo = await testArgo({ syncPolicy: { automated: {} } });
    await argo.compared('Synced');
    argo.faults.add(parseFault('argocd:syncFails=ConfigMap:times=1'));
    await argo.repository.server.commitAs('somebody', { 'deploy/map.yaml': WITH_ZOT }, 'Zot');
    await eventually(argo.state, ({ lastOperation }) => lastOperation?.phase === 'Failed');
    await sleep(500);
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one' });
    await argo.hub.cluster.mergePatch(applicationRef, { spec: { syncPolicy: { automated: { selfHeal: true } } } });
    await argo.compared('Synced');
    expect(await dataOf(argo)).toHaveProperty(['zot.yaml']);
  });

  test('with selfHeal takes a live edit back after a while, without it leaves it', async () => {
    const argo = await testArgo({ syncPolicy: { automated: {} } });
    await argo.compared('Synced');
    await argo.edge.cluster.mergePatch(liveMap, { data: { 'a.yaml': 'edited' } });
    await argo.compared('OutOfSync');
    await sleep(500);
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'edited' });
    const started = Date.now();
    await argo.hub.cluster.mergePatch(applicationRef, { spec: { syncPolicy: { automated: { selfHeal: true } } } });
    await argo.compared('Synced');
    expect(Date.now() - started).toBeGreaterThan(250);
    expect(await dataOf(argo)).toEqual({ 'a.yaml': 'one' });
  });
});

describe('the state that is compared', () => {
  test('leaves alone what Git does not name, such as a restart of the pods', async () => {
    const argo = await testArgo();
    await argo.synced({ id: 'first' });
    const annotations = { 'oidc-registrar/restarted': 'change-1' };
    await argo.edge.cluster.mergePatch(liveWorker, { spec: { template: { metadata: { annotations } } } });
    await argo.settled();
    await argo.compared('Synced');
    await argo.synced({ id: 'second' });
    const live = await argo.edge.cluster.get(liveWorker);
    expect(live?.['spec'].template.metadata.annotations).toEqual(annotations);
  });

  test('is told as unknown where the destination is, and no controller error is lost', async () => {
    const argo = await testArgo();
    await argo.hub.cluster.mergePatch(applicationRef, { spec: { destination: { name: 'nowhere' } } });
    const state = await eventually(argo.state, ({ comparisonError }) => comparisonError !== undefined);
    expect(state.syncStatus).toBe('Unknown');
    expect(state.comparisonError?.message).toContain('there are no clusters with this name or address: nowhere');
    await argo.edge.standIn.close();
    await argo.hub.cluster.mergePatch(applicationRef, { spec: { destination: { name: 'edge' } } });
    await eventually(
      () => argo.complaints,
      (complaints) => complaints.length > 0,
    );
    expect(argo.complaints[0]).toMatchObject({ kind: 'Unavailable' });
  });

  test('of a repository without a kustomization takes every YAML file of the folder', async () => {
    const { 'deploy/kustomization.yaml': _without, ...files } = FILES;
    const argo = await testArgo({
      files: { ...files, 'deploy/README.md': '# no manifest\n', 'deploy/sub/x.yaml': 'x: 1\n' },
    });
    await argo.synced({ id: 'first' });
    const state = await argo.compared('Synced');
    expect(state.resources.map(({ kind }) => kind)).toEqual(['ConfigMap', 'ExternalSecret', 'Deployment']);
    expect(await argo.edge.cluster.get(liveSecret)).toBeDefined();
  });

  test('of a kustomization that does more than the sandbox knows is an error, not half a deployment', async () => {
    const files = { ...FILES, 'deploy/kustomization.yaml': 'resources: [map.yaml]\nnamePrefix: x-\n' };
    const argo = await testArgo({ files });
    const state = await eventually(argo.state, ({ comparisonError }) => comparisonError !== undefined);
    expect(state.comparisonError?.message).toContain('kustomization with namePrefix');
  });
});
