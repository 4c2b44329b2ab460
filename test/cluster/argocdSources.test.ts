import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isOurs } from '../../activities/deploy/applicationSource.ts';
import { installationSchema } from '../../core/installation/installation.ts';
import { createArgoCd } from '../../integrations/argocd/applications.ts';
import type { ApplicationState, ArgoCd, SyncRequest } from '../../integrations/argocd/argocd.ts';
import type { ObjectRef } from '../../integrations/kubernetes/cluster.ts';
import type { World } from '../../sandbox/world/world.ts';
import { eventually } from '../fixtures/polling.ts';
import { severalSources } from '../fixtures/severalSources.ts';
import { BACKENDS } from './backends.ts';
import { asWorker, startWorld } from './startWorld.ts';
import { findTools, hasHelm } from './tools.ts';

const tools = findTools();
const VALUES = 'identity/values.yaml';
const MANIFEST = 'identity/authentik/blueprints.yaml';
const MAP = { group: '', kind: 'ConfigMap', namespace: 'identity', name: 'authentik-blueprints' };
const WORKER = { group: 'apps', kind: 'Deployment', namespace: 'identity', name: 'authentik-worker' };
const liveMap: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'identity', name: MAP.name };
const liveWorker: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'identity', name: WORKER.name };
const application: ObjectRef = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  namespace: 'argocd',
  name: 'authentik',
};
const PATIENCE_MS = 30_000;
const withHelm = BACKENDS.filter(({ name }) => name === 'stand-ins' || (typeof tools !== 'string' && hasHelm(tools)));

describe.each(withHelm)('Argo CD on $name, of a chart, its values by a ref, and manifests', ({ options }) => {
  let world: World;
  let argocd: ArgoCd;
  let isOf: NonNullable<SyncRequest['isOf']>;
  beforeAll(async () => {
    world = await startWorld(options, await severalSources('ref'));
    argocd = createArgoCd((await asWorker(world)).argocd, 'argocd');
    const installation = installationSchema.parse(world.installation);
    isOf = (source) => isOurs({ installation }, source);
  });
  afterAll(async () => world?.destroy());
  afterEach(async () => {
    await world.fullSync();
    await world.settled();
  });

  const state = (): Promise<ApplicationState> => argocd.application('authentik');
  const statusOf = ({ resources }: ApplicationState, name: string): string | undefined =>
    resources.find((row) => row.name === name)?.status;

  async function synced(request: Omit<SyncRequest, 'application' | 'isOf'>): Promise<ApplicationState> {
    const ask = (): Promise<string> => argocd.sync({ application: 'authentik', isOf, ...request });
    await eventually(ask, (answer) => answer === 'accepted', PATIENCE_MS);
    return eventually(state, ({ lastOperation, busy }) => !busy && lastOperation?.id === request.id, PATIENCE_MS);
  }

  /** Variable and section of a client. */
  async function withClient(name: string): Promise<Readonly<Record<string, string>>> {
    const values = await world.repository.read(VALUES);
    const map = await world.repository.read(MANIFEST);
    return {
      [VALUES]: `${values.trimEnd()}\n    - name: ${name}\n      value: tried\n`,
      [MANIFEST]: `${map.trimEnd()}\n  ${name}.yaml: |\n    version: 1\n    entries: []\n`,
    };
  }

  async function onBranch(name: string, changes: Readonly<Record<string, string>>): Promise<string> {
    await world.repository.createBranch(name);
    return world.repository.commitAs('somebody', changes, `Try ${name}`, name);
  }

  async function live(name: string): Promise<readonly [boolean, boolean]> {
    const [map, worker] = await Promise.all([liveMap, liveWorker].map((ref) => world.cluster.get(ref)));
    const env = (worker?.['spec'].template.spec.containers[0].env ?? []) as { name: string }[];
    return [`${name}.yaml` in (map?.['data'] ?? {}), env.some((each) => each.name === name)];
  }

  it('reads what each source was compared with, and the Deployment of the chart beside the manifests', async () => {
    const head = await world.repository.head();
    const now = await state();
    expect(now).toMatchObject({ byPosition: true, hydrated: false, madeBy: undefined, syncStatus: 'Synced' });
    expect(now.sources.map(({ ref, path }) => [ref, path]).slice(1)).toEqual([
      ['values', undefined],
      [undefined, 'identity/authentik'],
    ]);
    expect(now.sources.map(({ comparedRevision }) => comparedRevision).slice(1)).toEqual([head, head]);
    expect(now.sources[0]?.comparedRevision).toMatch(/./);
    expect(statusOf(now, WORKER.name)).toBe('Synced');
    expect(now.lastOperation?.revisions).toEqual(now.sources.map(({ comparedRevision }) => comparedRevision));
  });

  it('deploys the chosen resources at a commit that is not merged, the chart where it was; the base takes it back', async () => {
    const base = await world.repository.head();
    const before = await state();
    const chart = before.sources[0]?.comparedRevision;
    const commit = await onBranch('unmerged', await withClient('TRIED'));

    const one = await synced({ revision: commit, resources: [MAP, WORKER], prune: false, id: 'try-1' });

    expect(one.lastOperation).toMatchObject({ phase: 'Succeeded', revisions: [chart, commit, commit] });
    expect(one.lastOperation?.results.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'ConfigMap Synced',
      'Deployment Synced',
    ]);
    expect(await live('TRIED')).toEqual([true, true]);
    // Each object is compared anew when Argo CD hears of its change.
    const drifted = await eventually(
      state,
      (now) => [MAP, WORKER].every(({ name }) => statusOf(now, name) === 'OutOfSync'),
      PATIENCE_MS,
    );
    expect(drifted.syncStatus).toBe('OutOfSync');
    expect(drifted.sources.map(({ comparedRevision }) => comparedRevision)).toEqual([chart, base, base]);

    const back = await synced({ revision: base, resources: [MAP, WORKER], prune: false, id: 'try-2' });
    expect(back.lastOperation).toMatchObject({ phase: 'Succeeded', revisions: [chart, base, base] });
    expect(await live('TRIED')).toEqual([false, false]);
    await eventually(state, ({ syncStatus }) => syncStatus === 'Synced', PATIENCE_MS);
  });

  it('sees at a refresh a commit that changes the values of the ref alone', async () => {
    const { [VALUES]: values = '' } = await withClient('WAITS');
    const commit = await world.repository.commitAs('somebody', { [VALUES]: values }, 'Values that wait');
    await argocd.refresh('authentik');
    const now = await eventually(
      state,
      ({ refreshRequested, sources }) => !refreshRequested && sources[1]?.comparedRevision === commit,
      PATIENCE_MS,
    );
    expect(now.syncStatus).toBe('OutOfSync');
    expect(now.resources.filter(({ status }) => status === 'OutOfSync').map(({ name }) => name)).toEqual([WORKER.name]);
  });

  it('ends in Error at a revision that does not exist, and at one without the value file, with nothing applied', async () => {
    const before = await world.cluster.get(liveWorker);
    const unknown = await synced({ revision: 'f'.repeat(40), resources: [WORKER], prune: false, id: 'unknown' });
    expect(unknown.lastOperation?.phase).toMatch(/^(Error|Failed)$/);
    await world.repository.createBranch('bare');
    const bare = await world.repository.commitAs('somebody', { [VALUES]: null }, 'No values', 'bare');
    const ended = await synced({ revision: bare, resources: [WORKER], prune: false, id: 'bare' });
    expect(ended.lastOperation?.phase).toBe('Error');
    expect(ended.lastOperation?.message).toContain('source 1 of 3');
    expect((await world.cluster.get(liveWorker))?.['spec']).toEqual(before?.['spec']);
  });

  it('with automated sync deploys a commit of the target branch by itself, values and manifests', async () => {
    await world.argocd.mergePatch(application, { spec: { syncPolicy: { automated: {} } } });
    try {
      await world.repository.commitAs('somebody', await withClient('AUTOMATED'), 'Add by automation');
      await argocd.refresh('authentik');
      await eventually(
        () => live('AUTOMATED'),
        ([map, worker]) => map && worker,
        PATIENCE_MS,
      );
    } finally {
      await world.argocd.mergePatch(application, { spec: { syncPolicy: null } });
    }
  });
});
