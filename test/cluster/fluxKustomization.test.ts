import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FLUX_BACKENDS } from './flux/backends.ts';
import { startFluxBed, type FluxBed } from './flux/bed.ts';
import { condition, configMapText, deploymentText, FluxDriver, kustomizationText } from './flux/driver.ts';

const UNKNOWN = 'apiVersion: example.test/v1\nkind: Bulb\nmetadata: { name: unknown, namespace: apps }\n';

describe.each(FLUX_BACKENDS)('Flux, from Git to the cluster, on $name', (backend) => {
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
    await flux.removeKustomizations();
  });

  /** A Kustomization of that name has applied one ConfigMap of that name. */
  async function deployed(name: string, spec?: Readonly<Record<string, unknown>>): Promise<string> {
    const revision = await flux.land({
      [`${name}/kustomization.yaml`]: kustomizationText('map.yaml'),
      [`${name}/map.yaml`]: configMapText(name, { key: 'one' }),
    });
    await flux.makeKustomization(name, spec);
    await flux.untilReady(flux.kustomization(name));
    return revision;
  }

  const change = (name: string, text = 'two'): Promise<string> =>
    flux.land({ [`${name}/map.yaml`]: configMapText(name, { key: text }) });

  it('a source keeps branch and commit as its revision, and follows the branch when it is asked', async () => {
    const ref = flux.gitRepository();
    const before = await bed.repository.head();
    expect((await flux.untilReady(ref))['status']).toMatchObject({
      artifact: { revision: flux.revision(before), digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      conditions: expect.arrayContaining([
        expect.objectContaining({
          type: 'Ready',
          reason: 'Succeeded',
          message: `stored artifact for revision '${flux.revision(before)}'`,
        }),
      ]),
    });

    const commit = await bed.repository.commitAs('somebody', { 'readme.md': 'New.\n' }, 'Say more');
    expect((await flux.read(ref))['status'].artifact.revision).toBe(flux.revision(before));
    const token = await flux.ask(ref);
    const after = await flux.until(ref, ({ status }) => status.lastHandledReconcileAt === token);

    expect(after['status'].artifact.revision).toBe(flux.revision(commit));
  });

  it('a source whose branch is not there says so, and keeps what it had', async () => {
    await flux.makeGitRepository({}, 'strays');
    const ref = flux.gitRepository('strays');
    const before = (await flux.untilReady(ref))['status'].artifact.revision;
    await bed.cluster.mergePatch(ref, { spec: { ref: { branch: 'nowhere' } } });
    const failed = await flux.untilFailed(ref, 'GitOperationFailed');
    expect(condition(failed)?.message).toContain(`couldn't find remote ref "refs/heads/nowhere"`);
    expect(condition(failed, 'FetchFailed')).toMatchObject({ status: 'True', reason: 'GitOperationFailed' });
    expect(failed['status'].artifact.revision).toBe(before);
    await bed.cluster.delete(ref);
  });

  it('a Kustomization applies the revision: inventory, labels, field manager', async () => {
    const revision = await deployed('first');
    const kustomization = await flux.read(flux.kustomization('first'));
    expect(kustomization['status']).toMatchObject({
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      inventory: { entries: [{ id: 'apps_first__ConfigMap', v: 'v1' }] },
    });
    expect(condition(kustomization)).toMatchObject({
      status: 'True',
      reason: 'ReconciliationSucceeded',
      message: `Applied revision: ${revision}`,
    });
    const { metadata } = await flux.read(flux.configMap('first'));
    expect(metadata.labels).toEqual({
      'kustomize.toolkit.fluxcd.io/name': 'first',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    });
    expect(metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
      'kustomize-controller Apply',
    ]);
  });

  it('a new revision of the source is applied by nobody asking, and what it drops is pruned', async () => {
    await deployed('follows');
    const revision = await flux.land({
      'follows/kustomization.yaml': kustomizationText('other.yaml'),
      'follows/map.yaml': null,
      'follows/other.yaml': configMapText('follows-other', { key: 'two' }),
    });
    const ref = flux.kustomization('follows');
    const after = await flux.until(ref, ({ status }) => status.lastAppliedRevision === revision);

    expect(after['status'].inventory.entries).toEqual([{ id: 'apps_follows-other__ConfigMap', v: 'v1' }]);
    expect(await flux.data('follows')).toBeUndefined();
    expect(await flux.data('follows-other')).toEqual({ key: 'two' });
  });

  it('without prune, and of an object that says so, what Git drops stays', async () => {
    await deployed('keeps', { prune: false });
    const dropped = await flux.land({ 'keeps/kustomization.yaml': kustomizationText(), 'keeps/map.yaml': null });
    await flux.until(flux.kustomization('keeps'), ({ status }) => status.lastAppliedRevision === dropped);
    expect(await flux.data('keeps')).toEqual({ key: 'one' });

    await flux.land({
      'spared/kustomization.yaml': kustomizationText('map.yaml'),
      'spared/map.yaml': configMapText('spared', { key: 'one' }, { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }),
    });
    await flux.makeKustomization('spared');
    await flux.untilReady(flux.kustomization('spared'));
    const gone = await flux.land({ 'spared/kustomization.yaml': kustomizationText(), 'spared/map.yaml': null });
    await flux.until(flux.kustomization('spared'), ({ status }) => status.lastAppliedRevision === gone);
    expect(await flux.data('spared')).toEqual({ key: 'one' });
  });

  it('a request is handled once; it takes back what somebody has changed, and leaves what is not in Git', async () => {
    const revision = await deployed('drifts');
    const map = flux.configMap('drifts');
    await bed.cluster.mergePatch(map, { data: { key: 'by hand', further: 'by hand' } });
    expect(await flux.data('drifts')).toEqual({ key: 'by hand', further: 'by hand' });

    const after = await flux.reconcile(flux.kustomization('drifts'));

    expect(after['status'].lastAppliedRevision).toBe(revision);
    expect(await flux.data('drifts')).toEqual({ key: 'one', further: 'by hand' });
  });

  it('a suspended source notes a request as handled, and does not follow', async () => {
    const ref = flux.gitRepository();
    const before = (await flux.read(ref))['status'].artifact.revision;
    await bed.cluster.mergePatch(ref, { spec: { suspend: true } });
    const commit = await bed.repository.commitAs('somebody', { 'readme.md': 'While it sleeps.\n' }, 'Say more');
    const token = await flux.ask(ref);
    const asleep = await flux.until(ref, ({ status }) => status.lastHandledReconcileAt === token);

    expect(asleep['status'].artifact.revision).toBe(before);
    expect(condition(asleep)?.status).toBe('True');

    await bed.cluster.mergePatch(ref, { spec: { suspend: false } });
    await flux.until(ref, ({ status }) => status.artifact.revision === flux.revision(commit));
  });

  it('a suspended Kustomization notes a request as handled, and applies nothing', async () => {
    const before = await deployed('sleeps');
    const ref = flux.kustomization('sleeps');
    await bed.cluster.mergePatch(ref, { spec: { suspend: true } });
    const after = await change('sleeps');
    const token = await flux.ask(ref);
    const asleep = await flux.until(ref, ({ status }) => status.lastHandledReconcileAt === token);

    expect(asleep['status']).toMatchObject({ lastAppliedRevision: before, lastAttemptedRevision: before });
    expect(condition(asleep)?.status).toBe('True');
    expect(await flux.data('sleeps')).toEqual({ key: 'one' });

    await bed.cluster.mergePatch(ref, { spec: { suspend: false } });
    await flux.until(ref, ({ status }) => status.lastAppliedRevision === after);
  });

  it('what does not build is attempted, told and not applied', async () => {
    const before = await deployed('broken');
    const ref = flux.kustomization('broken');
    const after = await flux.land({ 'broken/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [\n' });
    const failed = await flux.untilFailed(ref, 'BuildFailed');

    expect(failed['status']).toMatchObject({ lastAttemptedRevision: after, lastAppliedRevision: before });
    expect(condition(failed)?.message).toMatch(/^kustomize build failed: .*map\.yaml/s);

    const mended = await change('broken');
    await flux.until(ref, ({ status }) => status.lastAppliedRevision === mended);
  });

  it('a folder that is not there fails before the revision counts as attempted', async () => {
    const before = await deployed('moved');
    const after = await flux.land({ 'moved/kustomization.yaml': null, 'moved/map.yaml': null });
    const failed = await flux.untilFailed(flux.kustomization('moved'), 'ArtifactFailed');

    expect(after).not.toBe(before);
    expect(failed['status']).toMatchObject({ lastAttemptedRevision: before, lastAppliedRevision: before });
    expect(condition(failed)?.message).toContain('kustomization path not found');
    expect(await flux.data('moved')).toEqual({ key: 'one' });
  });

  it('what the API server does not know fails as a whole, and is told in its words', async () => {
    const before = await deployed('unknown');
    const after = await flux.land({
      'unknown/map.yaml': `${configMapText('unknown', { key: 'two' })}---\n${UNKNOWN}`,
    });
    const failed = await flux.untilFailed(flux.kustomization('unknown'), 'ReconciliationFailed');
    expect(failed['status']).toMatchObject({ lastAttemptedRevision: after, lastAppliedRevision: before });
    expect(condition(failed)?.message).toMatch(
      /^Bulb\/apps\/unknown .*no matches for kind "Bulb" in version "example\.test\/v1"/s,
    );
    expect(await flux.data('unknown')).toEqual({ key: 'one' });
  });

  it('waits for what it depends on, says for whom, and attempts nothing meanwhile', async () => {
    const revision = await deployed('needed');
    await bed.cluster.mergePatch(flux.kustomization('needed'), { spec: { path: './nowhere' } });
    await flux.untilFailed(flux.kustomization('needed'), 'ArtifactFailed');
    await flux.land({
      'needs/kustomization.yaml': kustomizationText('map.yaml'),
      'needs/map.yaml': configMapText('needs', { key: 'one' }),
    });
    await flux.makeKustomization('needs', { dependsOn: [{ name: 'needed' }] });
    const ref = flux.kustomization('needs');
    const waiting = await flux.untilFailed(ref, 'DependencyNotReady');
    expect(condition(waiting)?.message).toBe("dependency 'flux-system/needed' is not ready");
    expect(waiting['status'].lastAttemptedRevision).toBeUndefined();
    expect(revision).not.toBe('');

    await bed.cluster.mergePatch(flux.kustomization('needed'), { spec: { path: './needed' } });
    await flux.untilReady(ref);
    expect(await flux.data('needs')).toEqual({ key: 'one' });
  });

  it('that waits fails when what it applied does not get well, and the objects are there all the same', async () => {
    await flux.land({
      'waits/kustomization.yaml': kustomizationText('deployment.yaml'),
      'waits/deployment.yaml': deploymentText('waits', { VALUE: 'one' }),
    });
    await flux.makeKustomization('waits', { wait: true, timeout: '3s' });
    const ref = flux.kustomization('waits');
    const before = (await flux.untilReady(ref))['status'].lastAppliedRevision;
    expect(condition(await flux.read(ref), 'Healthy')).toMatchObject({ status: 'True', reason: 'Succeeded' });

    bed.faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });
    const after = await flux.land({ 'waits/deployment.yaml': deploymentText('waits', { VALUE: 'two' }) });
    const failed = await flux.untilFailed(ref, 'HealthCheckFailed');
    expect(failed['status']).toMatchObject({ lastAttemptedRevision: after, lastAppliedRevision: before });
    expect(condition(failed)?.message).toMatch(/Deployment\/apps\/waits/);
    expect((await flux.read(flux.deployment('waits')))['spec'].template.spec.containers[0].env).toEqual([
      { name: 'VALUE', value: 'two' },
    ]);
    bed.faults.clear();
  });

  it('fills in variables, from ConfigMaps too, and leaves what is escaped', async () => {
    await bed.cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'flux-system' },
      data: { DOMAIN: 'home.example', BOTH: 'of the ConfigMap' },
    });
    const data = {
      plain: '${DOMAIN}',
      inText: 'https://${DOMAIN}/x',
      both: '${BOTH}',
      fallback: '${NOT_SET:=otherwise}',
      escaped: '$${DOMAIN}',
      bare: '$DOMAIN',
    };
    await flux.land({
      'filled/kustomization.yaml': kustomizationText('map.yaml', 'plain.yaml'),
      'filled/map.yaml': configMapText('filled', data),
      'filled/plain.yaml': configMapText('unfilled', data, { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' }),
    });
    await flux.makeKustomization('filled', {
      postBuild: {
        substitute: { BOTH: 'of the Kustomization' },
        substituteFrom: [{ kind: 'ConfigMap', name: 'settings' }],
      },
    });
    await flux.untilReady(flux.kustomization('filled'));
    expect(await flux.data('filled')).toEqual({
      plain: 'home.example',
      inText: 'https://home.example/x',
      both: 'of the Kustomization',
      fallback: 'otherwise',
      escaped: '${DOMAIN}',
      bare: '$DOMAIN',
    });
    expect(await flux.data('unfilled')).toEqual(data);
  });

  it('a variable that nobody sets fails the build', async () => {
    const before = await deployed('unset', { postBuild: { substitute: { SET: 'x' } } });
    const after = await change('unset', '${NOT_SET}');
    const failed = await flux.untilFailed(flux.kustomization('unset'), 'BuildFailed');
    expect(failed['status']).toMatchObject({ lastAttemptedRevision: after, lastAppliedRevision: before });
    expect(condition(failed)?.message).toBe(
      `post build failed for 'ConfigMap.v1.[noGrp]/unset': envsubst error: variable substitution failed: variable not set (strict mode): "NOT_SET"`,
    );
  });

  it('an object that is not to be reconciled stays as it is, in the inventory all the same', async () => {
    await deployed('left');
    const after = await flux.land({
      'left/map.yaml': configMapText('left', { key: 'two' }, { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }),
    });
    const ref = flux.kustomization('left');
    const done = await flux.until(ref, ({ status }) => status.lastAppliedRevision === after);
    expect(done['status'].inventory.entries).toEqual([{ id: 'apps_left__ConfigMap', v: 'v1' }]);
    expect(await flux.data('left')).toEqual({ key: 'one' });
  });
});
