import { describe, expect, it, onTestFinished } from 'vitest';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { startLoop } from '../../../sandbox/kit/loop.ts';
import { startDeploymentController } from '../../../sandbox/kubernetes/deploymentController.ts';
import { SOURCE_API } from '../../../sandbox/flux/kinds.ts';
import { condition, made, MAP, NAMESPACE, RELEASE, testFlux, type TestFlux } from '../../fixtures/flux.ts';

const CHART = { apiVersion: SOURCE_API, kind: 'OCIRepository', namespace: NAMESPACE, name: 'authentik' };
const WORKER = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' };
const values = (replicas: number, tag = 'good'): object => ({
  server: { enabled: false },
  worker: { replicas },
  global: { image: { tag } },
});

/** A HelmRelease whose pods become ready, unless their image is `bad`. */
async function released(spec: object, before?: KubernetesObject): Promise<TestFlux> {
  const flux = await testFlux(MAP, {}, 10);
  const { cluster } = flux;
  const controller = startDeploymentController(cluster, ['identity'], 20);
  onTestFinished(() => controller.stop());
  const kubelet = startLoop(
    () => makeReady(flux),
    30,
    () => undefined,
  );
  onTestFinished(() => kubelet.stop());
  flux.loops.push(controller, kubelet);
  await cluster.create(
    made(CHART, { interval: '1h', url: 'oci://charts.example/authentik', ref: { tag: '2026.8.1' } }),
  );
  if (before !== undefined) await cluster.create(before);
  const { kind, name, namespace } = CHART;
  await cluster.create(
    made(RELEASE, { interval: '9000h', timeout: '5m', chartRef: { kind, name, namespace }, ...spec }),
  );
  return flux;
}

async function makeReady({ cluster }: TestFlux): Promise<void> {
  for (const pod of await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'identity' })) {
    const [container] = pod['spec'].containers as { image: string }[];
    if (container?.image.endsWith(':bad') !== false || pod['status']?.phase === 'Running') continue;
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const ref = {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'identity',
      name: pod.metadata.name,
      subresource: 'status' as const,
    };
    await cluster.mergePatch(ref, { status });
  }
}

describe('a HelmRelease of the sandbox', () => {
  it('is installed, and upgraded when its values change; history and digest tell it', async () => {
    const flux = await released({ values: values(1) });
    const first = await flux.reason(RELEASE, 'InstallSucceeded');
    expect(condition(first, 'Ready')?.message).toMatch(
      /^Helm install succeeded for release identity\/authentik\.v1 with chart authentik@2026\.8\.1\+[0-9a-f]{12}$/,
    );
    await flux.cluster.mergePatch(RELEASE, { spec: { values: values(2) } });
    const second = await flux.reason(RELEASE, 'UpgradeSucceeded');
    const history = second['status'].history as readonly { version: number; status: string; configDigest: string }[];
    expect(history.map(({ version, status }) => [version, status])).toEqual([
      [2, 'deployed'],
      [1, 'superseded'],
    ]);
    expect(history[0]?.configDigest).toBe(second['status'].lastAttemptedConfigDigest);
    expect(history[0]?.configDigest).not.toBe(first['status'].lastAttemptedConfigDigest);
    expect(second['status'].observedGeneration).toBe(second.metadata.generation);
  });

  it('that fails is rolled back, tried again, rolled back and given up; a change of its values begins anew', async () => {
    const flux = await released({ values: values(1), upgrade: { timeout: '50s', remediation: { retries: 1 } } });
    await flux.reason(RELEASE, 'InstallSucceeded');
    await flux.cluster.mergePatch(RELEASE, { spec: { values: values(1, 'bad') } });

    const given = await flux.until(RELEASE, (object) => condition(object, 'Stalled')?.status === 'True');

    expect(condition(given, 'Stalled')).toMatchObject({
      reason: 'RetriesExceeded',
      message: 'Failed to upgrade after 2 attempt(s)',
    });
    expect(condition(given, 'Released')).toMatchObject({
      status: 'False',
      reason: 'UpgradeFailed',
      message: expect.stringContaining(
        "timeout waiting for: [Deployment/identity/authentik-worker status: 'InProgress']",
      ),
    });
    expect(condition(given, 'Remediated')).toMatchObject({ status: 'True', reason: 'RollbackSucceeded' });
    expect(condition(given, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'RollbackSucceeded',
      message: expect.stringMatching(
        /^Helm rollback to previous release identity\/authentik\.v\d with chart .* succeeded$/,
      ),
    });
    expect(given['status']).toMatchObject({ upgradeFailures: 2, observedGeneration: given.metadata.generation });
    const image = (await flux.cluster.get(WORKER))?.['spec'].template.spec.containers[0].image as string;
    expect(image).toMatch(/:good$/);
    // To ask again is no other attempt.
    expect(condition(await flux.requested(RELEASE), 'Stalled')?.status).toBe('True');
    await flux.cluster.mergePatch(RELEASE, { spec: { values: values(2), upgrade: { timeout: '5m' } } });
    const mended = await flux.reason(RELEASE, 'UpgradeSucceeded');
    expect([condition(mended, 'Stalled'), condition(mended, 'Remediated')]).toEqual([undefined, undefined]);
  });

  it('whose chart takes the values not is no release, and nothing is changed', async () => {
    const flux = await released({ values: values(1) });
    await flux.reason(RELEASE, 'InstallSucceeded');
    await flux.cluster.mergePatch(RELEASE, { spec: { values: { global: { env: 'not a list' } } } });
    const failed = await flux.reason(RELEASE, 'UpgradeFailed');
    expect(condition(failed, 'Released')?.message).toContain(': template: ');
    expect(failed['status'].history).toHaveLength(1);
    expect((await flux.cluster.get(WORKER))?.['spec'].template.spec.containers[0].image).toMatch(/:good$/);
  });

  it('without remediation stays failed, and is rolled back where its values are as before', async () => {
    const flux = await released({ values: values(1), upgrade: { timeout: '50s' } });
    await flux.reason(RELEASE, 'InstallSucceeded');
    await flux.cluster.mergePatch(RELEASE, { spec: { values: values(1, 'bad') } });
    const failed = await flux.until(RELEASE, (object) => condition(object, 'Stalled')?.status === 'True');
    expect(condition(failed, 'Ready')?.reason).toBe('UpgradeFailed');
    expect(condition(failed, 'Stalled')?.message).toBe('Failed to upgrade after 1 attempt(s)');
    await flux.cluster.mergePatch(RELEASE, { spec: { values: values(1), upgrade: { timeout: '5m' } } });
    await flux.reason(RELEASE, 'UpgradeSucceeded');
  });

  it('has the values of a ConfigMap under its own, and hears of it when it is asked', async () => {
    const map = (replicas: number) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'values', namespace: 'identity' },
      data: { 'values.yaml': JSON.stringify(values(replicas)) },
    });
    const valuesFrom = [{ kind: 'ConfigMap', name: 'values' }];
    const flux = await released({ valuesFrom, values: { worker: { podAnnotations: { a: 'b' } } } }, map(2));
    await flux.reason(RELEASE, 'InstallSucceeded');
    const spec = (await flux.cluster.get(WORKER))?.['spec'];
    expect([spec.replicas, spec.template.metadata.annotations]).toEqual([2, { a: 'b' }]);
    await flux.cluster.replace({ ...map(3) });
    await flux.requested(RELEASE);
    await flux.reason(RELEASE, 'UpgradeSucceeded');
    expect((await flux.cluster.get(WORKER))?.['spec'].replicas).toBe(3);
    await flux.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: 'values' });
    await flux.requested(RELEASE);
    expect(condition(await flux.reason(RELEASE, 'ValuesError'), 'Ready')?.message).toBe(
      `could not resolve ConfigMap chart values reference 'identity/values' with key 'values.yaml': configmaps "values" not found`,
    );
  });

  it('corrects what people change where it detects drift, and leaves what it does not name', async () => {
    const flux = await released({ values: values(1), driftDetection: { mode: 'enabled' } });
    await flux.reason(RELEASE, 'InstallSucceeded');
    const annotations = { 'kubectl.kubernetes.io/restartedAt': 'by hand' };
    await flux.cluster.mergePatch(WORKER, { spec: { replicas: 5, template: { metadata: { annotations } } } });
    await flux.requested(RELEASE);
    const spec = (await flux.cluster.get(WORKER))?.['spec'];
    expect([spec.replicas, spec.template.metadata.annotations]).toEqual([1, annotations]);
  });

  it('is upgraded once more where somebody forces it, and then not again', async () => {
    const flux = await released({ values: values(1) });
    await flux.reason(RELEASE, 'InstallSucceeded');
    await flux.cluster.mergePatch(WORKER, { spec: { replicas: 5 } });
    const annotations = { 'reconcile.fluxcd.io/forceAt': 'now', 'reconcile.fluxcd.io/requestedAt': 'now' };
    await flux.cluster.mergePatch(RELEASE, { metadata: { annotations } });
    const after = await flux.reason(RELEASE, 'UpgradeSucceeded');
    expect((await flux.cluster.get(WORKER))?.['spec'].replicas).toBe(1);
    expect(after['status'].inventory.entries).toContainEqual({
      id: 'identity_authentik-worker_apps_Deployment',
      v: 'v1',
    });
    expect((await flux.requested(RELEASE))['status'].history).toHaveLength(2);
  });

  it('suspended, is not upgraded, and counts as observed', async () => {
    const flux = await released({ values: values(1) });
    await flux.reason(RELEASE, 'InstallSucceeded');
    await flux.cluster.mergePatch(RELEASE, { spec: { suspend: true, values: values(4) } });
    const after = await flux.requested(RELEASE);
    expect(after['status'].observedGeneration).toBe(after.metadata.generation);
    expect(condition(after, 'Ready')?.status).toBe('True');
    expect((await flux.cluster.get(WORKER))?.['spec'].replicas).toBe(1);
  });
});
