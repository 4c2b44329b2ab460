import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { FLUX_BACKENDS } from './flux/backends.ts';
import { APPS, startFluxBed, type FluxBed } from './flux/bed.ts';
import { createFlux } from '../../integrations/flux/fluxObjects.ts';
import { condition, FluxDriver } from './flux/driver.ts';

type Values = Readonly<Record<string, unknown>>;

interface Snapshot {
  readonly version: number;
  readonly status: string;
  readonly configDigest: string;
}

const CHART = {
  chart: './charts/authentik',
  interval: '1h',
  sourceRef: { kind: 'GitRepository', name: 'home', namespace: 'flux-system' },
};

describe.each(FLUX_BACKENDS)('Flux, from a HelmRelease to its pods, on $name', (backend) => {
  let bed: FluxBed;
  let flux: FluxDriver;
  beforeAll(async () => {
    bed = await startFluxBed(backend);
    flux = new FluxDriver(bed);
    await flux.makeGitRepository();
  });
  afterAll(async () => bed?.stop());
  afterEach(async () => {
    bed.faults.clear();
    await flux.removeHelmReleases();
  });

  /** A release of the chart in the same repository. */
  async function released(name: string, values: Values = withValue('one'), spec: Values = {}): Promise<void> {
    await flux.make(flux.helmRelease(name), { interval: '1h', chart: { spec: CHART }, values, ...spec });
    await flux.untilReady(flux.helmRelease(name));
  }

  const setValues = async (name: string, values: Values): Promise<void> => {
    await bed.cluster.mergePatch(flux.helmRelease(name), { spec: { values } });
  };

  async function history(name: string): Promise<readonly Snapshot[]> {
    return ((await flux.read(flux.helmRelease(name)))['status'].history ?? []) as readonly Snapshot[];
  }

  /** What a Deployment's container has for VALUE. */
  async function live(name: string, part = 'worker'): Promise<string | undefined> {
    const deployment = await flux.read(flux.deployment(`${name}-authentik-${part}`));
    const env = deployment['spec'].template.spec.containers[0].env as readonly { name: string; value: string }[];
    return env?.find((each) => each.name === 'VALUE')?.value;
  }

  it('installs the chart of the repository, and waits until its pods are ready', async () => {
    await released('installed');
    const release = await flux.read(flux.helmRelease('installed'));

    expect(condition(release)).toMatchObject({ status: 'True', reason: 'InstallSucceeded' });
    expect(condition(release)?.message).toMatch(
      /^Helm install succeeded for release apps\/installed\.v1 with chart authentik@2026\.8\.0/,
    );
    expect(release['status']).toMatchObject({
      observedGeneration: release.metadata.generation,
      lastAttemptedGeneration: release.metadata.generation,
      lastAttemptedRevision: expect.stringMatching(/^2026\.8\.0/),
      history: [{ name: 'installed', namespace: APPS, version: 1, status: 'deployed', chartName: 'authentik' }],
    });
    const deployment = await flux.read(flux.deployment('installed-authentik-worker'));
    expect(deployment['status'].availableReplicas).toBe(1);
    expect(deployment.metadata.labels).toMatchObject({
      'helm.toolkit.fluxcd.io/name': 'installed',
      'helm.toolkit.fluxcd.io/namespace': APPS,
    });
    expect(deployment.metadata.annotations).toMatchObject({ 'meta.helm.sh/release-name': 'installed' });
    const managers = deployment.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(managers).toContain('helm-controller Apply');
  });

  it('is read by the job as kubectl shows it, and asked by it', async () => {
    await released('read');
    const job = createFlux(bed.cluster);
    const ref = { namespace: APPS, name: 'read' };
    const release = await flux.read(flux.helmRelease('read'));

    expect(await job.gitRepository({ namespace: 'flux-system', name: 'home' })).toMatchObject({
      url: bed.url,
      branch: bed.repository.branch,
      suspended: false,
      revision: flux.revision(await bed.repository.head()),
      ready: { status: 'True', reason: 'Succeeded' },
    });
    expect(await job.helmRelease(ref)).toMatchObject({
      suspended: false,
      generation: release.metadata.generation,
      observedGeneration: release.metadata.generation,
      targetNamespace: APPS,
      values: release['spec'].values,
      valuesFrom: [],
      ready: { status: 'True', reason: 'InstallSucceeded' },
      lastHandledReconcileAt: undefined,
    });

    await job.reconcile('HelmRelease', ref, 'asked-by-the-job');
    const after = await flux.until(
      flux.helmRelease('read'),
      ({ status }) => status.lastHandledReconcileAt !== undefined,
    );
    expect(after['status'].lastHandledReconcileAt).toBe('asked-by-the-job');
  });

  it('other values are a new revision of the release', async () => {
    await released('upgraded');
    await setValues('upgraded', withValue('two'));
    const ref = flux.helmRelease('upgraded');
    const after = await flux.until(
      ref,
      (release) =>
        condition(release)?.reason === 'UpgradeSucceeded' &&
        condition(release)?.status === 'True' &&
        release['status'].history?.length === 2,
    );
    expect(after['status'].lastAttemptedGeneration).toBe(after.metadata.generation);
    expect((await history('upgraded')).map(({ version, status }) => [version, status])).toEqual([
      [2, 'deployed'],
      [1, 'superseded'],
    ]);
    expect(await live('upgraded')).toBe('two');
  });

  it('a commit that leaves the chart as it is makes no new revision', async () => {
    await released('same');
    const before = (await flux.read(flux.helmRelease('same')))['status'].lastAttemptedRevision;
    await flux.land({ 'readme.md': 'Something else.\n' });
    await flux.reconcile(flux.helmRelease('same'));
    expect(await history('same')).toHaveLength(1);
    expect((await flux.read(flux.helmRelease('same')))['status'].lastAttemptedRevision).toBe(before);
  });

  it('values of a ConfigMap are read when it is asked, and are a new revision then', async () => {
    const map = flux.configMap('values');
    const data = (text: string): Values => ({ 'values.yaml': stringify(withValue(text)) });
    await bed.cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'values', namespace: APPS },
      data: data('one'),
    });
    await released('frommap', {}, { valuesFrom: [{ kind: 'ConfigMap', name: 'values' }] });
    expect(await live('frommap')).toBe('one');

    await bed.cluster.mergePatch(map, { data: data('two') });
    const asked = await flux.reconcile(flux.helmRelease('frommap'));

    expect(condition(asked)).toMatchObject({ status: 'True', reason: 'UpgradeSucceeded' });
    expect(await live('frommap')).toBe('two');
    expect(await history('frommap')).toHaveLength(2);
  });

  it('a request upgrades nothing that has not changed, and leaves what somebody has changed', async () => {
    await released('drifts');
    const deployment = flux.deployment('drifts-authentik-worker');
    await bed.cluster.mergePatch(deployment, { spec: { replicas: 2 } });
    await flux.reconcile(flux.helmRelease('drifts'));

    expect(await history('drifts')).toHaveLength(1);
    expect((await flux.read(deployment))['spec'].replicas).toBe(2);
  });

  it('by force it upgrades all the same, and takes back what somebody has changed of its fields', async () => {
    await released('forced');
    const deployment = flux.deployment('forced-authentik-worker');
    await bed.cluster.mergePatch(deployment, { spec: { replicas: 2 } });
    const token = `${Date.now()}`;
    const annotations = { 'reconcile.fluxcd.io/requestedAt': token, 'reconcile.fluxcd.io/forceAt': token };
    await bed.cluster.mergePatch(flux.helmRelease('forced'), { metadata: { annotations } });
    await flux.until(flux.helmRelease('forced'), ({ status }) => status.lastHandledForceAt === token);
    await flux.untilReady(flux.helmRelease('forced'));

    expect((await history('forced'))[0]?.version).toBe(2);
    expect((await flux.read(deployment))['spec'].replicas).toBe(1);
  });

  it('that is suspended notes a request as handled, and upgrades nothing', async () => {
    await released('sleeps');
    const ref = flux.helmRelease('sleeps');
    await bed.cluster.mergePatch(ref, { spec: { suspend: true, values: withValue('two') } });
    const token = await flux.ask(ref);
    const asleep = await flux.until(ref, ({ status }) => status.lastHandledReconcileAt === token);
    expect(asleep['status'].lastAttemptedGeneration).not.toBe(asleep.metadata.generation);
    expect(condition(asleep)?.status).toBe('True');
    expect(await live('sleeps')).toBe('one');
  });

  it('an upgrade that does not get well fails, and its pods stay', async () => {
    await released('fails', withValue('one'), { upgrade: { timeout: '4s' } });
    bed.faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });
    await setValues('fails', withValue('two'));
    const ref = flux.helmRelease('fails');
    const failed = await flux.untilEnded(ref);

    const why =
      /^Helm upgrade failed for release apps\/fails with chart authentik@2026\.8\.0: .*Deployment\/apps\/fails-authentik-worker/;
    for (const type of ['Ready', 'Released']) {
      expect(condition(failed, type)).toMatchObject({ status: 'False', reason: 'UpgradeFailed' });
      expect(condition(failed, type)?.message).toMatch(why);
    }
    expect(condition(failed, 'Stalled')).toMatchObject({
      reason: 'RetriesExceeded',
      message: 'Failed to upgrade after 1 attempt(s)',
    });
    expect((await history('fails')).map(({ version, status }) => [version, status])).toEqual([
      [2, 'failed'],
      [1, 'deployed'],
    ]);
    expect(await live('fails')).toBe('two');
  });

  it('with remediation it rolls back: not ready, though the newest revision is deployed', async () => {
    const upgrade = { timeout: '4s', remediation: { retries: 0, remediateLastFailure: true } };
    await released('remedied', withValue('one'), { upgrade });
    const before = (await history('remedied'))[0]?.configDigest;
    bed.faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });
    await setValues('remedied', withValue('two'));
    const ref = flux.helmRelease('remedied');
    const remedied = await flux.untilEnded(ref);

    const message = 'Helm rollback to previous release apps/remedied.v1 with chart authentik@2026.8.0 succeeded';
    expect(condition(remedied)).toMatchObject({ status: 'False', reason: 'RollbackSucceeded', message });
    expect(condition(remedied, 'Remediated')).toMatchObject({ status: 'True', reason: 'RollbackSucceeded', message });
    expect(condition(remedied, 'Released')).toMatchObject({ status: 'False', reason: 'UpgradeFailed' });
    expect((await history('remedied')).map(({ version, status }) => [version, status])).toEqual([
      [3, 'deployed'],
      [2, 'failed'],
      [1, 'superseded'],
    ]);
    expect((await history('remedied'))[0]?.configDigest).toBe(before);
    expect(remedied['status'].lastAttemptedConfigDigest).not.toBe(before);
    expect(await live('remedied')).toBe('one');
  });

  it('values that the template does not take fail before anything is deployed', async () => {
    await released('unrendered');
    await setValues('unrendered', { global: { env: 'not a list' } });
    const failed = await flux.untilFailed(flux.helmRelease('unrendered'), 'UpgradeFailed');
    expect(condition(failed)?.message).toMatch(
      /^Helm upgrade failed for release apps\/unrendered with chart authentik@2026\.8\.0: /,
    );
    expect(await history('unrendered')).toHaveLength(1);
    expect(await live('unrendered')).toBe('one');
  });
});

function withValue(value: string): Values {
  return { global: { env: [{ name: 'VALUE', value }] } };
}
