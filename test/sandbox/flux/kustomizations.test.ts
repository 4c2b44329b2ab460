import { describe, expect, it } from 'vitest';
import { APPS, condition, made, MAP, NAMESPACE, SOURCE, testFlux, WORDS } from '../../fixtures/flux.ts';

const map = (name: string, value: string, metadata = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: identity\n${metadata}data:\n  a: "${value}"\n`;
const NEVER = 'sha1:0000';

describe('a Kustomization of the sandbox', () => {
  it('applies the artifact of its source by server-side apply, with its labels, and says the revision', async () => {
    const flux = await testFlux(MAP);
    const applied = await flux.reason(APPS, 'ReconciliationSucceeded');
    const revision = `main@sha1:${await flux.repository.server.head()}`;
    expect(applied['status']).toMatchObject({
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      observedGeneration: 1,
    });
    expect(condition(applied, 'Ready')).toMatchObject({ status: 'True', message: `Applied revision: ${revision}` });
    expect(applied['status'].inventory).toEqual({ entries: [{ id: 'identity_words__ConfigMap', v: 'v1' }] });
    expect((await flux.cluster.get(WORDS))?.metadata).toMatchObject({
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': NAMESPACE },
    });
  });

  it('waits for nobody: a new commit counts once its source has it, and that once it is asked', async () => {
    const flux = await testFlux(MAP);
    await flux.reason(APPS, 'ReconciliationSucceeded');
    const revision = await flux.commit({ 'apps/map.yaml': map('words', 'two') });
    await flux.until(APPS, (object) => object['status']?.lastAppliedRevision === revision);
    expect((await flux.cluster.get(WORDS))?.['data']).toEqual({ a: 'two' });
  });

  it('prunes what Git names no more, unless somebody keeps it', async () => {
    const kept = '  annotations:\n    kustomize.toolkit.fluxcd.io/prune: disabled\n';
    const flux = await testFlux({
      ...MAP,
      'apps/gone.yaml': map('gone', '1'),
      'apps/kept.yaml': map('kept', '1', kept),
    });
    await flux.reason(APPS, 'ReconciliationSucceeded');
    const revision = await flux.commit({ 'apps/gone.yaml': null, 'apps/kept.yaml': null });
    await flux.until(APPS, (object) => object['status']?.lastAppliedRevision === revision);
    const names = (await flux.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' })).map((each) => each.metadata.name);
    expect(names.toSorted()).toEqual(['kept', 'words']);
  });

  it('is at fault for a commit that does not build, and keeps what was applied', async () => {
    const flux = await testFlux(MAP);
    const before = (await flux.reason(APPS, 'ReconciliationSucceeded'))['status'].lastAppliedRevision as string;
    const revision = await flux.commit({ 'apps/kustomization.yaml': 'resources:\n  - gone.yaml\n' });
    const failed = await flux.reason(APPS, 'BuildFailed');
    expect(condition(failed, 'Ready')).toMatchObject({
      status: 'False',
      message: expect.stringMatching(/^kustomize build failed: .*gone\.yaml/),
    });
    expect(condition(failed, 'Reconciling')).toMatchObject({ status: 'True', reason: 'ProgressingWithRetry' });
    expect(failed['status']).toMatchObject({ lastAppliedRevision: before, lastAttemptedRevision: revision });
    expect(await flux.cluster.get(WORDS)).toBeDefined();
  });

  it('applies nothing where the API server refuses one object', async () => {
    const flux = await testFlux(MAP);
    await flux.reason(APPS, 'ReconciliationSucceeded');
    flux.faults.add({ system: 'flux', effect: { kind: 'behaviour', name: 'applyFails', argument: 'ConfigMap/more' } });
    await flux.commit({ 'apps/map.yaml': map('words', 'two'), 'apps/more.yaml': map('more', '1') });
    const failed = await flux.reason(APPS, 'ReconciliationFailed');
    expect(condition(failed, 'Ready')?.message).toMatch(/^ConfigMap\/identity\/more dry-run failed \(Forbidden\): /);
    expect((await flux.cluster.get(WORDS))?.['data']).toEqual({ a: 'one' });
  });

  it('says a path that is not there, and a source that is not', async () => {
    const flux = await testFlux(MAP, { path: './elsewhere' });
    const failed = await flux.reason(APPS, 'ArtifactFailed');
    expect(condition(failed, 'Ready')?.message).toMatch(
      /^kustomization path not found: stat .*elsewhere: no such file/,
    );
    expect(failed['status'].lastAttemptedRevision).toBeUndefined();
    await flux.cluster.mergePatch(APPS, { spec: { sourceRef: { name: 'gone' } } });
    await flux.until(APPS, (object) => condition(object, 'Ready')?.message.includes('"gone" not found') === true);
  });

  it('suspended, does nothing, stays ready, and handles the request all the same', async () => {
    const flux = await testFlux(MAP);
    await flux.reason(APPS, 'ReconciliationSucceeded');
    await flux.cluster.mergePatch(APPS, { spec: { suspend: true } });
    await flux.commit({ 'apps/map.yaml': map('words', 'two') });
    const after = await flux.requested(APPS);
    expect(condition(after, 'Ready')).toMatchObject({ status: 'True' });
    expect(after['status'].observedGeneration).toBe(after.metadata.generation);
    expect((await flux.cluster.get(WORDS))?.['data']).toEqual({ a: 'one' });
  });

  it('waits for what it depends on, which must have applied the same revision', async () => {
    const flux = await testFlux(MAP, { dependsOn: [{ name: 'base' }] });
    const waiting = await flux.reason(APPS, 'DependencyNotReady');
    expect(condition(waiting, 'Ready')?.message).toBe(
      `dependency '${NAMESPACE}/base' not found: Kustomization.kustomize.toolkit.fluxcd.io "base" not found`,
    );
    const sourceRef = { kind: 'GitRepository', name: SOURCE.name };
    await flux.cluster.create(made({ ...APPS, name: 'base' }, { interval: '1h', path: './apps', sourceRef }));
    await flux.reason(APPS, 'ReconciliationSucceeded');
  });

  it('waits for health where it is to, until its time is over', async () => {
    const worker =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: worker\n  namespace: identity\nspec:\n  replicas: 1\n  template: {}\n';
    const flux = await testFlux({ ...MAP, 'apps/worker.yaml': worker }, { wait: true, timeout: '30s' });
    const failed = await flux.reason(APPS, 'HealthCheckFailed');
    expect(condition(failed, 'Ready')?.message).toMatch(
      /^health check failed after \S+: timeout waiting for: \[Deployment\/identity\/worker status: 'InProgress'\]$/,
    );
    expect(failed['status'].lastAppliedRevision ?? NEVER).toBe(NEVER);
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 };
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'worker' };
    await flux.cluster.mergePatch({ ...ref, subresource: 'status' }, { status: counts });
    await flux.requested(APPS);
    await flux.reason(APPS, 'ReconciliationSucceeded');
  });

  it('leaves alone what says that it is not to be reconciled', async () => {
    const disabled = '  labels:\n    kustomize.toolkit.fluxcd.io/reconcile: disabled\n';
    const flux = await testFlux(MAP);
    await flux.reason(APPS, 'ReconciliationSucceeded');
    const revision = await flux.commit({ 'apps/map.yaml': map('words', 'two', disabled) });
    await flux.until(APPS, (object) => object['status']?.lastAppliedRevision === revision);
    expect((await flux.cluster.get(WORDS))?.['data']).toEqual({ a: 'one' });
  });

  it('takes what it has applied along when it is deleted', async () => {
    const flux = await testFlux(MAP);
    await flux.reason(APPS, 'ReconciliationSucceeded');
    await flux.cluster.delete(APPS);
    await expect.poll(() => flux.cluster.get(APPS)).toBeUndefined();
    expect(await flux.cluster.get(WORDS)).toBeUndefined();
  });
});

describe('postBuild of the sandbox', () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: NAMESPACE } };
  const from = { substituteFrom: [{ kind: 'ConfigMap', name: 'settings' }] };

  it('puts values in their place: those of the object over those of a ConfigMap, and a number where the text is one', async () => {
    const files = { 'apps/map.yaml': `${map('words', '${A} ${B} ${C:=c}')}count: \${N}\n` };
    const flux = await testFlux(files, { suspend: true, postBuild: { ...from, substitute: { B: 'own', N: '3' } } });
    await flux.cluster.create({ ...settings, data: { A: 'of\na map', B: 'theirs' } });
    await flux.cluster.mergePatch(APPS, { spec: { suspend: false } });
    await flux.reason(APPS, 'ReconciliationSucceeded');
    expect(await flux.cluster.get(WORDS)).toMatchObject({ data: { a: 'ofa map own c' }, count: 3 });
  });

  it.each([
    [
      { substitute: { A: '1' } },
      /^post build failed for 'ConfigMap\.v1\.\[noGrp\]\/words': .*variable not set \(strict mode\): "GONE"$/,
    ],
    [from, /^post build failed for .*: substitute from 'ConfigMap\/settings' error: configmaps "settings" not found$/],
    [{ substitute: { 'a-b': '1' } }, /'a-b' var name is invalid/],
  ])('that cannot be done is a failed build: %j', async (postBuild, message) => {
    const flux = await testFlux({ 'apps/map.yaml': map('words', '${GONE}') }, { postBuild });
    expect(condition(await flux.reason(APPS, 'BuildFailed'), 'Ready')?.message).toMatch(message);
  });

  it('leaves out an object that says so, and does nothing without a value', async () => {
    const out = '  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n';
    const flux = await testFlux(
      { 'apps/map.yaml': map('words', '${GONE}', out) },
      { postBuild: { substitute: { A: '1' } } },
    );
    await flux.reason(APPS, 'ReconciliationSucceeded');
    expect((await flux.cluster.get(WORDS))?.['data']).toEqual({ a: '${GONE}' });
  });
});

describe('a GitRepository of the sandbox', () => {
  it('whose branch is gone says so and keeps what it has stored', async () => {
    const flux = await testFlux(MAP);
    const { artifact } = (await flux.reason(SOURCE, 'Succeeded'))['status'] as { artifact: unknown };
    await flux.cluster.mergePatch(SOURCE, { spec: { ref: { branch: 'gone' } } });
    const failed = await flux.reason(SOURCE, 'GitOperationFailed');
    expect(condition(failed, 'FetchFailed')?.message).toBe(
      `failed to checkout and determine revision: unable to clone 'https://git.example.test/r.git': couldn't find remote ref "refs/heads/gone"`,
    );
    expect(failed['status'].artifact).toEqual(artifact);
  });
});
