import { describe, expect, test } from 'vitest';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import type { ApplicationState, ArgoCd } from '../../integrations/argocd/argocd.ts';
import { applicationRef } from '../fixtures/argo.ts';
import { testCluster, type TestCluster } from '../fixtures/clusters.ts';

const CHART = {
  repoURL: 'https://charts.goauthentik.io',
  chart: 'authentik',
  targetRevision: '2026.8.*',
  helm: { valueFiles: ['$values/apps/authentik/values.yaml'] },
};
const VALUES = { repoURL: 'https://git.example.test/home.git', targetRevision: 'main', ref: 'values' };
const MANIFESTS = { repoURL: 'https://git.example.test/home.git', path: 'apps/authentik/manifests' };
const COMMIT = 'a'.repeat(40);

interface Written {
  readonly spec: object;
  readonly status?: object;
  /** Kind of the object that owns it. */
  readonly owner?: string;
}

async function written({ spec, status, owner }: Written): Promise<{ argocd: ArgoCd; hub: TestCluster }> {
  const hub = await testCluster('hub');
  const { namespace, name, ...kind } = applicationRef;
  await hub.cluster.create({
    ...kind,
    metadata: { name, namespace, ...(owner === undefined ? {} : { ownerReferences: [await ownerOf(hub, owner)] }) },
    spec: { destination: {}, ...spec },
    ...(status === undefined ? {} : { status }),
  });
  return { argocd: createArgoCd(hub.cluster, 'argocd'), hub };
}

/** What an object that is owned says of an owner that there is. */
async function ownerOf({ cluster }: TestCluster, kind: string) {
  const { apiVersion, namespace } = applicationRef;
  const { metadata } = await cluster.create({ apiVersion, kind, metadata: { name: 'apps', namespace }, spec: {} });
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' };
}

async function stateOf(application: Written): Promise<ApplicationState> {
  const { argocd } = await written(application);
  return argocd.application(applicationRef.name);
}

describe('the sources of an Application', () => {
  test('are those of spec.sources by position, with what each was compared with', async () => {
    const status = { sync: { status: 'Synced', revisions: ['2026.8.2', COMMIT, COMMIT] } };
    const state = await stateOf({ spec: { sources: [CHART, VALUES, MANIFESTS] }, status });
    expect(state).toMatchObject({ byPosition: true, hydrated: false, madeBy: undefined });
    expect(state.sources).toMatchObject([
      { chart: 'authentik', targetRevision: '2026.8.*', comparedRevision: '2026.8.2', helm: CHART.helm },
      { ref: 'values', path: undefined, targetRevision: 'main', comparedRevision: COMMIT },
      { ref: undefined, path: MANIFESTS.path, targetRevision: 'HEAD', comparedRevision: COMMIT },
    ]);
  });

  test.each([
    ['spec.sources before spec.source', { source: CHART, sources: [MANIFESTS] }, [MANIFESTS.repoURL], true],
    ['spec.source where spec.sources are empty', { source: MANIFESTS, sources: [] }, [MANIFESTS.repoURL], false],
    ['spec.source where spec.sources are null', { source: MANIFESTS, sources: null }, [MANIFESTS.repoURL], false],
    ['none where there is neither', {}, [], false],
    ['none with spec.sourceHydrator', { sources: [MANIFESTS], sourceHydrator: { drySource: {} } }, [], false],
  ])('are %s', async (_what, spec, addresses, byPosition) => {
    const state = await stateOf({ spec });
    expect(state.sources.map(({ repoURL }) => repoURL)).toEqual(addresses);
    expect(state).toMatchObject({ byPosition, hydrated: 'sourceHydrator' in spec });
  });

  test.each([
    ['ApplicationSet', 'apps'],
    ['Application', undefined],
  ])('of one that an %s owns say so: %s', async (owner, madeBy) => {
    expect(await stateOf({ spec: { source: MANIFESTS }, owner })).toMatchObject({ madeBy });
  });
});

describe('a sync of several sources', () => {
  test('names a revision by position where it is of ours, and leaves the others to the Application', async () => {
    const { argocd, hub } = await written({ spec: { sources: [CHART, VALUES, MANIFESTS] } });
    const isOf = ({ chart }: { readonly chart: string | undefined }): boolean => chart === undefined;
    await argocd.sync({ application: applicationRef.name, revision: COMMIT, isOf, prune: false, id: 'ours' });
    const live = await hub.cluster.get(applicationRef);
    expect(live?.['operation'].sync).toEqual({ revisions: ['', COMMIT, COMMIT], prune: false });
  });

  const ofToday = { sources: [CHART, VALUES, MANIFESTS], revisions: ['2026.8.2', COMMIT, COMMIT] };
  test.each([
    ['of the sources of today', ofToday, ofToday.revisions],
    [
      'of sources that Argo CD wrote down without empty fields',
      { ...ofToday, sources: [{ ...CHART, path: '' }, { ...VALUES, directory: {} }, MANIFESTS] },
      ofToday.revisions,
    ],
    [
      'of another version of the chart',
      { ...ofToday, sources: [{ ...CHART, targetRevision: '2026.5.0' }, VALUES, MANIFESTS] },
      undefined,
    ],
    ['of fewer sources', { sources: [VALUES], revisions: [COMMIT] }, undefined],
    ['of a single source', { source: MANIFESTS, revision: COMMIT }, undefined],
    [
      'of other values',
      { ...ofToday, sources: [{ ...CHART, helm: { valuesObject: {} } }, VALUES, MANIFESTS] },
      undefined,
    ],
  ])('that ended %s tells its revisions: %s', async (_what, syncResult, revisions) => {
    const operationState = { phase: 'Succeeded', syncResult };
    const { lastOperation } = await stateOf({
      spec: { sources: [CHART, VALUES, MANIFESTS] },
      status: { operationState },
    });
    expect(lastOperation?.revisions).toEqual(revisions);
  });

  test.each([
    ['of the source of today', { source: MANIFESTS, revision: COMMIT }, [COMMIT]],
    ['of another folder', { source: { ...MANIFESTS, path: 'x' }, revision: COMMIT }, undefined],
    ['that does not say of what', { source: { repoURL: '' }, revision: COMMIT }, [COMMIT]],
  ])('one of a single source %s: %j', async (_what, syncResult, revisions) => {
    const operationState = { phase: 'Succeeded', syncResult };
    const { lastOperation } = await stateOf({ spec: { source: MANIFESTS }, status: { operationState } });
    expect(lastOperation?.revisions).toEqual(revisions);
  });
});
