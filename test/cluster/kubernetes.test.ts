import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import type { Cluster, KubernetesObject, ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import { createLeases } from '../../integrations/kubernetes/leaseTurn.ts';
import type { LeaseHolder } from '../../integrations/kubernetes/leases.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventually } from '../fixtures/polling.ts';
import { BACKENDS } from './backends.ts';
import { asWorker, startWorld } from './startWorld.ts';

const NAMESPACE = 'identity';
const mapRef = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name });
const map = (name: string, data: Record<string, string> = { one: '1' }): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: NAMESPACE },
  data,
});

describe.each(BACKENDS)('on $name', ({ options }) => {
  let world: World;
  let person: Cluster;
  let worker: { readonly argocd: Cluster; readonly cluster: Cluster };
  beforeAll(async () => {
    world = await startWorld(options);
    person = world.cluster;
    worker = await asWorker(world);
  });
  afterAll(async () => world?.destroy());

  describe('an object', () => {
    it('is created once, read, and gone; what is absent is undefined, and its deletion a success', async () => {
      const ref = mapRef('once');
      expect(await person.get(ref)).toBeUndefined();
      const made = await person.create(map('once'));
      expect(made.metadata.resourceVersion).toMatch(/^\d+$/);
      await expect(person.create(map('once'))).rejects.toMatchObject({ kind: 'Conflict', status: 409 });
      expect((await person.get(ref))?.['data']).toEqual({ one: '1' });
      await person.delete(ref);
      await person.delete(ref);
      expect(await person.get(ref)).toBeUndefined();
      await expect(person.mergePatch(ref, { data: {} })).rejects.toMatchObject({ kind: 'NotFound', status: 404 });
      await expect(person.replace(map('once'))).rejects.toMatchObject({ kind: 'NotFound', status: 404 });
    });

    it('that was written meanwhile is a conflict for a replace and for a delete of the older version', async () => {
      const old = await person.create(map('raced'));
      await person.mergePatch(mapRef('raced'), { data: { two: '2' } });

      await expect(person.replace({ ...old, data: {} })).rejects.toMatchObject({ kind: 'Conflict', status: 409 });
      const { resourceVersion = '' } = old.metadata;
      await expect(person.delete(mapRef('raced'), { resourceVersion })).rejects.toMatchObject({
        kind: 'Conflict',
        status: 409,
      });
      await expect(person.delete(mapRef('raced'), { uid: 'another' })).rejects.toMatchObject({
        kind: 'Conflict',
        status: 409,
      });

      expect((await person.get(mapRef('raced')))?.['data']).toEqual({ one: '1', two: '2' });
    });

    it('keeps its version through a write that changes nothing', async () => {
      const made = await person.create(map('same'));
      const again = await person.mergePatch(mapRef('same'), { data: { one: '1' } });
      expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    });

    it('is merged by a merge patch, null taking a key out', async () => {
      await person.create(map('merged', { one: '1', two: '2' }));
      const next = await person.mergePatch(mapRef('merged'), { data: { one: null, three: '3' } });
      expect(next['data']).toEqual({ two: '2', three: '3' });
    });

    it('is left alone by a JSON patch whose test fails: 422, told as a conflict', async () => {
      await person.create(map('tested'));
      const patch = (value: string | null) =>
        person.jsonPatch(mapRef('tested'), [
          { op: 'test', path: '/data/one', value },
          { op: 'add', path: '/data/two', value: '2' },
        ]);
      await expect(patch('other')).rejects.toMatchObject({ kind: 'Conflict', status: 422 });
      await expect(patch(null)).rejects.toMatchObject({ kind: 'Conflict', status: 422 });
      expect((await patch('1'))['data']).toEqual({ one: '1', two: '2' });
      // A test for null is the only one that an absent path passes.
      const absent = person.jsonPatch(mapRef('tested'), [
        { op: 'test', path: '/data/three', value: null },
        { op: 'add', path: '/data/three', value: '3' },
      ]);
      expect((await absent)['data']).toHaveProperty('three');
      const missing = person.jsonPatch(mapRef('tested'), [{ op: 'remove', path: '/data/none' }]);
      await expect(missing).rejects.toMatchObject({ kind: 'Conflict', status: 422 });
    });

    it('is refused with the reason where its values are not allowed', async () => {
      await expect(person.create(map(''))).rejects.toMatchObject({ kind: 'BadInput', status: 422 });
    });

    it('is listed by label and by field, page after page', async () => {
      for (const [name, colour] of [
        ['a', 'red'],
        ['b', 'red'],
        ['c', 'blue'],
      ] as const) {
        await person.create({
          ...map(`list-${name}`),
          metadata: { name: `list-${name}`, namespace: NAMESPACE, labels: { colour } },
        });
      }
      const list = (selectors: object) =>
        person.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, ...selectors });
      expect((await list({ labelSelector: 'colour=red' })).map((each) => each.metadata.name)).toEqual([
        'list-a',
        'list-b',
      ]);
      const byName = await list({ fieldSelector: 'metadata.name=list-c' });
      expect(byName.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['ConfigMap', 'list-c']]);
    });
  });

  it('a token that nobody knows is told so, with the remedy', async () => {
    const { writeFile } = await import('node:fs/promises');
    const { createCluster } = await import('../../integrations/kubernetes/clientNode.ts');
    const kubeconfig = `${world.dir}/unknown.kubeconfig`;
    await writeFile(kubeconfig, world.hosting.workload.kubeconfig.replace(/(token"?: ?"?)[^",}\n]+/, '$1nobody'));
    const stranger = await createCluster({ name: 'edge', kubeconfig, timeoutMs: 5_000 });
    await expect(stranger.get(mapRef('any'))).rejects.toMatchObject({ kind: 'Unauthorized', status: 401 });
  });

  describe('the turn', () => {
    const holder = (client: string): LeaseHolder => ({
      workflowId: `oidc-client/${client}`,
      runId: '11111111-2222-3333-4444-555555555555',
      client,
      changeId: `change-of-${client}`,
      branch: `oidc-registrar/${client}`,
    });

    it('is one Lease: taken by one, a conflict for the other, passed on over its version, released by its holder alone', async () => {
      const leases = createLeases(worker.argocd, 'argocd');
      await leases.take('authentik', holder('one'));
      await expect(leases.take('authentik', holder('two'))).rejects.toMatchObject({ kind: 'Conflict' });
      const seen = await leases.read('authentik');
      expect(seen?.holder).toEqual(holder('one'));

      await leases.take('authentik', holder('two'), seen, [holder('one')]);
      await expect(leases.take('authentik', holder('three'), seen)).rejects.toMatchObject({ kind: 'Conflict' });
      await leases.release('authentik', holder('one'));
      expect((await leases.read('authentik'))?.holder).toEqual(holder('two'));

      // With a dead run on record the Lease stays, empty; after that it goes.
      await leases.release('authentik', holder('two'));
      const empty = await leases.read('authentik');
      expect(empty).toMatchObject({ holder: undefined, abandoned: [holder('one')] });
      await leases.take('authentik', holder('one'), empty);
      await leases.release('authentik', holder('one'));
      expect(await leases.read('authentik')).toBeUndefined();
    });
  });

  describe('a roll-out', () => {
    const ref = { namespace: NAMESPACE, name: 'authentik-worker', container: 'worker' };

    it('is complete when new pods serve and no old one is left, Terminating included; one token is one roll-out', async () => {
      const deployments = createDeployments(worker.cluster);
      const before = await deployments.rollout(ref);
      expect(before).toMatchObject({
        complete: true,
        replicas: 2,
        oldPods: [],
        failure: undefined,
        canReachZero: false,
      });

      await deployments.restart(ref, 'first');
      const during = await eventually(
        () => deployments.rollout(ref),
        (state) => state.oldPods.length > 0 && !state.complete,
      );
      expect(during.summary).toMatch(/pods updated|has not seen/);
      const after = await eventually(
        () => deployments.rollout(ref),
        (state) => state.complete,
        30_000,
      );
      expect(after.currentPods).toHaveLength(2);
      expect(after.currentPods.filter((pod) => before.currentPods.includes(pod))).toEqual([]);

      await deployments.restart(ref, 'first');
      expect((await deployments.rollout(ref)).currentPods).toEqual(after.currentPods);
    });

    it("whose pods lack a key of the Secret fails with the kubelet's words, and ends when the template is as before", async () => {
      const deployments = createDeployments(worker.cluster);
      const live = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: ref.name };
      const env = (await deployments.rollout(ref)).env;
      await person.jsonPatch(live, [
        {
          op: 'add',
          path: '/spec/template/spec/containers/0/env/-',
          value: { name: 'NOT_THERE', valueFrom: { secretKeyRef: { name: 'authentik-env', key: 'not-there' } } },
        },
      ]);
      const broken = await eventually(
        () => deployments.rollout(ref),
        (state) => state.failure !== undefined,
        30_000,
      );
      expect(broken.failure).toContain('CreateContainerConfigError');
      expect(broken.complete).toBe(false);

      await person.jsonPatch(live, [{ op: 'remove', path: `/spec/template/spec/containers/0/env/${env.length}` }]);
      const mended = await eventually(
        () => deployments.rollout(ref),
        (state) => state.complete,
        30_000,
      );
      expect(mended.env).toEqual(env);
    });

    it('of what is not there is told as not found', async () => {
      const deployments = createDeployments(worker.cluster);
      await expect(deployments.rollout({ ...ref, container: 'other' })).rejects.toMatchObject({ kind: 'NotFound' });
    });
  });

  it('what the job writes is known by its field manager', async () => {
    const ref = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      namespace: NAMESPACE,
      name: 'authentik',
    };
    await worker.cluster.mergePatch(ref, { metadata: { annotations: { 'force-sync': 'who' } } });
    const live = await person.get(ref);
    const ours = live?.metadata.managedFields?.find((entry) => JSON.stringify(entry).includes('f:force-sync'));
    expect(ours?.manager).toBe('oidc-registrar');
  });
});
