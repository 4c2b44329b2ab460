import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { assertStillDelivered, formerLiveConsumersOf, liveConsumersOf } from '../../../activities/consumers/live.ts';
import { deliverToConsumers, undoDeliverToConsumers } from '../../../activities/register/deliverToConsumers.ts';
import { bring } from '../../../activities/deploy/consumers/placement.ts';
import { placesOf, type ConsumerPlace } from '../../../activities/deploy/consumers/place.ts';
import { unfitConsumers } from '../../../activities/preflight/consumers.ts';
import { assertNotLeft } from '../../../activities/deploy/consumers/shared.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { readRegistration } from '../../../core/installation/readFiles.ts';
import { resolveNames } from '../../../core/names/names.ts';
import type { Job } from '../../../core/run/job.ts';
import type { PlannedEdit } from '../../../core/changes/plannedEdit.ts';
import { sameExternalSecret } from '../../../core/kubernetes/sameExternalSecret.ts';
import { createExternalSecrets } from '../../../integrations/externalSecrets/externalSecretObjects.ts';
import type { KubernetesObject } from '../../../integrations/kubernetes/cluster.ts';
import { createDeployments } from '../../../integrations/kubernetes/deploymentRollout.ts';
import { sampleLayout, type LayoutName } from '../../../sandbox/world/layout.ts';
import { testCluster } from '../../fixtures/clusters.ts';

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
      listFiles: async (_commit: string, folder: string) =>
        [...git.keys()].filter((path) => path.startsWith(`${folder}/`)),
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
  const found = await run(() => unfitConsumers(deps, job, { repair: false }));
  return found.map(({ message }) => message).join('; ');
}

/** Somebody has deployed what Git says. */
async function deployed({ deps, place }: World): Promise<void> {
  const { cluster } = await deps.consumerCluster('hub');
  await cluster.create(structuredClone(place.wanted));
}

async function furnished(at: World, provider: object = {}): Promise<void> {
  const { cluster } = await at.deps.consumerCluster('hub');
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'photos' } });
  await cluster.create({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterSecretStore',
    metadata: { name: 'vault-orchard' },
    spec: { provider },
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

test('what somebody has changed since is neither deleted nor put back, and keeps the vault field', async () => {
  const at = await world('external');
  const { deps, job, place, files } = at;
  files.set(FILE, stringify(place.wanted));
  await deployed(at);
  const { cluster } = await deps.consumerCluster('hub');
  await cluster.mergePatch(place.ref, { spec: { refreshInterval: '5m' } });

  files.delete(FILE);
  const undone = await run(() => undoDeliverToConsumers(deps, job));
  expect(undone).toMatchObject({ undone: [], blocks: true, kept: [{ what: place.label }] });
  expect((await at.live())?.['spec'].refreshInterval).toBe('5m');
});

test('one that was pointed to our field points to the old one again', async () => {
  const at = await world('external', 'changed');
  const { deps, job, place, files } = at;
  const old = structuredClone(place.wanted) as unknown as KubernetesObject;
  old['spec'].data[0].remoteRef = { key: 'Dex', property: 'photos' };
  files.set(FILE, stringify(place.wanted));
  await deployed(at);

  files.set(FILE, stringify(old));
  const { cluster } = await deps.consumerCluster('hub');
  const undone = await run(
    () => undoDeliverToConsumers(deps, job),
    () => cluster.mergePatch(place.ref, { spec: old['spec'] }),
  );
  expect(undone.undone).toEqual([`${place.label} points to what it pointed to`]);
  expect(sameExternalSecret((await at.live())?.['spec'], old['spec'])).toBe(true);
});

test('where somebody else deploys, the object is waited for, and until it has gone', async () => {
  const at = await world('external');
  const { deps, job, place, files } = at;
  files.set(FILE, stringify(place.wanted));
  const brought = run(() => bring(deps, { ...placement(at), landed: true }));
  await deployed(at);
  await brought;
  const { cluster } = await deps.consumerCluster('hub');

  files.delete(FILE);
  await expect(run(() => undoDeliverToConsumers(deps, job))).rejects.toThrow('somebody else deletes it');
  const gone = await run(
    () => undoDeliverToConsumers(deps, job),
    () => cluster.delete(place.ref),
  );
  expect(gone.undone).toEqual([`${place.label} is gone`]);
});

/** The Secret that External Secrets has made, with the client's key in it. */
async function madeSecret({ deps }: World): Promise<KubernetesObject> {
  const { cluster } = await deps.consumerCluster('hub');
  const metadata = { name: 'photos-oidc', namespace: 'photos' };
  return cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { 'client-secret': 'eA==' } });
}

const KEY = 'key client-secret of Secret photos/photos-oidc';

test('where somebody else was quicker with the object, its Secret is waited for still, and listed where it stays', async () => {
  const at = await world('external');
  await madeSecret(at);
  const left = await run(() => undoDeliverToConsumers(at.deps, at.job));
  expect(left.kept).toEqual([
    {
      what: KEY,
      why: 'Kubernetes deletes it once its ExternalSecret is gone (creationPolicy Owner), and has not done so yet.',
      remedy: 'kubectl -n photos delete secret photos-oidc',
    },
  ]);
  expect(left.blocks).toBe(false);

  const { cluster } = await at.deps.consumerCluster('hub');
  await cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'photos', name: 'photos-oidc' });
  expect((await run(() => undoDeliverToConsumers(at.deps, at.job))).kept).toEqual([]);
});

test('a consumer that is no longer named tells of the Secret that External Secrets leaves', async () => {
  const at = await world('external');
  await madeSecret(at);
  const { registration } = at.job;
  const [consumer] = registration.spec.consumers as unknown as readonly ConsumerPlace['consumer'][];
  const job = {
    ...at.job,
    registration: { ...registration, spec: { ...registration.spec, consumers: [] } },
    formerSecrets: [{ ...consumer, target: { ...consumer?.target, creationPolicy: 'Orphan' } }],
    edits: [{ step: 'deliverToConsumers', entry: 'former consumerSecret/0', path: FILE, kind: 'removed' }],
  } as unknown as Job;

  const { note, warnings } = await run(() => deliverToConsumers(at.deps, job));

  expect(note).toBe(`${at.place.label} is gone`);
  expect(warnings).toEqual([
    `${KEY}: External Secrets leaves it there (creationPolicy Orphan). kubectl -n photos delete secret photos-oidc`,
  ]);
});

test('a Secret that another consumer of the client fills is not told of as left over', async () => {
  const at = await world('external');
  await madeSecret(at);
  const { registration } = at.job;
  const [consumer] = registration.spec.consumers as unknown as readonly ConsumerPlace['consumer'][];
  const orphan = { ...consumer, target: { ...consumer?.target, name: 'photos-oidc', creationPolicy: 'Orphan' } };
  const former = { ...orphan, name: 'photos-before', file: 'apps/photos/before.yaml' };
  const job = {
    ...at.job,
    registration: {
      ...registration,
      spec: { ...registration.spec, consumers: [{ ...orphan, kind: 'externalSecret' }] },
    },
    formerSecrets: [former],
    edits: [
      { step: 'deliverToConsumers', entry: 'former consumerSecret/0', path: former.file, kind: 'removed' },
      ...at.job.edits,
    ],
  } as unknown as Job;
  const [before] = formerLiveConsumersOf(at.deps, job);

  expect((await run(async () => before?.remainder([])))?.kept).toMatchObject([{ what: KEY }]);
  expect((await run(async () => before?.remainder(liveConsumersOf(at.deps, job))))?.kept).toEqual([]);
});

test('preflight names a namespace and a store that are not there', async () => {
  const at = await world('external');
  const message = await problems(at);
  expect(message).toContain(
    'cluster hub has no namespace photos, for ExternalSecret photos/photos-oidc of cluster hub',
  );
  expect(message).toContain('cluster hub has no ClusterSecretStore vault-orchard');
});

test('preflight refuses a store that reads something else than the vault', async () => {
  const at = await world('external');
  await furnished(at, { gcpsm: { projectID: 'x' } });
  expect(await problems(at)).toContain(
    'ExternalSecret photos/photos-oidc of cluster hub is filled from ClusterSecretStore vault-orchard, which reads Google Secret Manager',
  );
});

test('preflight refuses a name that others have, for the ExternalSecret and for its Secret', async () => {
  const at = await world('external');
  await furnished(at);
  expect(await problems(at)).toBe('');

  const { cluster } = await at.deps.consumerCluster('hub');
  const metadata = { name: 'photos-oidc', namespace: 'photos' };
  // Keys of others: External Secrets would drop them, and Kubernetes delete the Secret with the ExternalSecret.
  const data = { password: 'eA==', url: 'eA==' };
  await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data });
  const message = 'Secret photos/photos-oidc is there already, and creationPolicy Owner would write over all of it';
  expect(await problems(at)).toContain(message);
  expect(await problems(changed(at, { target: { creationPolicy: 'Merge' } }))).toBe('');
  const merging = { target: { creationPolicy: 'Merge' }, keys: { issuer: 'url' } };
  expect(await problems(changed(at, merging))).toContain(
    'holds a key url already, which creationPolicy Merge would overwrite',
  );

  await cluster.create({
    ...(structuredClone(at.place.wanted) as unknown as KubernetesObject),
    spec: { secretStoreRef: { name: 'other' }, data: [] },
  });
  expect(await problems(at)).toContain('ExternalSecret photos/photos-oidc of cluster hub is there already');
});

test('preflight refuses what another registration names: a copied one would point it to our secret', async () => {
  const at = await world('external');
  await furnished(at);
  const { registration } = at.job;
  const other = structuredClone(registration) as { metadata: { name: string } };
  other.metadata.name = 'albums';
  at.files.set(`${at.deps.installation.gitops.registrations}/albums.yaml`, stringify(other));
  expect(await problems(at)).toContain(
    'ExternalSecret photos/photos-oidc of cluster hub is that of client albums, whose registration names it too',
  );
  at.files.set(`${at.deps.installation.gitops.registrations}/albums.yaml`, stringify(registration));
  expect(await problems(at)).toBe('');
});

test('a removal does not go on while the object is there, live without a file or by a sync of others', async () => {
  const at = await world('external');
  const { deps, job, place } = at;
  const removal = { ...job, land: 'last', removal: {} } as unknown as Job;
  await assertNotLeft(deps, place);
  await assertStillDelivered(deps, removal);
  const { cluster } = await deps.consumerCluster('hub');
  await cluster.create(structuredClone(place.wanted));
  await expect(assertNotLeft(deps, place)).rejects.toThrow(`${place.label} is live, but ${FILE} of the target branch`);
  await expect(assertStillDelivered(deps, removal)).rejects.toThrow(`${place.label} is still there`);
});

test('preflight refuses to move an object that is in service to another file, and to a Secret that others have', async () => {
  const at = await world('external');
  await furnished(at);
  at.files.set(FILE, stringify(at.place.wanted));
  await deployed(at);
  const [consumer] = at.job.registration.spec.consumers;
  const edits = [
    { step: 'deliverToConsumers', entry: 'former consumerSecret/0', path: FILE, kind: 'updated' },
  ] as const;
  const before = { vaultField: false } as Job['before'];
  const moved = changed(
    { ...at, job: { ...at.job, before, formerSecrets: [consumer], edits } as Job },
    { file: 'apps/photos/moved.yaml' },
  );
  expect(await problems(moved)).toContain(`is in ${FILE}, and spec.consumers.0.file names apps/photos/moved.yaml`);

  const { cluster } = await at.deps.consumerCluster('hub');
  const metadata = { name: 'theirs', namespace: 'photos' };
  await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { url: 'eA==' } });
  const target = { name: 'theirs', creationPolicy: 'Owner' };
  expect(await problems(changed(at, { target }))).toContain('Secret photos/theirs is there already');
});

/** The same with another consumer. */
function changed(at: World, change: object): World {
  const { registration } = at.job;
  const consumers = registration.spec.consumers.map((consumer) => ({ ...consumer, ...change }));
  return {
    ...at,
    job: { ...at.job, registration: { ...registration, spec: { ...registration.spec, consumers } } },
  };
}

test('preflight refuses a cluster that registrar.yaml does not name, and an Application where Argo CD does not deploy', async () => {
  const at = await world('external');
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
