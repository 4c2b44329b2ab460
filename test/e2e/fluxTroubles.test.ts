import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleLayout, type Layout } from '../../sandbox/world/layout.ts';
import type { WorkflowHandle } from '@temporalio/client';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { holdStep, watching } from './holds.ts';
import { itWhere, LONG } from './long.ts';
import { QUICK_RETRY, useTestBed, type TestBed } from './testBed.ts';

const object = (apiVersion: string, kind: string, namespace: string, name: string) => ({
  apiVersion,
  kind,
  namespace,
  name,
});
const KUSTOMIZATION = object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'flux-system', 'identity');
const SOURCE = object('source.toolkit.fluxcd.io/v1', 'GitRepository', 'flux-system', 'flux-system');
const RELEASE = object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'identity', 'authentik');
const FOLDER = 'apps/identity/authentik';

describe('where Flux is in trouble,', () => {
  let bed: TestBed;
  // One attempt is long enough for somebody to see what fails and mend it, on a busy machine too.
  const adjust = (all: Parameters<typeof QUICK_RETRY>[0]): ReturnType<typeof QUICK_RETRY> => {
    const { timings, ...quick } = QUICK_RETRY(all);
    return { ...quick, timings: { ...timings, waitMs: 40_000, waitRetryMs: 60_000 } };
  };
  useTestBed({ layout: 'flux', adjust }, (started) => {
    bed = started;
  });
  beforeAll(() => bed.world.settled());
  const suspend = (ref: typeof SOURCE, suspended: boolean) =>
    bed.world.cluster.mergePatch(ref, { spec: { suspend: suspended } });

  afterEach(async () => {
    for (const ref of [KUSTOMIZATION, SOURCE, RELEASE]) await suspend(ref, false);
    await bed.world.settled();
  });

  it.each([
    ['Kustomization flux-system/identity', KUSTOMIZATION, 'flux resume kustomization identity -n flux-system'],
    ['GitRepository flux-system/flux-system', SOURCE, 'flux resume source git flux-system -n flux-system'],
    ['HelmRelease identity/authentik', RELEASE, 'flux resume helmrelease authentik -n identity'],
  ] as const)('a run is refused before it changes anything while %s is suspended', async (label, ref, command) => {
    const [head, writes] = [await bed.world.repository.head(), bed.vaultWrites()];
    await suspend(ref, true);

    const failure = await bed.fail('zot');

    expect(failure.message).toContain(`${label} is suspended`);
    expect(failure.message).toContain(command);
    expect([await bed.world.repository.head(), bed.vaultWrites()]).toEqual([head, writes]);
  });

  async function suspendedInMidRun(client: string): ReturnType<TestBed['start']> {
    const done = watching(bed.world);
    await holdStep(bed.world, 'storeSecret', { land: 'first', ms: 0 });
    const handle = await bed.start(client, clientNamed(client, 'flux'));
    await bed.untilRunning(handle, 'storeSecret');
    await suspend(KUSTOMIZATION, true);
    done();
    await bed.untilRunning(handle, 'patchExternalSecret');
    return handle;
  }

  it('a run whose Kustomization is suspended meanwhile waits, and goes on once it is resumed', async () => {
    const handle = await suspendedInMidRun('paused');
    const applied = (await bed.world.cluster.get(KUSTOMIZATION))?.['status'].lastAppliedRevision as string;
    expect(applied).not.toBe(`main@sha1:${await bed.world.repository.head()}`);

    await suspend(KUSTOMIZATION, false);

    expect((await bed.result(handle)).outcome).toBe('registered');
    await bed.world.settled();
  });

  itWhere(LONG)(
    'one that is never resumed ends with that word, lists what is kept, and the next run goes on',
    async () => {
      const failure = await bed.failure(await suspendedInMidRun('stopped'));
      expect(failure.message).toContain('Kustomization flux-system/identity is suspended');
      expect(failure.kept.map(({ what }) => what).join()).toContain('vault field STOPPED_OIDC_SECRET');
      await suspend(KUSTOMIZATION, false);
      await bed.world.settled();
      expect((await bed.register('stopped', clientNamed('stopped', 'flux'))).outcome).toBe('registered');
    },
  );

  const KUSTOMIZE = `${FOLDER}/kustomization.yaml`;

  /** Our commit has landed and is not applied yet when somebody lands one above it that does not build. */
  async function brokenAbove(client: string): Promise<readonly [WorkflowHandle, mend: () => Promise<unknown>]> {
    const handle = await suspendedInMidRun(client);
    const good = await bed.world.repository.read(KUSTOMIZE);
    const broken = { [KUSTOMIZE]: `${good}  - ./nowhere.yaml\n` };
    const commit = await bed.world.repository.commitAs('ada', broken, 'Add what is not there');
    await bed.world.cluster.mergePatch(SOURCE, {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': client } },
    });
    await eventually(
      () => bed.world.cluster.get(SOURCE),
      (source) => String(source?.['status'].artifact.revision).endsWith(commit),
    );
    await suspend(KUSTOMIZATION, false);
    return [handle, () => bed.world.repository.commitAs('ada', { [KUSTOMIZE]: good }, 'Take it out')];
  }

  it('a commit of somebody else that does not build is waited for, in the words of Flux, and the run goes on once it is mended', async () => {
    const [handle, mend] = await brokenAbove('mended');
    await eventually(
      () => waitsFor(handle),
      (said) => said.includes('Kustomization flux-system/identity is not ready: BuildFailed: kustomize build failed'),
    );

    await mend();

    expect((await bed.result(handle)).outcome).toBe('registered');
    expect((await bed.register('mended', clientNamed('mended', 'flux'))).outcome).toBe('unchanged');
  });

  itWhere(LONG)(
    'one that nobody mends ends the run with that word after one whole attempt, and the next run goes on once it is mended',
    async () => {
      const [handle, mend] = await brokenAbove('broken');
      const failure = await bed.failure(handle);
      await mend();
      expect(failure.message).toContain('BuildFailed: kustomize build failed');
      expect(failure.kept.map(({ what }) => what).join()).toContain('vault field BROKEN_OIDC_SECRET');
      await bed.world.settled();
      expect((await bed.register('broken', clientNamed('broken', 'flux'))).outcome).toBe('registered');
    },
  );
});

/** What a run says that it waits for, by the heartbeat of its activity or the last try's end. */
async function waitsFor(handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? [])
    .flatMap(({ heartbeatDetails, lastFailure }) => [
      ...(heartbeatDetails?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString()),
      lastFailure?.message ?? '',
    ])
    .join(' ');
}

/** The sample with a variable for each secret in place of envFrom: what a client needs changes the HelmRelease. */
async function withVariables(): Promise<Layout> {
  const { files, ...layout } = await sampleLayout('flux');
  const file = `${FOLDER}/helm-release.yaml`;
  const variable = (name: string): string =>
    `        - name: ${name}\n          valueFrom:\n            secretKeyRef:\n              name: authentik-env\n              key: ${name}\n`;
  const names = ['AUTHENTIK_SECRET_KEY', 'AUTHENTIK_POSTGRESQL__PASSWORD', 'GRAFANA_OIDC_SECRET'];
  const text = (files[file] ?? '').replace(
    /( +)envFrom:\n.*\n.*\n/,
    (_, indent: string) => `${indent}env:\n${names.map(variable).join('')}`,
  );
  return { ...layout, files: { ...files, [file]: text } };
}

const VARIABLES = await withVariables();

describe('where Helm makes the Deployment with a variable for each secret,', () => {
  let bed: TestBed;
  useTestBed(
    {
      layout: VARIABLES,
      adjust: (all) => ({ ...all, timings: { ...all.timings, waitMs: 90_000, waitRetryMs: 90_000 } }),
    },
    (started) => {
      bed = started;
    },
  );
  beforeAll(() => bed.world.settled());

  it('a roll-out that never ends has Helm roll back and give up; the run says so, and everything is as it was', async () => {
    const before = await bed.world.snapshot();
    bed.world.faults.add({ system: 'kubelet', effect: { kind: 'behaviour', name: 'rolloutNeverEnds' } });
    const handle = await bed.start('zot');
    const given = `Helm has given up on HelmRelease identity/authentik (RetriesExceeded: Failed to upgrade after 2 attempt(s))`;
    await bed.until(handle, ({ phase }) => phase === 'undoing', 'the undo');
    await bed.world.clearFaults();

    const failure = await bed.failure(handle);

    expect(failure.message).toContain(given);
    expect(failure.message).toContain('UpgradeFailed: Helm upgrade failed for release identity/authentik');
    expect(failure.kept).toEqual([]);
    await bed.expectAsBefore(before);
  });

  it('a client is registered by a release that has its variable', async () => {
    const result = await bed.register('zot');
    expect([result.outcome, result.checks.filter(({ ok }) => !ok)]).toEqual(['registered', []]);
    const history = (await bed.world.cluster.get(RELEASE))?.['status'].history as readonly { status: string }[];
    expect(history[0]?.status).toBe('deployed');
  });
});
