import { describe, expect, test } from 'vitest';
import { checkSynced } from '../../../activities/deploy/argoCdChecks.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import type { ApplicationState } from '../../../integrations/argocd/argocd.ts';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { applyObject } from '../../../sandbox/argocd/apply.ts';
import { severalSources } from '../../fixtures/severalSources.ts';
import { testCluster } from '../../fixtures/clusters.ts';
import { MockActivityEnvironment } from '@temporalio/testing';

const BASE = 'b'.repeat(40);
const VALUES = { valueFiles: ['$values/identity/values.yaml'] };
const AT = ['2026.8.2', BASE, BASE];

const worker = (image: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'authentik-worker',
    namespace: 'identity',
    annotations: { 'argocd.argoproj.io/tracking-id': 'authentik:apps/Deployment:identity/authentik-worker' },
  },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'worker' } },
    template: { metadata: { labels: { app: 'worker' } }, spec: { containers: [{ name: 'worker', image }] } },
  },
});

interface World {
  readonly status: string;
  /** What the last operation was at; undefined where it was of other sources than today's. */
  readonly revisions?: readonly string[] | undefined;
  /** What somebody changes by hand after the sync. */
  readonly byHand?: object;
  readonly allowed?: string;
}

/** A Deployment that Argo CD has applied, of a chart at a version and values at the base. */
async function checked({ status, revisions, byHand, allowed }: World): Promise<readonly string[]> {
  const { installation: layout } = await severalSources('ref');
  const { cluster } = await testCluster();
  await applyObject(cluster, worker('server:2026.8.0'));
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' } as const;
  if (byHand !== undefined) await cluster.mergePatch(ref, { spec: byHand });
  const installation = installationSchema.parse({
    ...layout,
    gitops: { ...layout.gitops, remote: 'https://git.orchard.example/platform/homelab.git' },
    allowedDrift: allowed === undefined ? [] : [{ kind: 'Deployment', name: 'authentik-worker', path: allowed }],
  });
  const ours = { repoURL: installation.gitops.remote, targetRevision: 'main', comparedRevision: BASE };
  const rows = [
    ['external-secrets.io', 'ExternalSecret', 'authentik', 'Synced'],
    ['', 'ConfigMap', 'authentik-blueprints', 'Synced'],
    ['apps', 'Deployment', 'authentik-worker', status],
  ];
  const state = {
    name: 'authentik',
    byPosition: true,
    sources: [
      { repoURL: 'https://charts.goauthentik.io', chart: 'authentik', helm: VALUES, comparedRevision: AT[0] },
      { ...ours, ref: 'values' },
      { ...ours, path: 'identity/authentik' },
    ],
    resources: rows.map(([group, kind, name, each]) => ({ group, kind, name, status: each })),
    lastOperation: { phase: 'Succeeded', revisions, resources: undefined },
    refreshRequested: false,
  } as unknown as ApplicationState;
  const deps = {
    installation,
    cluster,
    argocd: { application: async () => state, refresh: async () => undefined },
    git: { fetch: async () => undefined, head: async () => BASE, changedPaths: async () => ['identity/values.yaml'] },
  } as unknown as Deps;
  return new MockActivityEnvironment().run(() => checkSynced(deps, BASE));
}

describe('what a chart made of our values', () => {
  test('is as it should be where Argo CD says Synced', async () => {
    expect(await checked({ status: 'Synced' })).toEqual([]);
  });

  test('differs where Argo CD says so, by the manifest that it applied last of the same revisions', async () => {
    const byHand = { replicas: 3, template: { spec: { dnsPolicy: 'Default' } } };
    await expect(checked({ status: 'OutOfSync', revisions: AT, byHand })).rejects.toThrow(
      'Deployment authentik-worker is OutOfSync: it differs from the target branch at /spec/replicas',
    );
  });

  test('may differ where it is known, or where nothing of what was applied does', async () => {
    const byHand = { replicas: 3 };
    expect(await checked({ status: 'OutOfSync', revisions: AT, byHand, allowed: '/spec/replicas' })).toEqual([
      'Deployment authentik-worker differs from the target branch at /spec/replicas, allowed by allowedDrift',
    ]);
    expect(await checked({ status: 'OutOfSync', revisions: AT })).toEqual([]);
  });

  test.each([
    ['of other sources', undefined],
    ['of another version of the chart', ['2026.5.0', BASE, BASE]],
    ['of other values', ['2026.8.2', 'c'.repeat(40), BASE]],
    ['of a chart that nobody has compared', ['', BASE, BASE]],
  ])('cannot be told where the last operation was %s, so OutOfSync is refused', async (_what, revisions) => {
    await expect(checked({ status: 'OutOfSync', revisions, allowed: '/spec/replicas' })).rejects.toThrow(
      'Deployment authentik-worker is OutOfSync: it differs from the target branch',
    );
  });
});
