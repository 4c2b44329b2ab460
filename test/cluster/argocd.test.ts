import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { consumerSecret, consumerSecretText } from '../../core/kubernetes/consumerSecret.ts';
import { externalSecret } from '../../core/consumers/externalSecret/rules.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { registrationSchema } from '../../core/registration/registration.ts';
import { resolveNames } from '../../core/names/names.ts';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import type { ApplicationState, ArgoCd, SyncRequest } from '../../integrations/argocd/argocd.ts';
import type { ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { World } from '../../sandbox/world/world.ts';
import { clientNamed } from '../fixtures/clients.ts';
import { eventually } from '../fixtures/polling.ts';
import { BACKENDS } from './backends.ts';
import { asWorker, startWorld } from './startWorld.ts';

const FOLDER = 'identity/authentik';
const MAP = { group: '', kind: 'ConfigMap', namespace: 'identity', name: 'authentik-blueprints' };
const SECRET = { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'identity', name: 'authentik' };
const liveMap: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: MAP.name };
const application: ObjectRef = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  namespace: 'argocd',
  name: 'authentik',
};
const PATIENCE_MS = 30_000;

describe.each(BACKENDS)('Argo CD on $name', ({ options }) => {
  let world: World;
  let argocd: ArgoCd;
  beforeAll(async () => {
    world = await startWorld(options);
    argocd = createArgoCd((await asWorker(world)).argocd, 'argocd');
  });
  afterAll(async () => world?.destroy());
  afterEach(async () => {
    await world.fullSync();
    await world.settled();
  });

  const state = (): Promise<ApplicationState> => argocd.application('authentik');

  async function synced(request: Omit<SyncRequest, 'application'>): Promise<ApplicationState> {
    const ask = (): Promise<string> => argocd.sync({ application: 'authentik', ...request });
    await eventually(ask, (answer) => answer === 'accepted', PATIENCE_MS);
    return eventually(state, ({ lastOperation, busy }) => !busy && lastOperation?.id === request.id, PATIENCE_MS);
  }

  /** A commit on a branch that nobody merges. */
  async function onBranch(name: string, changes: Readonly<Record<string, string | null>>): Promise<string> {
    await world.repository.createBranch(name);
    return world.repository.commitAs('somebody', changes, `Try ${name}`, name);
  }

  async function mapText(): Promise<string> {
    return world.repository.read(`${FOLDER}/blueprints.yaml`);
  }

  async function mapWith(key: string): Promise<string> {
    return `${(await mapText()).trimEnd()}\n  ${key}: |\n    version: 1\n    entries: []\n`;
  }

  async function liveKeys(): Promise<readonly string[]> {
    return Object.keys((await world.cluster.get(liveMap))?.['data'] ?? {});
  }

  it('reads the Application: where it comes from and goes to, and that it is in sync', async () => {
    const head = await world.repository.head();
    const now = await state();
    expect(now).toMatchObject({
      sources: [{ targetRevision: 'main', path: FOLDER, comparedRevision: head }],
      byPosition: false,
      automated: false,
      selfHeal: false,
      syncStatus: 'Synced',
      busy: false,
      comparisonError: undefined,
      refreshRequested: false,
    });
    expect(now.destination.namespace).toBe('identity');
    expect(now.resources.map(({ kind, name, status }) => `${kind} ${name} ${status}`).toSorted()).toEqual([
      'ConfigMap authentik-blueprints Synced',
      'Deployment authentik-server Synced',
      'Deployment authentik-worker Synced',
      'ExternalSecret authentik Synced',
      'Service authentik Synced',
    ]);
  });

  it('deploys the chosen resources at a commit that is not merged, and nothing else; the base takes it back', async () => {
    const base = await world.repository.head();
    const before = await world.cluster.get(liveMap);
    const commit = await onBranch('unmerged', {
      [`${FOLDER}/blueprints.yaml`]: await mapWith('tried.yaml'),
      [`${FOLDER}/service.yaml`]: (await world.repository.read(`${FOLDER}/service.yaml`)).replace(
        'port: 80',
        'port: 81',
      ),
    });

    const after = await synced({ revision: commit, resources: [MAP], prune: false, id: 'try-1' });

    expect(after.lastOperation).toMatchObject({ id: 'try-1', phase: 'Succeeded', revisions: [commit] });
    expect(after.lastOperation?.results.map(({ kind, name, status }) => [kind, name, status])).toEqual([
      ['ConfigMap', 'authentik-blueprints', 'Synced'],
    ]);
    expect(after.lastOperation?.resources).toMatchObject([{ kind: 'ConfigMap', name: 'authentik-blueprints' }]);
    expect(await liveKeys()).toContain('tried.yaml');
    const service = await world.cluster.get({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'identity',
      name: 'authentik',
    });
    expect(service?.['spec'].ports[0].port).toBe(80);
    // Of the target revision nothing has changed, so what is live differs from it now.
    const drifted = await eventually(state, ({ syncStatus }) => syncStatus === 'OutOfSync', PATIENCE_MS);
    expect(drifted).toMatchObject({ sources: [{ targetRevision: 'main', comparedRevision: base }] });

    const back = await synced({ revision: base, resources: [MAP], prune: false, id: 'try-2' });
    expect(back.lastOperation).toMatchObject({ id: 'try-2', phase: 'Succeeded', revisions: [base] });
    expect((await world.cluster.get(liveMap))?.['data']).toEqual(before?.['data']);
    await eventually(state, ({ syncStatus }) => syncStatus === 'Synced', PATIENCE_MS);
  });

  it('a request beside one that waits or runs is busy, and never lost without a word', async () => {
    const base = await world.repository.head();
    const ids = ['race-1', 'race-2', 'race-3', 'race-4', 'race-5', 'race-6'];
    const answers = await Promise.all(
      ids.map((id) => argocd.sync({ application: 'authentik', revision: base, resources: [MAP], prune: false, id })),
    );
    const accepted = ids.filter((_id, i) => answers[i] === 'accepted');
    expect(answers.filter((answer) => answer === 'busy')).toHaveLength(ids.length - accepted.length);
    expect(accepted).toHaveLength(1);
    const ended = await eventually(state, ({ busy }) => !busy, PATIENCE_MS);
    expect(ended.lastOperation?.id).toBe(accepted[0]);
  });

  it('a revision that does not exist ends in Error, with nothing applied', async () => {
    const before = await world.cluster.get(liveMap);
    const ended = await synced({ revision: 'f'.repeat(40), resources: [MAP], prune: false, id: 'unknown' });
    expect(ended.lastOperation?.phase).toMatch(/^(Error|Failed)$/);
    expect(ended.lastOperation?.message).not.toBe('');
    expect((await world.cluster.get(liveMap))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });

  it('manifests that do not parse end in Error, with nothing applied', async () => {
    const commit = await onBranch('broken', { [`${FOLDER}/blueprints.yaml`]: 'kind: [ConfigMap\n' });
    const ended = await synced({ revision: commit, resources: [MAP], prune: false, id: 'broken' });
    expect(ended.lastOperation?.phase).toBe('Error');
    expect(ended.lastOperation?.message).toMatch(/manifest/i);
  });

  it('a resource that the API server refuses fails the sync by name, and the others are applied', async () => {
    const commit = await onBranch('refused', {
      [`${FOLDER}/blueprints.yaml`]: await mapWith('beside.yaml'),
      [`${FOLDER}/external-secret.yaml`]: (await world.repository.read(`${FOLDER}/external-secret.yaml`)).replace(
        'creationPolicy: Owner',
        'creationPolicy: Nonsense',
      ),
    });
    const ended = await synced({ revision: commit, resources: [MAP, SECRET], prune: false, id: 'refused' });
    expect(ended.lastOperation?.phase).toBe('Failed');
    const rows = Object.fromEntries((ended.lastOperation?.results ?? []).map((row) => [row.kind, row]));
    expect(rows['ExternalSecret']?.status).toBe('SyncFailed');
    expect(rows['ExternalSecret']?.message).toContain('creationPolicy');
    expect(rows['ConfigMap']?.status).toBe('Synced');
    expect(await liveKeys()).toContain('beside.yaml');
  });

  it('a refresh is acknowledged when the newest commit was compared', async () => {
    const commit = await world.repository.commitAs(
      'somebody',
      { [`${FOLDER}/blueprints.yaml`]: await mapWith('pending.yaml') },
      'Add what waits',
    );
    await argocd.refresh('authentik');
    const now = await eventually(
      state,
      ({ refreshRequested, sources }) => !refreshRequested && sources[0]?.comparedRevision === commit,
      PATIENCE_MS,
    );
    expect(now.syncStatus).toBe('OutOfSync');
    expect(now.resources.filter((row) => row.status === 'OutOfSync').map((row) => row.name)).toEqual([MAP.name]);
    expect(await liveKeys()).not.toContain('pending.yaml');
  });

  it('a resource that Git no longer names is kept without prune, and goes with it', async () => {
    const kustomization = await world.repository.read(`${FOLDER}/kustomization.yaml`);
    const commit = await onBranch('pruned', {
      [`${FOLDER}/kustomization.yaml`]: kustomization.replace('  - service.yaml\n', ''),
      [`${FOLDER}/service.yaml`]: null,
    });
    const service = { apiVersion: 'v1', kind: 'Service', namespace: 'identity', name: 'authentik' };
    const resources = [{ group: '', kind: 'Service', namespace: 'identity', name: 'authentik' }];

    const kept = await synced({ revision: commit, resources, prune: false, id: 'keep' });
    expect(kept.lastOperation?.results.map((row) => row.status)).toEqual(['PruneSkipped']);
    expect(await world.cluster.get(service)).toBeDefined();

    const gone = await synced({ revision: commit, resources, prune: true, id: 'prune' });
    expect(gone.lastOperation?.results.map((row) => row.status)).toEqual(['Pruned']);
    await eventually(
      () => world.cluster.get(service),
      (live) => live === undefined,
      PATIENCE_MS,
    );
  });

  it("marks what it applied as the Application's own", async () => {
    const { annotations = {} } = (await world.cluster.get(liveMap))?.metadata ?? {};
    expect(annotations['argocd.argoproj.io/tracking-id']).toBe('authentik:/ConfigMap:identity/authentik-blueprints');
    const deployment = await world.cluster.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'identity',
      name: 'authentik-worker',
    });
    expect(deployment?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe(
      'authentik:apps/Deployment:identity/authentik-worker',
    );
  });

  describe('of an Application with server-side apply', () => {
    const photos: ObjectRef = { ...application, name: 'photos' };
    const secret: ObjectRef = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      namespace: 'identity',
      name: 'photos-oidc',
    };
    /** What the job writes for a consumer. */
    function manifest(): string {
      const installation = installationSchema.parse(world.installation);
      const consumer = externalSecret.schema.parse({
        kind: 'externalSecret',
        file: 'photos/external-secret.yaml',
        name: secret.name,
        namespace: secret.namespace,
        secretStoreRef: { name: 'vault-orchard' },
        keys: { clientId: 'client-id' },
      });
      const names = resolveNames(registrationSchema.parse(clientNamed('photos')), installation);
      return consumerSecretText(consumerSecret(consumer, { ...names, vaultField: 'secret-key' }, installation));
    }

    it("a selective sync carries its options, so that a consumer's ExternalSecret is Synced afterwards, defaults and all", async () => {
      const own = await world.argocd.get(application);
      await world.argocd.create({
        apiVersion: photos.apiVersion,
        kind: photos.kind,
        metadata: { name: photos.name, namespace: photos.namespace },
        spec: {
          ...own?.['spec'],
          source: { ...own?.['spec'].source, path: 'photos' },
          syncPolicy: { syncOptions: ['ServerSideApply=true'], retry: { limit: 2, backoff: { duration: '1s' } } },
        },
      });
      try {
        const revision = await world.repository.commitAs(
          'ada',
          { 'photos/external-secret.yaml': manifest() },
          'Photos',
        );
        const resources = [{ group: SECRET.group, kind: SECRET.kind, namespace: 'identity', name: 'photos-oidc' }];
        // The role of the worker names Authentik's Application alone.
        const asAdmin = createArgoCd(world.argocd, 'argocd');
        const ask = () => asAdmin.sync({ application: 'photos', revision, resources, prune: false, id: 'photos-1' });
        await eventually(ask, (answer) => answer === 'accepted', PATIENCE_MS);
        const photosState = () => asAdmin.application('photos');
        const ended = await eventually(
          photosState,
          (now) => !now.busy && now.lastOperation?.id === 'photos-1',
          PATIENCE_MS,
        );
        expect(ended.lastOperation?.phase).toBe('Succeeded');

        const live = await world.cluster.get(secret);
        const applied = live?.metadata.managedFields?.filter(({ operation }) => operation === 'Apply') ?? [];
        expect(applied).toHaveLength(1);
        expect(live?.metadata.annotations).not.toHaveProperty(['kubectl.kubernetes.io/last-applied-configuration']);
        await asAdmin.refresh('photos');
        // A first comparison may know the object by what was applied alone; the watch brings what the API server made of it.
        const { resources: compared } = await eventually(
          photosState,
          (now) => !now.refreshRequested && now.resources.every(({ status }) => status === 'Synced'),
          PATIENCE_MS,
        );
        expect(compared.map(({ name, status }) => [name, status])).toEqual([['photos-oidc', 'Synced']]);
      } finally {
        await world.argocd.delete(photos);
        await world.cluster.delete(secret);
        await world.repository.commitAs('ada', { 'photos/external-secret.yaml': null }, 'No photos');
      }
    });
  });

  it('a sync window that is shut is known before anything is asked', async () => {
    const project: ObjectRef = { ...application, kind: 'AppProject', name: 'default' };
    const window = { kind: 'deny', schedule: '* * * * *', duration: '1h', applications: ['authentik'] };
    await world.argocd.mergePatch(project, { spec: { syncWindows: [window] } });
    try {
      expect(await argocd.shutWindow('authentik')).toContain('deny window');
    } finally {
      await world.argocd.mergePatch(project, { spec: { syncWindows: null } });
    }
    expect(await argocd.shutWindow('authentik')).toBeUndefined();
  });

  it('with automated sync on, a commit of the target branch is deployed by itself and a live edit is undone', async () => {
    await world.argocd.mergePatch(application, { spec: { syncPolicy: { automated: { selfHeal: true } } } });
    try {
      expect(await state()).toMatchObject({ automated: true, selfHeal: true });
      await world.repository.commitAs(
        'somebody',
        { [`${FOLDER}/blueprints.yaml`]: await mapWith('automated.yaml') },
        'Add by automation',
      );
      await argocd.refresh('authentik');
      await eventually(liveKeys, (keys) => keys.includes('automated.yaml'), PATIENCE_MS);

      await eventually(state, ({ busy, syncStatus }) => !busy && syncStatus === 'Synced', PATIENCE_MS);
      await world.cluster.mergePatch(liveMap, { data: { 'automated.yaml': 'edited by hand' } });
      await eventually(
        async () => (await world.cluster.get(liveMap))?.['data']['automated.yaml'],
        (text) => text !== 'edited by hand',
        PATIENCE_MS,
      );

      // What somebody asks for at another revision is lost, or undone at once.
      const elsewhere = await onBranch('overruled', { [`${FOLDER}/blueprints.yaml`]: await mapWith('overruled.yaml') });
      await eventually(state, ({ busy, syncStatus }) => !busy && syncStatus === 'Synced', PATIENCE_MS);
      await argocd.sync({
        application: 'authentik',
        revision: elsewhere,
        resources: [MAP],
        prune: false,
        id: 'overruled',
      });
      await eventually(state, ({ busy }) => !busy, PATIENCE_MS);
      await eventually(liveKeys, (keys) => !keys.includes('overruled.yaml'), PATIENCE_MS);
    } finally {
      await world.argocd.mergePatch(application, { spec: { syncPolicy: null } });
    }
  });
});
