import { describe, expect, test } from 'vitest';
import type { Cluster, KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../../integrations/kubernetes/deploymentRollout.ts';
import type { RolloutState } from '../../../integrations/kubernetes/deployments.ts';
import type { AuthentikWorkerPod } from '../../../sandbox/authentik/authentikWorkers.ts';
import { parseFault } from '../../../sandbox/faults/parseFault.ts';
import {
  blueprints,
  fromSecret,
  secret,
  setEnv,
  testPods,
  withEnvFrom,
  WORKER,
  workerDeployment,
} from '../../fixtures/pods.ts';
import { eventually } from '../../fixtures/polling.ts';

async function rolledOut(cluster: Cluster): Promise<RolloutState> {
  return eventually(
    () => createDeployments(cluster).rollout(WORKER),
    (state) => state.complete,
  );
}

async function listed(cluster: Cluster, kind: 'Pod' | 'ReplicaSet'): Promise<readonly KubernetesObject[]> {
  return cluster.list({ apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, namespace: WORKER.namespace });
}

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: WORKER.namespace, name: 'blueprints' };
const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: WORKER.namespace, name: 'authentik' };
const encode = (text: string): string => Buffer.from(text).toString('base64');

describe('the environment of a pod', () => {
  test('is frozen when it starts; a new value reaches only a new pod', async () => {
    const { cluster, hosted, settled } = await testPods();
    await cluster.create(secret({ zot: 'first' }));
    await cluster.create(workerDeployment([fromSecret('ZOT', 'zot'), { name: 'PLAIN', value: 'x' }]));
    await rolledOut(cluster);
    await cluster.mergePatch(SECRET, { data: { zot: encode('second') } });
    await settled();
    expect([...hosted.values()].map((pod) => pod.env)).toEqual([
      { ZOT: 'first', PLAIN: 'x' },
      { ZOT: 'first', PLAIN: 'x' },
    ]);
    await createDeployments(cluster).restart(WORKER, 'again');
    await settled();
    await rolledOut(cluster);
    expect([...hosted.values()].map((pod) => pod.env['ZOT'])).toEqual(['second', 'second']);
  });

  test('has every key of its sources in their order, under their prefix, and its own entries above them', async () => {
    const { cluster, hosted, settled } = await testPods();
    await cluster.create(secret({ ONE: 'secret', TWO: 'secret', THREE: 'secret' }));
    await cluster.create(blueprints({ TWO: 'map' }));
    const sources = [
      { secretRef: { name: 'authentik' } },
      { configMapRef: { name: 'blueprints' } },
      { prefix: 'X_', secretRef: { name: 'authentik' } },
      { secretRef: { name: 'nowhere', optional: true } },
    ];
    await cluster.create(withEnvFrom(workerDeployment([{ name: 'THREE', value: 'entry' }]), sources));
    await rolledOut(cluster);
    const keys = { X_ONE: 'secret', X_TWO: 'secret', X_THREE: 'secret' };
    expect([...hosted.values()][0]?.env).toEqual({ ONE: 'secret', TWO: 'map', THREE: 'entry', ...keys });
    await cluster.mergePatch(SECRET, { data: { ONE: encode('newer'), FOUR: encode('new') } });
    await createDeployments(cluster).restart(WORKER, 'again');
    await settled();
    await rolledOut(cluster);
    expect([...hosted.values()].map(({ env }) => [env['ONE'], env['FOUR']])).toEqual([
      ['newer', 'new'],
      ['newer', 'new'],
    ]);
  });

  test('is not made where a source is not there', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(withEnvFrom(workerDeployment([]), [{ secretRef: { name: 'authentik' } }]));
    const waiting = await eventually(
      () => listed(cluster, 'Pod'),
      (pods) => pods.length === 2 && pods.every((pod) => pod['status']?.containerStatuses !== undefined),
    );
    expect(waiting[0]?.['status'].containerStatuses[0].state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'secret "authentik" not found',
    });
    expect(hosted.size).toBe(0);
  });

  test('lacks a key: the container cannot be made, and starts when the key appears', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(secret({ old: 'value' }));
    await cluster.create(workerDeployment([fromSecret('ZOT', 'zot')]));
    const waiting = await eventually(
      () => listed(cluster, 'Pod'),
      (pods) => pods.length === 2 && pods.every((pod) => pod['status']?.containerStatuses !== undefined),
    );
    const [status] = waiting[0]?.['status'].containerStatuses ?? [];
    expect(status.state.waiting.reason).toBe('CreateContainerConfigError');
    expect(hosted.size).toBe(0);
    await cluster.mergePatch(SECRET, { data: { zot: encode('here') } });
    await rolledOut(cluster);
    expect([...hosted.values()].map((pod) => pod.env['ZOT'])).toEqual(['here', 'here']);
  });

  test('leaves out an optional key, and a key of an optional Secret that does not exist', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(workerDeployment([fromSecret('ZOT', 'zot', true), { name: 'PLAIN', value: 'x' }]));
    await rolledOut(cluster);
    expect([...hosted.values()].map((pod) => pod.env)).toEqual([{ PLAIN: 'x' }, { PLAIN: 'x' }]);
  });
});

describe('a mounted ConfigMap', () => {
  test('reaches every other pod later than the first', async () => {
    const { cluster, hosted, changed } = await testPods({ mountLagMs: 300 });
    await cluster.create(blueprints({ 'a.yaml': 'one' }));
    await cluster.create(workerDeployment([]));
    await rolledOut(cluster);
    await cluster.mergePatch(CONFIG_MAP, { data: { 'zot.yaml': 'two' } });
    const first = await eventually(
      () => [...hosted.values()].filter((pod) => pod.files().has('custom/zot.yaml')),
      (pods) => pods.length > 0,
    );
    expect(first).toHaveLength(1);
    await eventually(
      () => [...hosted.values()].filter((pod) => pod.files().get('custom/zot.yaml') === 'two'),
      (pods) => pods.length === 2,
    );
    expect(changed).toHaveLength(2);
    expect(changed[0]).toBe(first[0]?.name);
  });

  test('lags on one of two pods after a roll-out too', async () => {
    const { cluster, hosted, settled } = await testPods({ mountLagMs: 400 });
    await cluster.create(blueprints({ 'a.yaml': 'one' }));
    await cluster.create(workerDeployment([]));
    await rolledOut(cluster);
    for (const token of ['1', '2', '3']) {
      await createDeployments(cluster).restart(WORKER, token);
      await settled();
      await rolledOut(cluster);
      await eventually(
        () => hosted.size,
        (size) => size === 2,
      );
      await cluster.mergePatch(CONFIG_MAP, { data: { [`${token}.yaml`]: token } });
      const withFile = (): number =>
        [...hosted.values()].filter((pod) => pod.files().has(`custom/${token}.yaml`)).length;
      await eventually(withFile, (count) => count > 0);
      expect(withFile()).toBe(1);
    }
  });

  test('by single keys has those files alone', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(blueprints({ 'one.yaml': '1', 'two.yaml': '2' }));
    const deployment = workerDeployment([]);
    const items = [{ key: 'two.yaml', path: 'second.yaml' }];
    deployment['spec'].template.spec.volumes[0].configMap.items = items;
    await cluster.create(deployment);
    await rolledOut(cluster);
    expect([...([...hosted.values()][0]?.files() ?? [])]).toEqual([['custom/second.yaml', '2']]);
  });

  test('is what the ConfigMap says when the pod starts, and empty where there is none', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(workerDeployment([]));
    await rolledOut(cluster);
    expect([...hosted.values()].map((pod) => [...pod.files()])).toEqual([[], []]);
  });
});

describe('a rolling update of two replicas', () => {
  test('never has fewer than two ready pods, nor more than three', async () => {
    const { cluster, complaints } = await testPods();
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }]));
    await rolledOut(cluster);
    await setEnv(cluster, [{ name: 'A', value: '2' }]);
    const counts: number[] = [];
    await eventually(
      async () => {
        const pods = (await listed(cluster, 'Pod')).filter((pod) => pod.metadata.deletionTimestamp === undefined);
        counts.push(pods.filter((pod) => pod['status']?.phase === 'Running').length);
        expect(pods.length).toBeLessThanOrEqual(3);
        return pods.every((pod) => pod['spec'].containers[0].env[0].value === '2') && pods.length === 2;
      },
      (done) => done,
    );
    expect(Math.min(...counts)).toBe(2);
    expect(complaints).toEqual([]);
  });

  test('back to the older template takes its ReplicaSet again, and its old pods where they still run', async () => {
    const { cluster, faults } = await testPods();
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }]));
    const before = await rolledOut(cluster);
    faults.add(parseFault('kubelet:rolloutNeverEnds'));
    await setEnv(cluster, [{ value: '2', name: 'A' }]);
    const stuck = await eventually(
      () => createDeployments(cluster).rollout(WORKER),
      (state) => state.currentPods.length === 1 && state.oldPods.length === 2,
    );
    expect(stuck.complete).toBe(false);
    // The same template with its keys in another order.
    await setEnv(cluster, [{ value: '1', name: 'A' }]);
    const after = await eventually(
      () => createDeployments(cluster).rollout(WORKER),
      (state) => state.complete && state.env[0]?.value === '1',
    );
    expect(after.currentPods.toSorted()).toEqual(before.currentPods.toSorted());
    const sets = await listed(cluster, 'ReplicaSet');
    const revisions = sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']);
    expect(new Set(revisions)).toEqual(new Set(['2', '3']));
  });

  test('that recreates has no pod at all for a moment', async () => {
    const { cluster, hosted } = await testPods();
    await cluster.create(workerDeployment([{ name: 'A', value: '1' }], { strategy: { type: 'Recreate' } }));
    await rolledOut(cluster);
    await setEnv(cluster, [{ name: 'A', value: '2' }]);
    await eventually(
      () => hosted.size,
      (size) => size === 0,
    );
    await rolledOut(cluster);
    expect([...hosted.values()].map((pod) => pod.env['A'])).toEqual(['2', '2']);
  });
});

describe('a Secret that a pod mounts', () => {
  const filesOf = (hosted: ReadonlyMap<string, AuthentikWorkerPod>): readonly string[] =>
    [...hosted.values()].map((pod) => JSON.stringify([...(pod.secrets?.() ?? [])]));
  const both = (files: readonly (readonly [string, string])[]): readonly string[] => [
    JSON.stringify(files),
    JSON.stringify(files),
  ];

  test('is followed late, key for key, in each pod by itself', async () => {
    const { cluster, hosted, faults, changed, settled } = await testPods({ mountLagMs: 0 });
    await cluster.create(secret({ zot: 'first' }));
    await cluster.create(workerDeployment([], {}, { at: '/secrets' }));
    await rolledOut(cluster);
    expect(filesOf(hosted)).toEqual(both([['/secrets/zot', 'first']]));
    faults.add(parseFault('kubelet:secretLags=100000'));
    await cluster.mergePatch(SECRET, { data: { zot: encode('second'), wiki: encode('new') } });
    await settled();
    expect(filesOf(hosted)).toEqual(both([['/secrets/zot', 'first']]));
    faults.clear();
    await eventually(
      () => filesOf(hosted),
      (files) => files.every((text) => text.includes('second') && text.includes('/secrets/wiki')),
    );
    await cluster.mergePatch(SECRET, { data: { zot: null } });
    await eventually(
      () => filesOf(hosted),
      (files) => files.every((text) => !text.includes('zot')),
    );
    expect(changed).toEqual([]);
  });

  test('by single keys keeps the pod waiting until all are there, and its files once one is gone', async () => {
    const { cluster, hosted, settled } = await testPods({ mountLagMs: 0 });
    await cluster.create(secret({ wiki: 'w' }));
    await cluster.create(workerDeployment([], {}, { at: '/secrets', keys: ['wiki', 'zot'] }));
    await eventually(
      () => listed(cluster, 'Pod'),
      (pods) => pods.some((pod) => pod['status']?.containerStatuses?.[0].state.waiting.reason === 'ContainerCreating'),
    );
    await cluster.mergePatch(SECRET, { data: { zot: encode('here'), other: encode('not ours') } });
    await rolledOut(cluster);
    const files = both([
      ['/secrets/wiki', 'w'],
      ['/secrets/zot', 'here'],
    ]);
    expect(filesOf(hosted)).toEqual(files);
    await cluster.mergePatch(SECRET, { data: { zot: null } });
    await settled();
    expect(filesOf(hosted)).toEqual(files);
  });

  test('by subPath is never followed', async () => {
    const { cluster, hosted, settled } = await testPods({ mountLagMs: 0 });
    await cluster.create(secret({ zot: 'first' }));
    await cluster.create(workerDeployment([], {}, { at: '/secrets/zot', subPath: 'zot' }));
    await rolledOut(cluster);
    await cluster.mergePatch(SECRET, { data: { zot: encode('second') } });
    await settled();
    expect(filesOf(hosted)).toEqual(both([['/secrets/zot', 'first']]));
  });
});

describe('faults', () => {
  test('rolloutNeverEnds keeps new pods pending until it is cleared', async () => {
    const { cluster, faults, hosted, settled } = await testPods();
    faults.add(parseFault('kubelet:rolloutNeverEnds'));
    await cluster.create(workerDeployment([]));
    await settled();
    expect(hosted.size).toBe(0);
    faults.clear('kubelet');
    await rolledOut(cluster);
    expect(hosted.size).toBe(2);
  });

  test('rolloutNeverEnds:times=1 keeps one pod pending and lets the others start', async () => {
    const { cluster, faults, hosted, settled } = await testPods();
    faults.add(parseFault('kubelet:rolloutNeverEnds:times=1'));
    await cluster.create(workerDeployment([]));
    await eventually(
      () => hosted.size,
      (size) => size === 1,
    );
    await settled();
    expect(hosted.size).toBe(1);
  });

  test('mountLags holds the files of every pod back', async () => {
    const { cluster, faults, hosted, settled } = await testPods({ mountLagMs: 0 });
    await cluster.create(blueprints({}));
    await cluster.create(workerDeployment([]));
    await rolledOut(cluster);
    faults.add(parseFault('kubelet:mountLags=100000'));
    await cluster.mergePatch(CONFIG_MAP, { data: { 'a.yaml': 'one' } });
    await settled();
    expect([...hosted.values()].flatMap((pod) => [...pod.files()])).toEqual([]);
    faults.clear();
    await eventually(
      () => [...hosted.values()].filter((pod) => pod.files().has('custom/a.yaml')).length,
      (count) => count === 2,
    );
  });
});

test('a Deployment that is deleted takes its ReplicaSets and pods along, and the workers end', async () => {
  const { cluster, hosted } = await testPods();
  await cluster.create(workerDeployment([]));
  await rolledOut(cluster);
  await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: WORKER.namespace, name: WORKER.name });
  await eventually(
    async () => (await listed(cluster, 'Pod')).length,
    (count) => count === 0,
  );
  expect(await listed(cluster, 'ReplicaSet')).toEqual([]);
  expect(hosted.size).toBe(0);
});
