import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { checkConsumer } from '../../../activities/deploy/consumers/fluxChecks.ts';
import type { ConsumerPlace } from '../../../activities/deploy/consumers/place.ts';
import { flux } from '../../../activities/deploy/flux.ts';
import { ownTargets } from '../../../activities/deploy/target.ts';
import {
  assertReady,
  checkHelmRelease,
  checkKustomization,
  checkSubstitution,
} from '../../../activities/deploy/fluxChecks.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { Job } from '../../../core/run/job.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { attempted, condition, testFlux, type TestFlux } from '../../fixtures/fakeFlux.ts';

const HEAD = 'b'.repeat(40);

interface Setup {
  readonly change?: (world: TestFlux) => void;
  readonly authentik?: object;
  readonly gitops?: object;
  readonly flux?: object;
  /** Labels and annotations of the live objects. */
  readonly metadata?: object;
  /** The Flux of cluster edge, where it has one of its own. */
  readonly edge?: TestFlux;
  /** Files of the repository beside Authentik's. */
  readonly files?: Readonly<Record<string, string>>;
}

const id = (kind: string, name: string, namespace = 'sso') => ({ id: `${namespace}_${name}_${kind}`, v: 'v1' });
const HELM = {
  helmRelease: 'authentik',
  deployment: { file: 'apps/release.yaml', name: 'worker', valuesPath: 'spec.values.env' },
};

function setup({ change, authentik, gitops, flux: settings, metadata = {}, files = {}, edge }: Setup) {
  const world = fitFlux();
  world.kustomization.status['inventory'] = {
    entries: [
      id('external-secrets.io_ExternalSecret', 'authentik'),
      id('_ConfigMap', 'blueprints'),
      id('apps_Deployment', 'worker'),
      id('helm.toolkit.fluxcd.io_HelmRelease', 'authentik'),
    ],
  };
  change?.(world);
  const installation = {
    gitops: { remote: 'git@git.example.test:r.git', aliases: [], branch: 'main', landBy: 'push', ...gitops },
    timings: { pollMs: 1, forceSyncMs: 4 },
    clusters: {},
    flux: settings,
    authentik: {
      deployBy: 'flux',
      cluster: 'hub',
      namespace: 'sso',
      kustomization: 'apps',
      blueprints: { file: 'apps/map.yaml', configMap: 'blueprints' },
      externalSecret: { file: 'apps/secret.yaml', name: 'authentik' },
      deployment: { file: 'apps/worker.yaml', name: 'worker' },
      ...authentik,
    },
  };
  const git = {
    head: async () => HEAD,
    readFile: async (_commit: string, file: string) => files[file],
    listFiles: async () => [],
  };
  const cluster = {
    get: async ({ kind, name }: { kind: string; name: string }) => ({ kind, metadata: { name, ...metadata } }),
  };
  const consumerCluster = async (name: string) => ({
    cluster,
    flux: name === 'edge' ? (edge ?? world).flux : world.flux,
  });
  return { installation, git, cluster, consumerCluster, flux: world.flux } as unknown as Deps;
}

/** Flux that has fetched and applied the head. */
function fitFlux(change: (world: TestFlux) => void = () => undefined): TestFlux {
  const world = testFlux(() => HEAD);
  world.on.GitRepository();
  world.on.Kustomization();
  change(world);
  return world;
}

async function told(check: () => Promise<void>): Promise<string> {
  return check().then(
    () => 'fit',
    (error: unknown) => (error instanceof RegistrarError ? `${error.kind}: ${error.message}` : String(error)),
  );
}

const spec = (fields: object) => (world: TestFlux) => void Object.assign(world.kustomization.spec, fields);
const sourceSpec = (fields: object) => (world: TestFlux) => void Object.assign(world.source.spec, fields);

describe("Authentik's Kustomization", () => {
  test('is fit where it deploys the three objects from the target branch', async () => {
    expect(await told(() => checkKustomization(setup({})))).toBe('fit');
  });

  test.each<[string, Setup, RegExp]>([
    [
      'is not there',
      { authentik: { kustomization: 'absent' } },
      /^NotFound: cluster hub has no Kustomization flux-system\/absent$/,
    ],
    ['is suspended', { change: spec({ suspend: true }) }, /^Refused: Kustomization flux-system\/apps is suspended$/],
    [
      'has a suspended source',
      { change: sourceSpec({ suspend: true }) },
      /^Refused: GitRepository flux-system\/flux-system is suspended$/,
    ],
    [
      'deploys an artifact of a registry',
      { change: spec({ sourceRef: { kind: 'OCIRepository', name: 'app' } }) },
      /deploys from OCIRepository flux-system\/app/,
    ],
    [
      'deploys another repository',
      { change: sourceSpec({ url: 'ssh://git@git.example.test/other' }) },
      /is ssh:\/\/git@git\.example\.test\/other, not gitops\.remote/,
    ],
    [
      'deploys another repository by a token',
      { change: sourceSpec({ url: 'https://bot:hunter2@git.example.test/other' }) },
      /is https:\/\/\[masked\]@git\.example\.test\/other, not/,
    ],
    [
      'follows another branch',
      { change: sourceSpec({ ref: { branch: 'trial' } }) },
      /follows branch trial, and the target branch of registrar\.yaml is main/,
    ],
    ['follows a tag', { change: sourceSpec({ ref: { branch: 'main', tag: 'v1' } }) }, /follows tag v1/],
    ['follows master, saying nothing', { change: sourceSpec({ ref: undefined }) }, /follows branch master/],
    ['takes signed commits alone', { change: sourceSpec({ verify: { mode: 'HEAD' } }) }, /takes signed commits alone/],
    [
      'builds another folder',
      { change: spec({ path: './media/' }) },
      /builds the folder \.\/media, which does not lead to apps\/secret\.yaml, apps\/map\.yaml, apps\/worker\.yaml/,
    ],
    [
      'has applied nothing',
      { change: ({ kustomization }) => void delete kustomization.status['inventory'] },
      /has applied nothing yet/,
    ],
    [
      'lacks one of the objects',
      { authentik: { blueprints: { file: 'apps/map.yaml', configMap: 'other' } } },
      /^Refused: Kustomization flux-system\/apps does not deploy ConfigMap sso\/other$/,
    ],
    [
      'lacks the HelmRelease',
      { authentik: { ...HELM, helmRelease: 'other' } },
      /does not deploy HelmRelease sso\/other/,
    ],
    [
      'is told to leave an object alone',
      { metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } } },
      /^Refused: Flux leaves ExternalSecret authentik as it is/,
    ],
    [
      'deploys into another cluster',
      { change: spec({ kubeConfig: { secretRef: { name: 'edge' } } }) },
      /^Refused: Kustomization flux-system\/apps deploys into another cluster \(spec\.kubeConfig\), and Authentik's objects/,
    ],
    [
      'deploys into its own cluster, and Authentik is in another',
      { flux: { cluster: 'hub' }, authentik: { cluster: 'edge' } },
      /^Refused: Kustomization flux-system\/apps deploys into its own cluster, hub \(it has no spec\.kubeConfig\), and Authentik's objects are to be in edge$/,
    ],
    [
      'applies an object once',
      { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } } },
      /ssa: IfNotPresent/,
    ],
  ])('is refused where it %s', async (_name, world, sentence) => {
    expect(await told(() => checkKustomization(setup(world)))).toMatch(sentence);
  });

  test.each<[string, Setup]>([
    ['its folder leads to other files', { change: spec({ path: './cluster' }) }],
    ['it has applied other objects', { authentik: { blueprints: { file: 'apps/map.yaml', configMap: 'theirs' } } }],
  ])('is refused with the name of the one that has applied the objects, where %s', async (_name, world) => {
    const by = (name: string) => ({
      labels: {
        'kustomize.toolkit.fluxcd.io/name': name,
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
      },
    });
    const remedy = (name: string) =>
      checkKustomization(setup({ ...world, metadata: by(name) })).then(
        () => 'fit',
        (error: unknown) => (error instanceof RegistrarError ? error.remedy : String(error)),
      );
    expect(await remedy('sso')).toContain(
      "Deployment worker by Kustomization flux-system/sso: where one applies all of Authentik's objects, name that one in authentik.kustomization; else set authentik.deployBy: external.",
    );
    expect(await remedy('apps')).toMatch(/name it\.$|authentik\.kustomization\.$/);
  });

  test.each<[string, Setup]>([
    ['a branch by its whole name', { change: sourceSpec({ ref: { name: 'refs/heads/main' } }) }],
    ['signed merges, where people merge', { change: sourceSpec({ verify: {} }), gitops: { landBy: 'pullRequest' } }],
    ['another namespace than that of Flux', { authentik: { kustomization: 'sso/apps' } }],
    ['the Deployment by a HelmRelease', { authentik: HELM }],
    [
      'an overlay of a base beside it',
      {
        change: spec({ path: './production' }),
        files: {
          'production/kustomization.yaml': 'resources: [../apps/map.yaml, ../apps/secret.yaml, ../apps/worker.yaml]\n',
        },
      },
    ],
    [
      'a component of a folder above',
      {
        change: spec({ path: 'production/one', components: ['../../apps'] }),
        files: { 'production/one/kustomization.yaml': 'resources: []\n' },
      },
    ],
    [
      'a component of the whole repository',
      { change: spec({ path: './', components: ['apps'] }), files: { 'kustomization.yaml': 'resources: []\n' } },
    ],
    [
      'another cluster, where Flux is in a hub',
      {
        change: spec({ kubeConfig: { secretRef: { name: 'edge' } } }),
        flux: { cluster: 'hub' },
        authentik: { cluster: 'edge' },
      },
    ],
  ])('is fit with %s', async (_name, world) => {
    expect(await told(() => checkKustomization(setup(world)))).toBe('fit');
  });
});

describe('a HelmRelease', () => {
  test.each<[string, (world: TestFlux) => void, RegExp]>([
    [
      'is suspended',
      ({ release }) => void (release.spec['suspend'] = true),
      /^Refused: HelmRelease sso\/authentik is suspended$/,
    ],
    [
      'deploys elsewhere',
      ({ release }) => void (release.spec['targetNamespace'] = 'other'),
      /does not deploy Deployment sso\/worker/,
    ],
    [
      'deploys into another cluster',
      ({ release }) => void (release.spec['kubeConfig'] = { secretRef: { name: 'edge' } }),
      /^Refused: HelmRelease sso\/authentik deploys into another cluster \(spec\.kubeConfig\)/,
    ],
    [
      'is left alone by its Kustomization',
      ({ marked }) => marked('HelmRelease', { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }),
      /^Refused: Flux leaves HelmRelease authentik as it is: it bears kustomize\.toolkit\.fluxcd\.io\/reconcile: disabled$/,
    ],
    [
      'made another Deployment',
      ({ release }) => void (release.status['inventory'] = { entries: [id('apps_Deployment', 'server')] }),
      /does not deploy Deployment sso\/worker/,
    ],
  ])('is refused where it %s', async (_name, change, sentence) => {
    expect(await told(() => checkHelmRelease(setup({ authentik: HELM, change })))).toMatch(sentence);
  });

  const ofMap = {
    helmRelease: 'authentik',
    deployment: { file: 'apps/values.yaml', name: 'worker', valuesPath: 'worker.env' },
  };
  test.each<[string, unknown, RegExp]>([
    ['the list of the file too', { worker: { env: [] } }, /its spec\.values sets worker\.env too/],
    ['nothing where the list is', { worker: { env: null } }, /its spec\.values sets worker\.env too/],
    ['other values', { worker: { replicas: 2 }, env: [] }, /^fit$/],
    ['no values', undefined, /^fit$/],
  ])('of values in a file of their own is looked at where it says itself %s', async (_name, values, sentence) => {
    const change = ({ release }: TestFlux) => void (release.spec['values'] = values);
    expect(await told(() => checkHelmRelease(setup({ authentik: ofMap, change })))).toMatch(sentence);
  });

  const kustomized = {
    'apps/kustomization.yaml':
      'configMapGenerator:\n  - {name: base, files: [values.yaml]}\n  - {name: home, files: [values.yaml=./home.yaml, more=more.yaml, named=named.yaml]}\n',
    'apps/values.yaml': 'worker: {env: []}\n',
    'apps/home.yaml': 'worker: {env: [{name: X}]}\n',
    'apps/more.yaml': 'worker: {replicas: 2}\n',
    'apps/named.yaml': 'worker: {env: {X: y}}\n',
  };
  const map = (name: string, fields: object = {}) => ({ kind: 'ConfigMap', name, ...fields });
  test.each<[string, readonly object[], RegExp]>([
    [
      'whose list comes later',
      [map('base'), map('home')],
      /: ConfigMap home \(apps\/home\.yaml\) sets worker\.env too/,
    ],
    [
      'whose names end in a hash',
      [map('base-7kf8m2t5hg'), map('home-2m4g8d7c9t')],
      /: ConfigMap home-2m4g8d7c9t \(apps\/home\.yaml\) sets worker\.env too/,
    ],
    [
      'with a value for the list itself',
      [map('base'), { kind: 'Secret', name: 'private', targetPath: 'worker.env' }],
      /: Secret private \(targetPath worker\.env\) sets worker\.env too/,
    ],
    ['whose list comes before', [map('home'), map('base')], /^fit$/],
    [
      'whose variables are a mapping, for which Helm gives up our list',
      [map('base'), map('home', { valuesKey: 'named' })],
      /: ConfigMap home \(apps\/named\.yaml\) sets worker\.env too/,
    ],
    ['that hold other values', [map('base'), map('home', { valuesKey: 'more' })], /^fit$/],
    ['of which the worker reads nothing', [map('base'), map('theirs'), { kind: 'Secret', name: 'private' }], /^fit$/],
    [
      'with a value for something else',
      [map('base'), { kind: 'Secret', name: 'private', targetPath: 'worker.environment' }],
      /^fit$/,
    ],
  ])('reads our file and others, %s', async (_name, valuesFrom, sentence) => {
    const change = ({ release }: TestFlux) => void (release.spec['valuesFrom'] = valuesFrom);
    expect(await told(() => checkHelmRelease(setup({ authentik: ofMap, change, files: kustomized })))).toMatch(
      sentence,
    );
  });

  test('reads our file and another, and both have variables as a mapping, which Helm merges', async () => {
    const valuesFrom = [map('base'), map('home', { valuesKey: 'named' })];
    const change = ({ release }: TestFlux) => void (release.spec['valuesFrom'] = valuesFrom);
    const files = { ...kustomized, 'apps/values.yaml': 'worker: {env: {Z: z}}\n' };
    expect(await told(() => checkHelmRelease(setup({ authentik: ofMap, change, files })))).toBe('fit');
  });

  test('reads our file, which has no list, after one that has: a list that we make would take its place', async () => {
    const valuesFrom = [map('home'), map('base')];
    const change = ({ release }: TestFlux) => void (release.spec['valuesFrom'] = valuesFrom);
    const files = { ...kustomized, 'apps/values.yaml': 'worker: {replicas: 2}\n' };
    expect(await told(() => checkHelmRelease(setup({ authentik: ofMap, change, files })))).toMatch(
      /: apps\/home\.yaml sets worker\.env, and apps\/values\.yaml does not: Helm would take/,
    );
    // Who takes the client out makes none.
    expect(await told(() => checkHelmRelease(setup({ authentik: ofMap, change, files }), true))).toBe('fit');
  });

  test('is fit where it made the Deployment, or its controller keeps no list', async () => {
    const change = ({ release }: TestFlux) =>
      void (release.status['inventory'] = { entries: [id('apps_Deployment', 'worker')] });
    expect(await told(() => checkHelmRelease(setup({ authentik: HELM, change })))).toBe('fit');
    expect(await told(() => checkHelmRelease(setup({ authentik: HELM })))).toBe('fit');
  });
});

describe('what registrar.yaml says is substituted', () => {
  const change = (world: TestFlux): void => {
    world.configMaps['flux-system/settings'] = { DOMAIN: 'orchard.example', ORG: 'of the map' };
    spec({ postBuild: { substitute: { ORG: 'Orchard' }, substituteFrom: [{ kind: 'ConfigMap', name: 'settings' }] } })(
      world,
    );
  };
  const withSecret = (world: TestFlux): void => {
    spec({ postBuild: { substituteFrom: [{ kind: 'Secret', name: 'secrets' }] } })(world);
  };

  const unread = (world: TestFlux): void => {
    spec({ postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'settings' }] } })(world);
    const [system, kind, message] = ['Kubernetes', 'Unauthorized', 'no'] as const;
    world.configMaps['flux-system/settings'] = new RegistrarError({ system, kind, message, remedy: 'no' });
  };

  test.each<[string, object | false | undefined, (world: TestFlux) => void, string]>([
    ['says the same', { DOMAIN: 'orchard.example', ORG: 'Orchard' }, change, 'fit'],
    ['says nothing', undefined, change, 'fit'],
    ['says what a Secret may hold', { DOMAIN: 'orchard.example' }, withSecret, 'fit'],
    ['says no, as Flux does', false, () => undefined, 'fit'],
    ['says another value', { ORG: 'of the map', DOMAIN: 'orchard.example' }, change, 'on ORG'],
    ['says what nobody puts there', { OTHER: 'x' }, change, 'on OTHER'],
    ['says no, and Flux does', false, change, 'on DOMAIN, ORG'],
    ['says no, and a Secret may hold some', false, withSecret, 'on what Secret secrets holds'],
    ['says no, and its ConfigMap may not be read', false, unread, 'on what ConfigMap settings holds'],
  ])('where it %s', async (_name, substitute, prepare, said) => {
    const answer = await told(() => checkSubstitution(setup({ change: prepare, gitops: { substitute } })));
    const refusal = `Refused: gitops.substitute of registrar.yaml says otherwise than Kustomization flux-system/apps (postBuild) ${said}`;
    expect(answer).toBe(said === 'fit' ? said : refusal);
    expect(answer).not.toContain('of the map');
  });
});

describe("a consumer's Kustomization", () => {
  const job = { base: HEAD, continued: false } as Job;
  function place(consumer: object) {
    const all = { file: 'apps/oidc.yaml', name: 'oidc', namespace: 'media', fluxKustomization: 'apps', ...consumer };
    const kustomization = { namespace: 'flux-system', name: 'apps' };
    return {
      consumer: all,
      index: 0,
      ref: { kind: 'ExternalSecret', name: 'oidc' },
      wanted: { spec: { target: { template: all } } },
      label: 'ExternalSecret media/oidc of cluster hub',
      kustomization,
      fluxIn: 'fluxIn' in consumer ? consumer.fluxIn : undefined,
    } as unknown as ConsumerPlace;
  }

  test.each<[string, Setup, object, RegExp]>([
    ['is fit where it builds the file', {}, {}, /^fit$/],
    [
      'substitutes what a template holds',
      { change: spec({ postBuild: { substitute: { A: 'x' } } }) },
      { text: 'id: ${A}' },
      /puts values in the place of \$\{…\}/,
    ],
    [
      'substitutes, and the template holds nothing of the kind',
      { change: spec({ postBuild: { substitute: { A: 'x' } } }) },
      { text: '{{ .clientSecret }} for $5' },
      /^fit$/,
    ],
    ['substitutes nothing, and the template looks like it', {}, { text: 'id: ${A}' }, /^fit$/],
    [
      'is fit where the list to come brings the file in',
      { files: { 'apps/kustomization.yaml': 'resources: []\n' } },
      { kustomization: 'apps/kustomization.yaml' },
      /^fit$/,
    ],
    [
      'is not named',
      {},
      { fluxKustomization: undefined },
      /^BadInput: spec\.consumers\.0\.fluxKustomization is missing: it says which Kustomization of Flux deploys apps\/oidc\.yaml$/,
    ],
    [
      'is not what is named',
      {},
      { application: 'media' },
      /^BadInput: spec\.consumers\.0\.application is "media", but Argo CD does not deploy here/,
    ],
    [
      'does not prune',
      { change: spec({ prune: false }) },
      {},
      /has prune: false, so an undo could not take ExternalSecret media\/oidc/,
    ],
    ['calls its objects otherwise', { change: spec({ nameSuffix: '-two' }) }, {}, /writes another name or namespace/],
    [
      'deploys into another namespace',
      { change: spec({ targetNamespace: 'sso' }) },
      {},
      /writes another name or namespace/,
    ],
    [
      'deploys into another cluster',
      { change: spec({ kubeConfig: { secretRef: { name: 'edge' } } }) },
      {},
      /deploys into another cluster/,
    ],
    [
      'deploys into the cluster that is named',
      { change: spec({ kubeConfig: { secretRef: { name: 'edge' } } }) },
      { cluster: 'edge' },
      /^fit$/,
    ],
    [
      'does not lead to the file',
      { files: { 'apps/kustomization.yaml': 'resources: []\n' } },
      {},
      /does not lead to apps\/oidc\.yaml/,
    ],
    ['is suspended', { change: spec({ suspend: true }) }, {}, /is suspended/],
    [
      'is that of its own cluster',
      { change: spec({ suspend: true }), edge: fitFlux() },
      { fluxIn: 'edge', cluster: 'edge' },
      /^fit$/,
    ],
    [
      'deploys elsewhere than its own cluster',
      { edge: fitFlux((world) => spec({ kubeConfig: {} })(world)) },
      { fluxIn: 'edge', cluster: 'edge' },
      /deploys into another cluster/,
    ],
    [
      'leaves the object where it is',
      { metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } } },
      {},
      /prune: disabled/,
    ],
  ])('%s', async (_name, world, consumer, sentence) => {
    expect(await told(() => checkConsumer(setup(world), job, place(consumer)))).toMatch(sentence);
  });
});

describe('what a check tells of Flux', () => {
  const failed = (reason: string) => (world: TestFlux) =>
    void (world.kustomization.status['conditions'] = [condition('Ready', 'False', reason, 'so it said')]);
  const halts = (world: Setup) => flux.halts?.(setup(world));

  test('is nothing where all is ready, or what is not passes by itself', async () => {
    expect(await halts({ authentik: HELM })).toEqual([]);
    expect(await halts({ change: failed('DependencyNotReady') })).toEqual([]);
  });

  test('is what is suspended or failed', async () => {
    const change = (world: TestFlux): void => {
      failed('BuildFailed')(world);
      world.source.spec['suspend'] = true;
      world.release.spec['suspend'] = true;
    };
    expect(await halts({ authentik: HELM, change })).toEqual([
      'GitRepository flux-system/flux-system is suspended',
      'Kustomization flux-system/apps is not ready: BuildFailed: so it said',
      'HelmRelease sso/authentik is suspended',
    ]);
  });
});

test("a consumer's object is there while the Kustomization's inventory has it", async () => {
  const target = (name: string) => ({
    object: { group: '', kind: 'ConfigMap', namespace: 'sso', name },
    kustomization: { namespace: 'flux-system', name: 'apps' },
  });
  expect(await flux.has?.(setup({}), target('blueprints'))).toBe(
    'Kustomization flux-system/apps still has ConfigMap sso/blueprints',
  );
  expect(await flux.has?.(setup({}), target('other'))).toBeUndefined();
});

describe('preflight', () => {
  const job = { base: HEAD, continued: false };
  const asks = async (change: (world: TestFlux) => void) => {
    let asked: readonly string[] = [];
    const deps = setup({
      authentik: HELM,
      change(world) {
        change(world);
        ({ asked } = world);
      },
    });
    const env = new MockActivityEnvironment({ startToCloseTimeoutMs: 10_000, scheduleToCloseTimeoutMs: 0 });
    const said = await told(() => env.run(() => assertReady(deps, job, ownTargets(deps, ['deployment']))));
    return { said, asked };
  };

  test('asks each object once, for a role that may not would be found out after the landing only', async () => {
    expect(await asks(() => undefined)).toEqual({
      said: 'fit',
      asked: ['GitRepository', 'Kustomization', 'HelmRelease'],
    });
  });

  test('waits for what is not ready, and refuses what stays so, in the words of Flux', async () => {
    const failing = (world: TestFlux): void =>
      attempted(world.kustomization, world.source, {
        conditions: [condition('Ready', 'False', 'BuildFailed', 'no such file')],
      });
    expect((await asks(failing)).said).toBe('fit');
    const stays = (world: TestFlux): void => {
      failing(world);
      world.on.Kustomization = () => failing(world);
    };
    expect((await asks(stays)).said).toBe(
      'Failed: Kustomization flux-system/apps is not ready: BuildFailed: no such file',
    );
  });
});
