import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { digestLive } from '../../../activities/deploy/liveDigest.ts';
import { assertUntouched } from '../../../activities/deploy/untouched.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import type { Job } from '../../../core/run/job.ts';
import type { Cluster, KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { applyObject } from '../../../sandbox/argocd/apply.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { testCluster } from '../../fixtures/clusters.ts';

const BASE = 'b'.repeat(40);

const worker = (image: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'authentik-worker', namespace: 'identity' },
  spec: {
    selector: { matchLabels: { app: 'worker' } },
    template: {
      metadata: { labels: { app: 'worker' } },
      spec: { containers: [{ name: 'worker', image, env: [{ name: 'WIKI', value: 'x' }] }] },
    },
  },
});

interface Installed {
  readonly deps: Deps;
  readonly job: Job;
  readonly cluster: Cluster;
}

/** Git's file says one image, and the kustomization another, which is live; Argo CD says how it finds that. */
async function installed(argocd: { readonly status: string; readonly revision?: string }): Promise<Installed> {
  const { cluster } = await testCluster();
  await applyObject(cluster, worker('server:2026.5.0'));
  const installation = installationSchema.parse((await sampleLayout('manual')).installation);
  const file = JSON.stringify(worker('server:kustomized'));
  const state = {
    refreshRequested: false,
    byPosition: false,
    sources: [{ path: 'identity/authentik', comparedRevision: argocd.revision ?? BASE }],
    resources: [{ group: 'apps', kind: 'Deployment', name: 'authentik-worker', status: argocd.status }],
  };
  const deps = {
    installation,
    cluster,
    externalSecrets: {},
    argocd: { application: async () => state, refresh: async () => undefined },
    git: {
      fetch: async () => undefined,
      head: async (branch: string) => (branch === installation.gitops.branch ? BASE : undefined),
      readFile: async () => file,
      listFiles: async () => [],
      changedPaths: async () => ['identity/authentik/worker.yaml'],
      log: async () => [],
    },
  } as unknown as Deps;
  const job = {
    client: 'zot',
    changeId: 'change',
    branch: 'oidc-registrar/zot-change',
    base: BASE,
    land: 'last',
    names: { envVar: 'ZOT', secretKey: 'zot', blueprintKey: 'zot.yaml' },
    edits: [{ entry: 'deployment', kind: 'changed' }],
  } as unknown as Job;
  return { deps, job, cluster };
}

async function read(cluster: Cluster): Promise<KubernetesObject> {
  const live = await cluster.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'identity',
    name: 'authentik-worker',
  });
  if (live === undefined) throw new Error('there is no worker');
  return live;
}

async function edit(cluster: Cluster, change: (container: { image: string; env: object[] }) => void): Promise<void> {
  const live = await read(cluster);
  change(live['spec'].template.spec.containers[0] as { image: string; env: object[] });
  await cluster.replace(live);
}

async function check({ deps, job }: Installed): Promise<void> {
  await new MockActivityEnvironment().run(() => assertUntouched(deps, job, ['deployment']));
}

describe('a job of a release that kept nothing of what was live', () => {
  it('goes on where Argo CD says that the Deployment is as at its base', async () => {
    await expect(check(await installed({ status: 'Synced' }))).resolves.toBeUndefined();
  });

  it.each([
    ['is OutOfSync', { status: 'OutOfSync' }],
    ['is Synced with another commit', { status: 'Synced', revision: 'c'.repeat(40) }],
  ])('is refused as before where it %s', async (_, argocd) => {
    await expect(check(await installed(argocd))).rejects.toThrow(
      `it differs from ${BASE.slice(0, 12)} at /spec/template/spec/containers/0/image`,
    );
  });
});

describe('a job that keeps digests of what was live', () => {
  async function planned(): Promise<Installed> {
    // OutOfSync for ever, as by a drift that allowedDrift names.
    const { deps, job, cluster } = await installed({ status: 'OutOfSync' });
    return { deps, job: { ...job, live: await digestLive(deps, job) }, cluster };
  }

  it('goes on where nothing has changed, whatever file and Argo CD say', async () => {
    await expect(check(await planned())).resolves.toBeUndefined();
  });

  it('goes on where a controller has added a variable', async () => {
    const world = await planned();
    await edit(world.cluster, ({ env }) => env.unshift({ name: 'RELOADED', value: 'hash' }));
    await expect(check(world)).resolves.toBeUndefined();
  });

  it.each<[string, (container: { image: string; env: object[] }) => void]>([
    ['image', (container) => (container.image = 'server:other')],
    ['env/WIKI', ({ env }) => env.splice(0, 1)],
    ['env/ZOT', ({ env }) => env.push({ name: 'ZOT', value: 'by hand' })],
  ])('is refused where a person has changed %s', async (path, change) => {
    const world = await planned();
    await edit(world.cluster, change);
    await expect(check(world)).rejects.toThrow(
      `it differs from what was found then at /spec/template/spec/containers/worker/${path}`,
    );
  });

  it('goes on where allowedDrift names what has changed, by index as a JSON pointer does', async () => {
    const world = await planned();
    await edit(world.cluster, (container) => (container.image = 'server:other'));
    const allowedDrift = [
      { kind: 'Deployment', name: 'authentik-worker', path: '/spec/template/spec/containers/0/image' },
    ];
    const installation = { ...world.deps.installation, allowedDrift };
    await expect(check({ ...world, deps: { ...world.deps, installation } })).resolves.toBeUndefined();
  });
});
