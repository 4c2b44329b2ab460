import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { undoDeliverToConsumers } from '../../activities/consumers/deliver.ts';
import { consumerDeployerOf } from '../../activities/consumers/deployers.ts';
import { placesOf, type ConsumerPlace } from '../../activities/consumers/place.ts';
import { checkConsumerPlaces } from '../../activities/consumers/preflight.ts';
import type { Deps } from '../../activities/deps.ts';
import { Problems } from '../../activities/preflight/problems.ts';
import { RegistrarError } from '../../core/errors.ts';
import { installationSchema } from '../../core/installation.ts';
import { readRegistration } from '../../core/readFiles.ts';
import { resolveNames } from '../../core/resolve.ts';
import type { Job, PlannedEdit } from '../../core/run.ts';
import { sameExternalSecret } from '../../core/sameExternalSecret.ts';
import { createExternalSecrets } from '../../integrations/externalSecrets/externalSecretObjects.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../integrations/kubernetes/deploymentRollout.ts';
import { sampleLayout, type LayoutName } from '../../sandbox/layout.ts';
import { testCluster } from '../fixtures/clusters.ts';

// Where Argo CD does not deploy. With Argo CD the whole of it runs in test/e2e/consumers.test.ts.

const FILE = 'apps/photos/external-secret.yaml';

interface World {
  readonly deps: Deps;
  readonly job: Job;
  readonly place: ConsumerPlace;
  /** What Git says at every commit. */
  readonly files: Map<string, string>;
  readonly live: () => Promise<KubernetesObject | undefined>;
}

async function world(layout: LayoutName, kind: PlannedEdit['kind'] = 'created'): Promise<World> {
  const { cluster } = await testCluster('hub');
  const sample = await sampleLayout(layout);
  const installation = installationSchema.parse({
    ...sample.installation,
    clusters: { hub: {}, edge: {} },
    timings: { pollMs: 20, absentForMs: 60, waitMs: 300 },
  });
  const { files } = await sampleLayout('consumers');
  const registration = readRegistration(
    (files['oidc-clients/photos.yaml'] ?? '').replace('      application: photos\n', ''),
    'photos.yaml',
  );
  const git = new Map<string, string>();
  const deps = {
    installation,
    consumerCluster: async () => ({
      cluster,
      externalSecrets: createExternalSecrets(cluster),
      deployments: createDeployments(cluster),
    }),
    git: {
      readFile: async (_commit: string, path: string) => git.get(path),
      fetch: async () => undefined,
      head: async () => 'head',
    },
  } as unknown as Deps;
  const job = {
    registration,
    names: resolveNames(registration, installation),
    base: 'base',
    land: installation.gitops.land,
    edits: [{ step: 'deliverToConsumers', entry: 'consumerSecret/0', path: FILE, kind }],
  } as unknown as Job;
  const [place] = placesOf(deps, job);
  if (place === undefined) throw new Error('there is no such consumer');
  return { deps, job, place, files: git, live: () => cluster.get(place.ref) };
}

/** An activity that may take a while, but not long; its heartbeats are acknowledged. */
const run = <T>(work: () => Promise<T>, heard: () => unknown = () => undefined): Promise<T> => {
  const client = {
    activity: { heartbeat: async () => undefined },
    withAbortSignal: async (_signal: AbortSignal, work: () => Promise<unknown>) => work(),
  } as unknown as Client;
  const environment = new MockActivityEnvironment(
    { startToCloseTimeoutMs: 800, scheduleToCloseTimeoutMs: 0 },
    { client },
  );
  environment.once('heartbeat', heard);
  return environment.run(work);
};

const placement = ({ job, place }: World) => ({ job, place, purpose: 'test', commit: 'commit', landed: false });

async function problems({ deps, job }: World): Promise<string> {
  const found = new Problems();
  await run(() => checkConsumerPlaces(deps, job, found, { repair: false }));
  try {
    found.throwIfAny();
    return '';
  } catch (error) {
    return (error as RegistrarError).message;
  }
}

async function furnished(at: World): Promise<void> {
  const { cluster } = await at.deps.consumerCluster('hub');
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'photos' } });
  await cluster.create({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'vault-orchard' },
    spec: {},
  });
  const ref = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    namespace: '',
    name: 'vault-orchard',
  };
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  await cluster.mergePatch({ ...ref, subresource: 'status' }, { status });
}

test('the job itself applies the object, and deletes what it made', async () => {
  const at = await world('apply');
  const { deps, job, place, files } = at;
  files.set(FILE, stringify(place.wanted));
  await run(() => consumerDeployerOf(deps).bring(deps, placement(at)));
  expect(sameExternalSecret((await at.live())?.['spec'], place.wanted.spec)).toBe(true);

  files.delete(FILE);
  const undone = await run(() => undoDeliverToConsumers(deps, job));
  expect(await at.live()).toBeUndefined();
  expect(undone).toEqual({ undone: [`${place.label} is gone`], kept: [], blocks: false });
  // A further attempt finds nothing left to do.
  expect(await run(() => undoDeliverToConsumers(deps, job))).toEqual({ undone: [], kept: [], blocks: false });
});

test('what somebody has changed since is neither deleted nor put back, and keeps the vault field', async () => {
  const at = await world('apply');
  const { deps, job, place, files } = at;
  files.set(FILE, stringify(place.wanted));
  await run(() => consumerDeployerOf(deps).bring(deps, placement(at)));
  const { cluster } = await deps.consumerCluster('hub');
  await cluster.mergePatch(place.ref, { spec: { refreshInterval: '5m' } });

  files.delete(FILE);
  const undone = await run(() => undoDeliverToConsumers(deps, job));
  expect(undone).toMatchObject({ undone: [], blocks: true, kept: [{ what: place.label }] });
  expect((await at.live())?.['spec'].refreshInterval).toBe('5m');
});

test('one that was pointed to our field points to the old one again', async () => {
  const at = await world('apply', 'changed');
  const { deps, job, place, files } = at;
  const old = structuredClone(place.wanted) as unknown as KubernetesObject;
  old['spec'].data[0].remoteRef = { key: 'Dex', property: 'photos' };
  files.set(FILE, stringify(place.wanted));
  await run(() => consumerDeployerOf(deps).bring(deps, placement(at)));

  files.set(FILE, stringify(old));
  const undone = await run(() => undoDeliverToConsumers(deps, job));
  expect(undone.undone).toEqual([`${place.label} points to what it pointed to`]);
  expect(sameExternalSecret((await at.live())?.['spec'], old['spec'])).toBe(true);
});

test('where somebody else deploys, the object is waited for, and until it has gone', async () => {
  const at = await world('flux');
  const { deps, job, place, files } = at;
  files.set(FILE, stringify(place.wanted));
  const brought = run(() => consumerDeployerOf(deps).bring(deps, { ...placement(at), landed: true }));
  const { cluster } = await deps.consumerCluster('hub');
  await cluster.create(structuredClone(place.wanted));
  await brought;

  files.delete(FILE);
  await expect(run(() => undoDeliverToConsumers(deps, job))).rejects.toThrow('somebody else deletes it');
  const gone = await run(
    () => undoDeliverToConsumers(deps, job),
    () => cluster.delete(place.ref),
  );
  expect(gone.undone).toEqual([`${place.label} is gone`]);
});

test('preflight names a namespace and a store that are not there', async () => {
  const at = await world('apply');
  const message = await problems(at);
  expect(message).toContain(
    'cluster hub has no namespace photos, for ExternalSecret photos/photos-oidc of cluster hub',
  );
  expect(message).toContain('cluster hub has no ClusterSecretStore vault-orchard');
});

test('preflight refuses a name that others have, for the ExternalSecret and for its Secret', async () => {
  const at = await world('apply');
  await furnished(at);
  expect(await problems(at)).toBe('');

  const { cluster } = await at.deps.consumerCluster('hub');
  const metadata = { name: 'photos-oidc', namespace: 'photos' };
  const data = { 'client-secret': 'eA==' };
  await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data });
  expect(await problems(at)).toContain('Secret photos/photos-oidc holds a key client-secret already');

  await cluster.create({
    ...(structuredClone(at.place.wanted) as unknown as KubernetesObject),
    spec: { secretStoreRef: { name: 'other' }, data: [] },
  });
  expect(await problems(at)).toContain('ExternalSecret photos/photos-oidc of cluster hub is there already');
});

test('preflight refuses a cluster that registrar.yaml does not name, and an Application where Argo CD does not deploy', async () => {
  const at = await world('apply');
  await furnished(at);
  const [consumer] = at.job.registration.spec.consumers;
  const asking = (change: object): World => ({
    ...at,
    job: {
      ...at.job,
      registration: {
        ...at.job.registration,
        spec: { ...at.job.registration.spec, consumers: [{ ...consumer, ...change }] },
      },
    } as Job,
  });
  expect(await problems(asking({ cluster: 'moon' }))).toContain(
    'spec.consumers.0.cluster is "moon", which registrar.yaml does not name (known: hub, edge)',
  );
  expect(await problems(asking({ application: 'photos' }))).toContain('but Argo CD does not deploy here');
});
