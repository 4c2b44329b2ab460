import { describe, expect, test } from 'vitest';
import { checkApplication, checkTargetRevision } from '../../../activities/deploy/argoCdChecks.ts';
import { isComparedWith } from '../../../activities/deploy/compared.ts';
import type { Deps } from '../../../activities/deps.ts';
import { installationSchema } from '../../../core/installation/installation.ts';
import { createArgoCd } from '../../../integrations/argocd/applications.ts';
import { sampleLayout } from '../../../sandbox/world/layout.ts';
import { applicationRef } from '../../fixtures/argo.ts';
import { testCluster } from '../../fixtures/clusters.ts';
import { errorOf } from '../../fixtures/errors.ts';

const OURS = 'https://git.example.test/home.git';
const HEAD = 'a'.repeat(40);
const OLDER = 'b'.repeat(40);
const CHART = {
  repoURL: 'https://charts.goauthentik.io',
  chart: 'authentik',
  targetRevision: '2026.8.*',
  helm: { valueFiles: ['$values/apps/authentik/values.yaml'] },
};
const VALUES = { repoURL: OURS, targetRevision: 'main', ref: 'values' };
const MANIFESTS = { repoURL: 'git@git.example.test:home', targetRevision: 'HEAD', path: 'apps/authentik/manifests' };

type Files = Readonly<Record<string, string>>;
interface World {
  readonly spec: object;
  readonly files?: Files;
  readonly changed?: readonly string[];
  readonly revisions?: readonly string[];
  readonly valuesPath?: string | undefined;
  readonly file?: string;
  readonly land?: 'first' | 'last';
  readonly madeBy?: string;
}

async function depsOf({ spec, files = {}, changed = [], revisions, madeBy, ...settings }: World): Promise<Deps> {
  const { valuesPath = 'worker.env', file = 'apps/authentik/values.yaml', land = 'first' } = settings;
  const { installation } = await sampleLayout('manual');
  const { cluster } = await testCluster('hub');
  const { namespace, name, ...kind } = applicationRef;
  const set = { apiVersion: kind.apiVersion, kind: 'ApplicationSet', metadata: { name: madeBy ?? 'none', namespace } };
  const { uid = '' } = (await cluster.create({ ...set, spec: {} })).metadata;
  const owner = { apiVersion: set.apiVersion, kind: set.kind, name: set.metadata.name, uid };
  await cluster.create({
    ...kind,
    metadata: { name, namespace, ...(madeBy === undefined ? {} : { ownerReferences: [owner] }) },
    spec: { destination: {}, ...spec },
    status: { sync: { revisions, revision: revisions?.[0] } },
  });
  const folder = 'apps/authentik/manifests';
  return {
    installation: installationSchema.parse({
      ...installation,
      gitops: {
        ...installation.gitops,
        remote: OURS,
        aliases: [],
        land,
        ...(land === 'first' ? { registrations: 'r' } : {}),
      },
      authentik: {
        ...installation.authentik,
        blueprints: { ...installation.authentik.blueprints, file: `${folder}/blueprints.yaml` },
        externalSecret: { ...installation.authentik.externalSecret, file: `${folder}/secret.yaml` },
        deployment: { ...installation.authentik.deployment, file, ...(valuesPath === '' ? {} : { valuesPath }) },
      },
    }),
    argocd: createArgoCd(cluster, 'argocd'),
    git: {
      fetch: async () => undefined,
      head: async () => HEAD,
      defaultBranch: async () => 'main',
      listFiles: async (_commit: string, at: string) =>
        Object.keys(files).filter((path) => path.slice(0, path.lastIndexOf('/')) === at.replace(/\/$/, '')),
      readFile: async (_commit: string, path: string) => files[path],
      changedPaths: async () => changed,
    },
  } as unknown as Deps;
}

async function refusal(world: World): Promise<string> {
  const deps = await depsOf(world);
  const error = await errorOf(
    (async () => {
      await checkApplication(deps);
      await checkTargetRevision(deps);
    })(),
  );
  expect(error).toMatchObject({ system: 'Argo CD', kind: 'Refused' });
  return `${error.message} | ${(error as { remedy?: string }).remedy ?? ''}`;
}

const umbrella = { repoURL: OURS, targetRevision: 'main', path: 'apps/authentik' };
const chartFiles = { 'apps/authentik/Chart.yaml': 'name: home', 'apps/authentik/values.yaml': '{}' };
const inflated = (chart: string): Files => ({ 'apps/authentik/kustomization.yaml': `helmCharts:\n  - ${chart}\n` });

describe('an Application of several sources deploys what we edit where', () => {
  test.each<[string, World]>([
    ['a chart reads our values by ref, beside our manifests', { spec: { sources: [CHART, VALUES, MANIFESTS] } }],
    [
      'another chart, that takes the list from elsewhere, reads our values first',
      {
        spec: {
          sources: [
            { ...CHART, chart: 'other', helm: { ...CHART.helm, valuesObject: { worker: { env: [] } } } },
            CHART,
            VALUES,
            MANIFESTS,
          ],
        },
      },
    ],
    [
      'a chart takes variables as a mapping, and its valuesObject has more of them',
      {
        spec: {
          sources: [
            { ...CHART, helm: { ...CHART.helm, valuesObject: { worker: { env: { TZ: 'UTC' } } } } },
            VALUES,
            MANIFESTS,
          ],
        },
        files: { 'apps/authentik/values.yaml': 'worker: {env: {LANG: C}}' },
      },
    ],
    ['ref and folder are one source', { spec: { sources: [CHART, { ...MANIFESTS, ref: 'values' }] } }],
    [
      'the chart is of another Git repository',
      {
        spec: {
          sources: [
            { ...CHART, chart: undefined, repoURL: 'https://git.example.test/charts', path: 'a' },
            VALUES,
            MANIFESTS,
          ],
        },
      },
    ],
    [
      'another source of ours is at a tag',
      {
        spec: { sources: [CHART, VALUES, MANIFESTS, { repoURL: OURS, targetRevision: 'v1', path: 'dashboards' }] },
      },
    ],
    ['a chart of ours has the values beside it', { spec: { source: umbrella }, files: chartFiles }],
    [
      'a chart of ours names a file that overrides its own',
      {
        spec: { source: { ...umbrella, helm: { valueFiles: ['values.yaml', 'prod.yaml'] } } },
        files: {
          ...chartFiles,
          'apps/authentik/values.yaml': 'worker: {env: []}',
          'apps/authentik/prod.yaml': 'worker: {env: []}',
        },
        file: 'apps/authentik/prod.yaml',
      },
    ],
    [
      'a value file is named from the root',
      {
        spec: { source: { ...umbrella, helm: { valueFiles: ['/env/home.yaml'] } } },
        files: chartFiles,
        file: 'env/home.yaml',
      },
    ],
    [
      'a kustomization inflates a chart with the file',
      {
        spec: { source: umbrella },
        files: inflated('{name: authentik, valuesFile: values.yaml, valuesInline: {server: {replicas: 2}}}'),
      },
    ],
    ...['[]', '{}', ''].map((env): [string, World] => [
      `a file before ours, that has no list, has one with nothing to lose (${env || 'null'})`,
      {
        spec: { source: { ...umbrella, helm: { valueFiles: ['values.yaml', 'prod.yaml'] } } },
        files: {
          ...chartFiles,
          'apps/authentik/values.yaml': `worker:\n  env: ${env}\n`,
          'apps/authentik/prod.yaml': 'worker: {replicas: 2}',
        },
        file: 'apps/authentik/prod.yaml',
      },
    ]),
    [
      'the values stand in the kustomization',
      {
        spec: { source: umbrella },
        files: inflated('{name: authentik, valuesInline: {worker: {env: []}}}'),
        file: 'apps/authentik/kustomization.yaml',
        valuesPath: 'helmCharts.0.valuesInline.worker.env',
      },
    ],
    [
      'everything is a manifest',
      {
        spec: { sources: [{ ...MANIFESTS, path: './apps/authentik/' }] },
        valuesPath: '',
        file: 'apps/authentik/worker.yaml',
      },
    ],
  ])('%s', async (_what, world) => {
    const deps = await depsOf(world);
    await checkApplication(deps);
    await checkTargetRevision(deps);
  });
});

test('a run that removes does not hear of a list which it will not make', async () => {
  const deps = await depsOf({
    spec: { source: { ...umbrella, helm: { valueFiles: ['values.yaml', 'prod.yaml'] } } },
    files: {
      ...chartFiles,
      'apps/authentik/values.yaml': 'worker: {env: [{name: TZ, value: UTC}]}',
      'apps/authentik/prod.yaml': 'worker: {replicas: 2}',
    },
    file: 'apps/authentik/prod.yaml',
  });
  await expect(checkApplication(deps)).rejects.toThrow('Helm would take a list that is made there instead');
  await expect(checkApplication(deps, true)).resolves.toBeUndefined();
});

describe('an Application is refused by name', () => {
  test.each<[string, World, string]>([
    ['with spec.sourceHydrator', { spec: { sourceHydrator: {} } }, 'has spec.sourceHydrator'],
    ['without a source', { spec: {} }, 'has neither spec.source nor spec.sources'],
    [
      'with no source of ours',
      { spec: { sources: [CHART] } },
      'deploys from https://charts.goauthentik.io, not from gitops.remote',
    ],
    [
      'with ours for values alone',
      { spec: { sources: [CHART, VALUES] } },
      'deploys no folder of the repository (ref: values is for value files), so not apps/authentik/manifests/secret.yaml, apps/authentik/manifests/blueprints.yaml',
    ],
    [
      'with ours in other folders',
      { spec: { sources: [CHART, VALUES, { ...MANIFESTS, path: 'apps/a' }, { ...MANIFESTS, path: 'apps/b' }] } },
      'deploys the folders apps/a, apps/b, none of which holds apps/authentik/manifests/secret.yaml',
    ],
    [
      'whose chart does not read the file',
      { spec: { sources: [{ ...CHART, helm: {} }, VALUES, MANIFESTS] } },
      'does not give apps/authentik/values.yaml to Helm',
    ],
    [
      'whose ref is somebody else’s',
      { spec: { sources: [CHART, { ...VALUES, repoURL: 'https://git.example.test/x' }, MANIFESTS] } },
      'does not give apps/authentik/values.yaml to Helm',
    ],
    [
      'whose values.yaml is beside no chart',
      { spec: { source: umbrella } },
      'does not give apps/authentik/values.yaml to Helm',
    ],
    [
      'whose values stand in the Application',
      {
        spec: { sources: [CHART, VALUES, MANIFESTS] },
        file: 'argocd/authentik.yaml',
        valuesPath: 'spec.sources.0.helm.valuesObject.worker.env',
      },
      'does not give argocd/authentik.yaml to Helm',
    ],
    [
      'which reads a file with the list before ours, that has none',
      {
        spec: { source: { ...umbrella, helm: { valueFiles: ['values.yaml', 'prod.yaml'] } } },
        files: {
          ...chartFiles,
          'apps/authentik/values.yaml': 'worker: {env: [{name: TZ, value: UTC}]}',
          'apps/authentik/prod.yaml': 'worker: {replicas: 2}',
        },
        file: 'apps/authentik/prod.yaml',
      },
      'apps/authentik/values.yaml sets worker.env, and apps/authentik/prod.yaml does not',
    ],
    [
      'whose valuesObject sets the list',
      {
        spec: {
          sources: [{ ...CHART, helm: { ...CHART.helm, valuesObject: { worker: { env: [] } } } }, VALUES, MANIFESTS],
        },
      },
      'its helm.valuesObject sets worker.env too',
    ],
    [
      'whose valuesObject has a mapping where our file has a list',
      {
        spec: {
          sources: [
            { ...CHART, helm: { ...CHART.helm, valuesObject: { worker: { env: { TZ: 'UTC' } } } } },
            VALUES,
            MANIFESTS,
          ],
        },
        files: { 'apps/authentik/values.yaml': 'worker: {env: []}' },
      },
      'its helm.valuesObject sets worker.env too',
    ],
    [
      'whose values set the list',
      { spec: { sources: [{ ...CHART, helm: { ...CHART.helm, values: 'worker: {env: []}' } }, VALUES, MANIFESTS] } },
      'its helm.values sets worker.env too',
    ],
    [
      'whose parameters set the list',
      {
        spec: {
          sources: [
            { ...CHART, helm: { ...CHART.helm, parameters: [{ name: 'worker.env[0].name' }] } },
            VALUES,
            MANIFESTS,
          ],
        },
      },
      'one of its helm.parameters sets worker.env too',
    ],
    [
      'with a later file that sets the list',
      {
        spec: {
          sources: [
            { ...CHART, helm: { valueFiles: [...CHART.helm.valueFiles, '$values/late.yaml'] } },
            VALUES,
            MANIFESTS,
          ],
        },
        files: { 'late.yaml': 'worker: {env: []}' },
      },
      'late.yaml sets worker.env too',
    ],
    [
      'whose kustomization overrides the file',
      { spec: { source: umbrella }, files: inflated('{valuesFile: values.yaml, valuesInline: {worker: {env: []}}}') },
      'does not give apps/authentik/values.yaml to Helm',
    ],
    [
      'with the values at a tag',
      { spec: { sources: [CHART, { ...VALUES, targetRevision: 'v1' }, MANIFESTS] } },
      'source 2 of Application authentik is on targetRevision v1, the target branch of registrar.yaml is main',
    ],
    [
      'with the manifests at a tag',
      { spec: { sources: [CHART, VALUES, { ...MANIFESTS, targetRevision: 'v1' }] } },
      'source 3 of Application authentik is on targetRevision v1',
    ],
    [
      'that is automated where we deploy first',
      { spec: { sources: [CHART, VALUES, MANIFESTS], syncPolicy: { automated: {} } }, land: 'last' },
      'has automated sync',
    ],
  ])('%s', async (_what, world, said) => {
    expect(await refusal(world)).toContain(said);
  });

  test('with the ApplicationSet that made it, which is what to change', async () => {
    const said = await refusal({ spec: { sources: [CHART] }, madeBy: 'clusters' });
    expect(said).toContain('Application authentik (made by ApplicationSet clusters) deploys from');
    expect(said).toMatch(/The Application is made by ApplicationSet clusters: change it there\.$/);
  });
});

describe('an Application of several sources is compared with a commit where', () => {
  const spec = { sources: [CHART, VALUES, MANIFESTS] };
  test.each<[string, readonly string[] | undefined, readonly string[], boolean]>([
    ['all of ours are at it', ['2026.8.2', HEAD, HEAD], [], true],
    ['what changed since is of neither', ['2026.8.2', OLDER, OLDER], ['apps/x/values.yaml'], true],
    ['the values of the chart changed since', ['2026.8.2', OLDER, HEAD], ['apps/authentik/values.yaml'], false],
    ['the manifests changed since', ['2026.8.2', HEAD, OLDER], ['apps/authentik/manifests/blueprints.yaml'], false],
    ['the values are of no source of that commit', ['2026.8.2', HEAD, OLDER], ['apps/authentik/values.yaml'], true],
    ['nothing has been compared', undefined, [], false],
    ['the chart has not been found', ['', HEAD, HEAD], [], false],
  ])('%s', async (_what, revisions, changed, is) => {
    const deps = await depsOf({ spec, changed, ...(revisions === undefined ? {} : { revisions }) });
    const state = await deps.argocd?.application('authentik');
    expect(state && (await isComparedWith(deps, state, HEAD))).toBe(is);
  });
});
