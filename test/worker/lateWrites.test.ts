import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deps } from '../../activities/deps.ts';
import { AttemptOver } from '../../core/base/attemptOver.ts';
import { Secret } from '../../core/base/secret.ts';
import { createFlux } from '../../integrations/flux/fluxObjects.ts';
import type { KubernetesObject } from '../../integrations/kubernetes/cluster.ts';
import { sampleLayout } from '../../sandbox/world/layout.ts';
import { World } from '../../sandbox/world/world.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { createDeps } from '../../worker/createDeps.ts';
import { attemptIn } from '../fixtures/attempts.ts';
import { errorOf } from '../fixtures/errors.ts';

/** What the worker is given, by the names of {@link Deps}, as far as it reaches another system. */
type System =
  | 'vault'
  | 'git'
  | 'argocd'
  | 'flux'
  | 'leases'
  | 'cluster'
  | 'externalSecrets'
  | 'deployments'
  | 'authentik'
  | 'ansible'
  | 'consumers'
  | 'runs'
  | 'schedules'
  | 'forge'
  | 'notifier';

/** Methods that change nothing which an undo would have to find, and why that is so. */
const HARMLESS: Readonly<Record<System, Readonly<Record<string, string>>>> = {
  vault: { read: 'GET', mayWrite: 'a POST of what is no item, which makes none' },
  git: {
    fetch: "changes this worker's clone alone",
    defaultBranch: 'reads',
    head: 'reads',
    branches: 'reads',
    readFile: 'reads',
    listFiles: 'reads',
    deletedText: 'reads',
    filesHolding: 'reads',
    log: 'reads',
    isAncestor: 'reads',
    changedPaths: 'reads',
    mergedTree: 'makes objects in the clone of this worker, which no branch names',
    diff: 'reads',
    tryPush: 'a dry run',
    commit: 'makes an object in the clone of this worker, which no branch of the remote names',
    checkout: 'on the disk of this worker',
    removeWorktree: 'on the disk of this worker',
  },
  argocd: { application: 'GET', shutWindow: 'GET' },
  flux: { gitRepository: 'GET', kustomization: 'GET', helmRelease: 'GET', configMap: 'GET' },
  leases: { read: 'GET' },
  cluster: { get: 'GET', list: 'GET', allows: 'a review, which makes nothing' },
  externalSecrets: { read: 'GET', glance: 'GET', secretValue: 'GET', secretWrittenAt: 'GET' },
  deployments: { rollout: 'GET', glance: 'GET' },
  authentik: {
    version: 'GET',
    permissions: 'GET',
    find: 'GET',
    application: 'GET',
    providerByName: 'GET',
    providerByClientId: 'GET',
    providerByPk: 'GET',
    secretDialect: 'GET',
    secretsNamed: 'GET',
    secretByPk: 'GET',
    bindings: 'GET',
    group: 'GET',
    groupByPk: 'GET',
    user: 'GET',
    instancesByPath: 'GET',
    instancesByName: 'GET',
    available: 'GET',
    applyTasks: 'GET',
    lackingForUsedBy: 'GET',
    discoveryWarnings: 'GET',
    usedBy: 'GET',
    testSecret: "revokes a token that is nobody's",
    testRedirectUri: 'GET',
    discoveryDocument: 'GET',
  },
  ansible: { version: 'on this machine', syntaxCheck: 'on this machine' },
  consumers: { installed: 'reads', probe: 'GET' },
  runs: {
    idOf: 'asks nobody',
    isOpen: 'reads',
    endedWell: 'reads',
    findPlan: 'reads',
    plannedJob: 'reads',
    interruptedPlan: 'reads',
    registeredBefore: 'reads',
    registeredAs: 'reads',
    openRuns: 'reads',
    searchable: 'reads',
  },
  schedules: { read: 'reads' },
  forge: { find: 'GET' },
  notifier: {
    send: 'tells people what was so when it was sent; a notice may come twice anyway',
    reach: 'HEAD',
  },
};

const SETTINGS: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'late', namespace: 'authentik' },
  data: { a: 'b' },
};
const SETTINGS_REF = { apiVersion: 'v1', kind: 'ConfigMap', name: 'late', namespace: 'authentik' };
const HOLDER = { workflowId: 'oidc-client/late', runId: 'r', client: 'late', changeId: 'c', branch: 'b' };

describe('a worker whose attempt Temporal has given up', () => {
  let world: World;
  let dir = '';
  let deps: Deps;
  /** What was written to the systems that have no HTTP of their own here. */
  const written: string[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'registrar-test-'));
    const layout = await sampleLayout('manual');
    world = await World.start({ layout, dir, forge: 'github', notify: 'json' });
    const opened = await createDeps(loadWorkerConfig(world.workerEnv), temporal(written));
    // One worker has Argo CD or Flux.
    deps = { ...opened, flux: createFlux(opened.cluster) };
    const { argocd, authentik } = world.installation;
    const systems = [
      'connect',
      'authentik',
      'forge',
      `kubernetes/${argocd?.cluster}`,
      `kubernetes/${authentik.cluster}`,
    ];
    for (const system of systems)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        world.faults.add({ system, method, effect: { kind: 'interpose', act: () => void written.push(system) } });
  });
  afterAll(async () => {
    await world.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** One call a method, in an order in which each has something to change. */
  const writes = (): readonly (readonly [System, string, () => Promise<unknown>])[] => {
    const {
      vault,
      git,
      argocd,
      flux,
      leases,
      cluster,
      externalSecrets,
      deployments,
      authentik,
      consumers,
      schedules,
      forge,
    } = deps;
    const { namespace, externalSecret, deployment, application = '' } = deps.installation.authentik;
    const label = 'late-client-secret';
    const marker = path.join(world.dir, 'ran');
    return [
      ['vault', 'addField', () => vault.addField(label, new Secret('value-0123456789abcdef'))],
      ['vault', 'change', () => vault.change({ notes: [{ label: 'late', text: 'x' }] })],
      ['vault', 'removeField', () => vault.removeField(label)],
      [
        'vault',
        'of',
        async () => vault.of?.({ title: 'late', client: 'late' }).addField(label, new Secret('x'), { makes: 'change' }),
      ],
      [
        'git',
        'push',
        async () => {
          await git.fetch();
          const parent = await world.repository.head();
          const changes = [{ path: 'late.txt', text: 'late' }];
          const commit = await git.commit({ parent, changes, subject: 'Late', trailers: {} });
          await git.push({ commit, branch: 'late', expected: null });
          written.push('git');
        },
      ],
      [
        'argocd',
        'sync',
        async () => argocd?.sync({ application, id: 'x', revision: await world.repository.head(), prune: false }),
      ],
      ['leases', 'take', () => leases.take('late', HOLDER)],
      ['leases', 'release', () => leases.release('late', HOLDER)],
      ['cluster', 'create', () => cluster.create(SETTINGS)],
      ['cluster', 'mergePatch', () => cluster.mergePatch(SETTINGS_REF, { data: { a: 'c' } })],
      ['cluster', 'jsonPatch', () => cluster.jsonPatch(SETTINGS_REF, [{ op: 'replace', path: '/data/a', value: 'd' }])],
      ['cluster', 'replace', () => cluster.replace(SETTINGS)],
      ['cluster', 'delete', () => cluster.delete(SETTINGS_REF)],
      ['externalSecrets', 'forceSync', () => externalSecrets.forceSync({ namespace, name: externalSecret.name }, 'x')],
      ['deployments', 'restart', () => deployments.restart({ ...deployment, namespace }, 'x')],
      ['authentik', 'createInstance', () => authentik.createInstance('late', 'custom/late.yaml')],
      ['authentik', 'enableInstance', () => authentik.enableInstance('none', 'custom/late.yaml')],
      ['authentik', 'apply', () => authentik.apply('none')],
      ['authentik', 'change', () => authentik.change('application', 'none', { name: 'x' })],
      ['authentik', 'removeBinding', () => authentik.removeBinding('none')],
      ['authentik', 'remove', () => authentik.remove('application', 'none')],
      [
        'consumers',
        'run',
        async () => {
          const { signal } = new AbortController();
          await consumers.run({ words: ['touch', marker], environment: [], timeoutMs: 5_000, signal });
          if (existsSync(marker)) written.push('consumer');
        },
      ],
      ['schedules', 'put', () => schedules.put('late', { every: '30d' }, { by: 'registration' })],
      ['schedules', 'remove', () => schedules.remove('late')],
      ['forge', 'open', async () => forge?.open({ branch: 'late', title: 't', body: 'b' })],
      ['forge', 'close', async () => forge?.close(1, 'why')],
      [
        'git',
        'deleteBranch',
        async () => {
          await git.deleteBranch('late');
          written.push('git');
        },
      ],
      ['argocd', 'refresh', async () => argocd?.refresh(application)],
      ['flux', 'reconcile', async () => flux?.reconcile('Kustomization', { namespace, name: 'late' }, 'x')],
    ];
  };

  test('is given no system but these', () => {
    const others = ['installation', 'digest', 'formerDigest', 'consumerCluster', 'compareUrl', 'generateSecret'];
    expect([...Object.keys(HARMLESS), ...others].toSorted()).toEqual(Object.keys(deps).toSorted());
  });

  test('has every method of every system in one of the two lists', () => {
    const known = new Set(writes().map(([system, method]) => `${system}.${method}`));
    for (const [system, methods] of Object.entries(HARMLESS))
      for (const method of Object.keys(methods)) known.add(`${system}.${method}`);
    expect([...known].toSorted()).toEqual(methodsOf(deps).toSorted());
  });

  test('changes nothing by any method, and each of them would have', async () => {
    const over = attemptIn(() => Promise.reject(new ActivityNotFoundError('gone')));
    const alive = attemptIn(async () => undefined);
    for (const [system, method, call] of writes()) {
      const name = `${system}.${method}`;
      written.length = 0;
      // The refusal of a dead attempt is the adapter's answer, whatever its client library makes of errors.
      expect(await errorOf(over.run(call)), name).toBeInstanceOf(AttemptOver);
      expect(written, name).toEqual([]);
      await alive.run(call).catch(() => undefined);
      expect(written, name).not.toEqual([]);
    }
  });
});

/** Functions of every member that is an object, with its class's. */
function methodsOf(deps: Deps): readonly string[] {
  return Object.entries(deps)
    .filter(([system]) => system in HARMLESS)
    .flatMap(([system, member]) => {
      const own = Object.keys(member as object);
      const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(member) as object);
      return [...own, ...(Object.getPrototypeOf(member) === Object.prototype ? [] : inherited)]
        .filter((name) => name !== 'constructor' && typeof (member as Record<string, unknown>)[name] === 'function')
        .map((method) => `${system}.${method}`);
    });
}

/** Temporal, as far as a Schedule is made and deleted there. */
function temporal(written: string[]): Client {
  const write = async (): Promise<void> => void written.push('schedules');
  const handle = { describe: async () => ({ action: {} }), update: write, delete: write };
  return {
    options: { namespace: 'default' },
    schedule: { create: write, getHandle: () => handle },
  } as unknown as Client;
}
