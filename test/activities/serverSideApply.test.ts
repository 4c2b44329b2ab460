import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { serverSideApply } from '../../activities/deploy/serverSideApply.ts';
import type { Deps } from '../../activities/deps.ts';
import type { ResourceName } from '../../activities/live.ts';
import type { UndoJournal } from '../../activities/undoJournal.ts';
import { installationSchema } from '../../core/installation.ts';
import type { Job, Undone } from '../../core/run.ts';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import { createCluster } from '../../integrations/kubernetes/clientNode.ts';
import type { Cluster, KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import { sampleLayout } from '../../sandbox/layout.ts';
import { CLUSTER_TOKEN, temporaryFolder, testCluster } from '../fixtures/clusters.ts';

const ALL: readonly ResourceName[] = ['externalSecret', 'configMap', 'deployment'];
const META = { namespace: 'identity' };
const configMap = (data: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'authentik-blueprints', ...META },
  data,
});
const externalSecret = (...keys: readonly string[]): KubernetesObject => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'authentik', ...META },
  spec: {
    secretStoreRef: { kind: 'ClusterSecretStore', name: 'store' },
    data: keys.map((secretKey) => ({ secretKey, remoteRef: { key: 'item', property: secretKey } })),
  },
});
const deployment = (...names: readonly string[]): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'authentik-worker', ...META },
  spec: {
    selector: { matchLabels: { app: 'worker' } },
    template: {
      metadata: { labels: { app: 'worker' } },
      spec: { containers: [{ name: 'worker', image: 'authentik', env: names.map((name) => ({ name, value: name })) }] },
    },
  },
});

/** What the Git repository says: all manifests, with the entries of these clients. */
function manifests(...clients: readonly string[]): readonly KubernetesObject[] {
  return [
    configMap(Object.fromEntries(['wiki', ...clients].map((name) => [`${name}.yaml`, name]))),
    externalSecret(...['wiki', ...clients].map((name) => `${name}-secret`)),
    deployment('WIKI', ...clients.map((name) => name.toUpperCase())),
  ];
}

function jobOf(client: string, deploy: readonly ResourceName[] = []): Job {
  return {
    client,
    ...(deploy.length === 0 ? {} : { repair: { deploy } }),
    base: 'base',
    names: { blueprintKey: `${client}.yaml`, secretKey: `${client}-secret`, envVar: client.toUpperCase() },
    edits: ALL.map((entry) => ({ entry, kind: deploy.length === 0 ? 'changed' : 'alreadyThere' })),
  } as unknown as Job;
}

/** Everything deployed by `by`; Git says what `manifests(...clients)` says. */
async function installed(
  by: string,
  clients: readonly string[],
  takeOverFrom?: string[],
): Promise<{ deps: Deps; as: (manager: string) => Promise<Cluster> }> {
  const { standIn } = await testCluster();
  const kubeconfig = path.join(await temporaryFolder(), 'kubeconfig');
  await writeFile(kubeconfig, standIn.kubeconfig(CLUSTER_TOKEN));
  const as = (fieldManager?: string): Promise<Cluster> =>
    createCluster({
      name: 'edge',
      kubeconfig,
      timeoutMs: 5_000,
      ...(fieldManager === undefined ? {} : { fieldManager }),
    });
  const person = await as(by);
  await person.create({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'store' },
    spec: {},
  });
  for (const object of manifests()) await person.create(object);
  const layout = (await sampleLayout('apply')).installation;
  const installation = installationSchema.parse({
    ...layout,
    authentik: { ...layout.authentik, ...(takeOverFrom === undefined ? {} : { takeOverFrom }) },
  });
  const { blueprints, externalSecret: secret, deployment: worker } = installation.authentik;
  const texts = manifests(...clients).map((object) => JSON.stringify(object));
  const files = new Map([blueprints.file, secret.file, worker.file].map((file, i) => [file, texts[i]]));
  const cluster = await as();
  const deps = {
    installation,
    cluster,
    externalSecrets: createExternalSecrets(cluster),
    deployments: createDeployments(cluster),
    git: { readFile: async (_commit: string, file: string) => files.get(file) },
  } as unknown as Deps;
  return { deps, as };
}

const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);

async function deploy(deps: Deps, client: string, resources = ALL): Promise<void> {
  let looked = 0;
  const missing = async (): Promise<string | undefined> => (looked++ === 0 ? 'nothing is live' : undefined);
  const wanted = { job: jobOf(client), purpose: 'test', commit: 'commit', resources, missing };
  await run(() => serverSideApply.deployCommit(deps, wanted));
}

/** Entries of our name are there: only the repair says that something is due. */
async function repair(deps: Deps, client: string, due: readonly ResourceName[]): Promise<void> {
  const wanted = { job: jobOf(client, due), purpose: 'test', commit: 'commit', resources: ALL };
  await run(() => serverSideApply.deployCommit(deps, { ...wanted, missing: async () => undefined }));
}

async function takeBack(deps: Deps, client: string): Promise<Undone> {
  const undone: string[] = [];
  const journal = {
    begin: async () => undefined,
    done: (...deeds: readonly { readonly done: string }[]) => undone.push(...deeds.map(({ done }) => done)),
  } as unknown as UndoJournal;
  const wanted = { job: jobOf(client), step: 'syncBlueprint', resources: ALL, journal } as const;
  const left = await run(() => serverSideApply.takeBack(deps, wanted));
  return { ...left, undone };
}

/** The names of what is live, by kind. */
async function liveNames({ cluster }: Deps): Promise<Readonly<Record<string, readonly string[]>>> {
  const read = async (object: KubernetesObject) =>
    cluster.get({ apiVersion: object.apiVersion, kind: object.kind, ...META, name: object.metadata.name });
  const [map, secret, worker] = await Promise.all(manifests().map(read));
  return {
    map: Object.keys(map?.['data']),
    secret: secret?.['spec'].data.map((entry: { secretKey: string }) => entry.secretKey),
    env: worker?.['spec'].template.spec.containers[0].env.map((entry: { name: string }) => entry.name),
  };
}

const WIKI = { map: ['wiki.yaml'], secret: ['wiki-secret'], env: ['WIKI'] };

describe('the job, where it applies by itself,', () => {
  test('adds its entries and takes them out again, those of another client untouched', async () => {
    const { deps } = await installed('kubectl-client-side-apply', ['zot', 'forge']);
    await deploy(deps, 'zot');
    await deploy(deps, 'forge');
    expect(await liveNames(deps)).toEqual({
      map: ['wiki.yaml', 'zot.yaml', 'forge.yaml'],
      secret: ['wiki-secret', 'zot-secret', 'forge-secret'],
      env: ['WIKI', 'ZOT', 'FORGE'],
    });

    const undone = await takeBack(deps, 'zot');

    expect(undone).toMatchObject({ kept: [], blocks: false });
    expect(undone.undone).toHaveLength(3);
    expect(await liveNames(deps)).toEqual({
      map: ['wiki.yaml', 'forge.yaml'],
      secret: ['wiki-secret', 'forge-secret'],
      env: ['WIKI', 'FORGE'],
    });
    expect(await takeBack(deps, 'forge')).toMatchObject({ kept: [], blocks: false });
    expect(await liveNames(deps)).toEqual(WIKI);
    expect(await takeBack(deps, 'forge')).toEqual({ undone: [], kept: [], blocks: false });
  });

  test('leaves what others deploy beside its entries', async () => {
    const { deps, as } = await installed('kubectl-client-side-apply', ['zot']);
    await deploy(deps, 'zot');
    const person = await as('kubectl-client-side-apply');
    await person.mergePatch(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'authentik-blueprints', ...META },
      { data: { new: 'x' } },
    );

    await takeBack(deps, 'zot');

    expect((await liveNames(deps))['map']).toEqual(['wiki.yaml', 'new']);
  });

  test('lists an entry that another manager has come to hold as well, and blocks what it still needs', async () => {
    const { deps, as } = await installed('kubectl-client-side-apply', ['zot']);
    await deploy(deps, 'zot');
    const flux = await as('kustomize-controller');
    for (const object of manifests('zot')) await flux.apply(object, { force: true });

    const undone = await takeBack(deps, 'zot');

    expect(undone.blocks).toBe(true);
    expect(undone.undone).toEqual([]);
    expect(undone.kept.map(({ what }) => what)).toEqual([
      'the entry of zot in the live ExternalSecret authentik',
      'the entry of zot in the live ConfigMap authentik-blueprints',
      'the entry of zot in the live Deployment authentik-worker',
    ]);
    for (const { why } of undone.kept) expect(why).toContain('field manager kustomize-controller holds it too');
    // Git is reverted, and that manager applies it: nothing is left of the entry.
    for (const object of manifests()) await flux.apply(object, { force: true });
    expect(await takeBack(deps, 'zot')).toMatchObject({ kept: [], blocks: false });
    expect(await liveNames(deps)).toEqual(WIKI);
  });

  test('takes spec.data over only from managers that may be overruled', async () => {
    const { deps } = await installed('helm', ['zot']);
    await expect(deploy(deps, 'zot', ['externalSecret'])).rejects.toMatchObject({
      kind: 'Refused',
      message: 'ExternalSecret authentik cannot be applied: other field managers hold .spec.data by helm',
      remedy: expect.stringContaining('authentik.takeOverFrom') as string,
    });
    expect(await liveNames(deps)).toEqual(WIKI);

    const named = await installed('helm', ['zot'], ['helm']);
    await deploy(named.deps, 'zot', ['externalSecret']);
    expect((await liveNames(named.deps))['secret']).toEqual(['wiki-secret', 'zot-secret']);
  });

  test('leaves an entry of spec.data that is there in its place, so that it meets no conflict', async () => {
    const { deps, as } = await installed('helm', ['zot']);
    const helm = await as('helm');
    const { spec, metadata, ...kind } = externalSecret('zot-secret', 'wiki-secret');
    await helm.mergePatch({ ...kind, ...META, name: metadata.name }, { spec });

    await deploy(deps, 'zot', ['externalSecret']);

    expect((await liveNames(deps))['secret']).toEqual(['zot-secret', 'wiki-secret']);
  });

  test('refuses an entry of its name that says something else', async () => {
    const { deps, as } = await installed('kubectl-client-side-apply', ['zot']);
    const person = await as('kubectl-client-side-apply');
    await person.mergePatch(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'authentik-blueprints', ...META },
      { data: { 'zot.yaml': 'by hand' } },
    );

    await expect(deploy(deps, 'zot')).rejects.toMatchObject({ kind: 'Collision' });
  });

  test('puts entries of its name right in a repair, whoever updated them, and nothing beside them', async () => {
    const { deps, as } = await installed('kubectl-client-side-apply', ['zot']);
    await deploy(deps, 'zot');
    const person = await as('kubectl-edit');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', name: 'authentik-blueprints', ...META };
    const secret = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'authentik', ...META };
    await person.mergePatch(map, { data: { 'zot.yaml': 'by hand', 'wiki.yaml': 'by hand too' } });
    const wiki = { secretKey: 'wiki-secret', remoteRef: { key: 'item', property: 'wiki-secret' } };
    const other = { secretKey: 'zot-secret', remoteRef: { key: 'item', property: 'another' } };
    await person.mergePatch(secret, { spec: { data: [other, wiki] } });

    await repair(deps, 'zot', ['configMap', 'externalSecret']);

    expect((await deps.cluster.get(map))?.['data']).toEqual({ 'zot.yaml': 'zot', 'wiki.yaml': 'by hand too' });
    const data = (await deps.cluster.get(secret))?.['spec'].data as { remoteRef: { property: string } }[];
    expect(data.map(({ remoteRef }) => remoteRef.property)).toEqual(['zot-secret', 'wiki-secret']);
  });

  test('takes no entry in a repair from a manager that applies it, nor one that is not to be repaired', async () => {
    const { deps, as } = await installed('kubectl-client-side-apply', ['zot']);
    await deploy(deps, 'zot');
    const flux = await as('kustomize-controller');
    await flux.apply(configMap({ 'zot.yaml': 'by a controller' }), { force: true });

    await expect(repair(deps, 'zot', ['configMap'])).rejects.toMatchObject({
      kind: 'Refused',
      message: expect.stringContaining('.data.zot.yaml by kustomize-controller') as string,
    });
    await expect(repair(deps, 'zot', ['externalSecret'])).rejects.toMatchObject({ kind: 'Collision' });
  });
});
