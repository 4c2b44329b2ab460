import { describe, expect, test } from 'vitest';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import type { RolloutState } from '../../integrations/kubernetes/deployments.ts';
import { sleep } from '../../sandbox/kit/loop.ts';
import { testCluster } from '../fixtures/clusters.ts';
import { errorOf } from '../fixtures/errors.ts';
import { fromSecret, secret, setEnv, testPods, WORKER, workerDeployment } from '../fixtures/pods.ts';
import { eventually } from '../fixtures/polling.ts';

const complete = (state: RolloutState): boolean => state.complete;

const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' };

describe('a roll-out', () => {
  test('is complete when every pod is of the newest template and available', async () => {
    const { cluster } = await testPods();
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }]));
    const state = await eventually(() => deployments.rollout(WORKER), complete);
    expect(state).toMatchObject({ replicas: 2, paused: false, failure: undefined, oldPods: [], canReachZero: false });
    expect(state.currentPods).toHaveLength(2);
    expect(Object.keys(state.startedAt).toSorted()).toEqual(state.currentPods.toSorted());
    for (const started of Object.values(state.startedAt)) expect(Date.parse(started)).toBeLessThanOrEqual(Date.now());
    expect(state.env).toEqual([{ name: 'A', value: '1' }]);
    expect(state.summary).toBe('2 of 2 pods updated, 2 available');
  });

  test('is not complete while a pod of the old template is Terminating, and says so', async () => {
    const { cluster } = await testPods({ podStopMs: 2_000 });
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }]));
    const before = await eventually(() => deployments.rollout(WORKER), complete);
    await setEnv(cluster, [{ name: 'A', value: '2' }]);
    const last = await eventually(
      () => deployments.rollout(WORKER),
      (state) => state.summary.startsWith('2 of 2 pods updated, 2 available, 1 old'),
    );
    expect(last.complete).toBe(false);
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: WORKER.namespace });
    const old = pods.find((pod) => pod.metadata.name === last.oldPods[0]);
    expect(old?.metadata.deletionTimestamp).toBeDefined();
    const after = await eventually(() => deployments.rollout(WORKER), complete);
    expect(after.currentPods.filter((name) => before.currentPods.includes(name))).toEqual([]);
  });

  test('counts a pod of the newest template that is Terminating as one that still has to go', async () => {
    const { cluster } = await testPods({ podStopMs: 2_000 });
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([]));
    const [leaving = ''] = (await eventually(() => deployments.rollout(WORKER), complete)).currentPods;
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: WORKER.namespace, name: leaving });
    const state = await eventually(
      () => deployments.rollout(WORKER),
      ({ currentPods, summary }) => currentPods.length === 2 && summary.includes('2 available'),
    );
    expect(state).toMatchObject({ complete: false, oldPods: [leaving] });
    expect((await eventually(() => deployments.rollout(WORKER), complete)).currentPods).not.toContain(leaving);
  });

  test('is under way by the Deployment alone while that shows it, and where it shows none its pods have to tell', async () => {
    const { cluster } = await testCluster();
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([]));
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: WORKER.namespace, name: WORKER.name };
    const status = async (counts: object, ...conditions: readonly object[]) =>
      cluster.mergePatch({ ...ref, subresource: 'status' }, { status: { ...counts, conditions } });
    const all = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    await status({ ...all, replicas: 3, updatedReplicas: 1 });
    expect(await deployments.glance(WORKER)).toEqual({ underWay: '1 of 2 pods updated, 2 available' });
    await status({ ...all, updatedReplicas: 1 }, late);
    expect(await deployments.glance(WORKER)).toHaveProperty('currentPods', []);
    await status(all);
    expect(await deployments.glance(WORKER)).toHaveProperty('currentPods', []);
    await cluster.mergePatch(ref, { spec: { replicas: 3 } });
    expect(await deployments.glance(WORKER)).toEqual({
      underWay: 'the Deployment controller has not seen the change yet',
    });
  });

  test('is not complete before the controller has seen the change', async () => {
    const { cluster } = await testCluster();
    await cluster.create(workerDeployment([]));
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: WORKER.namespace, name: WORKER.name };
    const counts = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    await cluster.mergePatch({ ...ref, subresource: 'status' }, { status: { observedGeneration: 1, ...counts } });
    await cluster.mergePatch(ref, { spec: { replicas: 3 } });
    const state = await createDeployments(cluster).rollout(WORKER);
    expect(state).toMatchObject({ complete: false, summary: 'the Deployment controller has not seen the change yet' });
  });

  test('that makes no progress within its deadline has failed, in the words of Kubernetes', async () => {
    const { cluster, faults } = await testPods();
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }], { progressDeadlineSeconds: 1 }));
    await eventually(() => deployments.rollout(WORKER), complete);
    faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });
    await setEnv(cluster, [{ name: 'A', value: '2' }]);
    const state = await eventually(
      () => deployments.rollout(WORKER),
      ({ failure }) => failure !== undefined,
    );
    expect(state.failure).toMatch(/^ProgressDeadlineExceeded: ReplicaSet "worker-\w+" has timed out progressing/);
    expect(state.complete).toBe(false);
    expect(state.oldPods).toHaveLength(2);
  });

  test('whose new pod lacks a key of its Secret has failed, and names the key', async () => {
    const { cluster } = await testPods();
    const deployments = createDeployments(cluster);
    await cluster.create(secret({ old: 'value' }));
    await cluster.create(workerDeployment([fromSecret('OLD', 'old')]));
    await eventually(() => deployments.rollout(WORKER), complete);
    await setEnv(cluster, [fromSecret('OLD', 'old'), fromSecret('ZOT', 'zot')]);
    const state = await eventually(
      () => deployments.rollout(WORKER),
      ({ failure }) => failure !== undefined,
    );
    expect(state.failure).toMatch(/^CreateContainerConfigError in pod worker-\S+: couldn't find key zot in Secret/);
  });

  test('a broken pod of an old template does not make the new roll-out fail', async () => {
    const { cluster } = await testPods({ podStopMs: 100 });
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([fromSecret('ZOT', 'zot')]));
    await eventually(
      () => deployments.rollout(WORKER),
      ({ failure }) => failure !== undefined,
    );
    await setEnv(cluster, []);
    const seen: (string | undefined)[] = [];
    await eventually(async () => {
      const state = await deployments.rollout(WORKER);
      // The first looks may still see the template of before.
      if (state.env.length === 0 && state.currentPods.length > 0 && !state.summary.includes('not seen'))
        seen.push(state.failure);
      return state;
    }, complete);
    expect(seen.filter((failure) => failure !== undefined)).toEqual([]);
  });

  test('that is paused does not move, and is told as paused', async () => {
    const { cluster } = await testPods();
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }]));
    const before = await eventually(() => deployments.rollout(WORKER), complete);
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: WORKER.namespace, name: WORKER.name };
    await cluster.mergePatch(ref, { spec: { paused: true } });
    await setEnv(cluster, [{ name: 'A', value: '2' }]);
    await sleep(100);
    const paused = await deployments.rollout(WORKER);
    expect(paused).toMatchObject({ paused: true, env: [{ name: 'A', value: '2' }] });
    expect([...paused.currentPods, ...paused.oldPods].toSorted()).toEqual(before.currentPods.toSorted());
    await cluster.mergePatch(ref, { spec: { paused: null } });
    const after = await eventually(
      () => deployments.rollout(WORKER),
      (state) => state.complete && !state.currentPods.includes(before.currentPods[0] ?? ''),
    );
    expect(after.paused).toBe(false);
  });
});

describe('a restart', () => {
  test('replaces the pods once for one token', async () => {
    const { cluster } = await testPods();
    const deployments = createDeployments(cluster);
    await cluster.create(workerDeployment([]));
    const first = await eventually(() => deployments.rollout(WORKER), complete);
    await deployments.restart(WORKER, 'change-1');
    const second = await eventually(
      () => deployments.rollout(WORKER),
      (state) => state.complete && !state.currentPods.some((name) => first.currentPods.includes(name)),
    );
    await deployments.restart(WORKER, 'change-1');
    await sleep(100);
    expect((await deployments.rollout(WORKER)).currentPods.toSorted()).toEqual(second.currentPods.toSorted());
  });
});

describe('what does not exist', () => {
  test('a Deployment or a container that is not there is named', async () => {
    const { cluster } = await testCluster();
    const deployments = createDeployments(cluster);
    const none = await errorOf(deployments.rollout(WORKER));
    expect(none).toMatchObject({ kind: 'NotFound' });
    expect(none.message).toContain('Deployment identity/worker');
    await cluster.create(workerDeployment([]));
    const other = await errorOf(deployments.rollout({ ...WORKER, container: 'server' }));
    expect(other.message).toContain('container server in Deployment worker');
  });
});

describe('whether a strategy can stop the last old pod first', () => {
  test.each([
    [{ type: 'Recreate' }, 2, true],
    [undefined, 1, false],
    [undefined, 2, false],
    [{ rollingUpdate: { maxUnavailable: 1 } }, 1, true],
    [{ rollingUpdate: { maxUnavailable: 1 } }, 2, false],
    [{ rollingUpdate: { maxUnavailable: '100%' } }, 3, true],
    [{ rollingUpdate: { maxUnavailable: '50%' } }, 1, false],
    // Nothing may surge and nothing may be missing: Kubernetes lets one go, which is the last of one.
    [{ rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } }, 1, true],
    [{ rollingUpdate: { maxSurge: 0 } }, 1, true],
    [{ rollingUpdate: { maxSurge: 0 } }, 2, false],
  ])('strategy %j with %i replicas: %s', async (strategy, replicas, expected) => {
    const { cluster } = await testCluster();
    await cluster.create(workerDeployment([], { replicas, ...(strategy === undefined ? {} : { strategy }) }));
    expect((await createDeployments(cluster).rollout(WORKER)).canReachZero).toBe(expected);
  });
});
