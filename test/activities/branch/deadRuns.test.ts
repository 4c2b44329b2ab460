import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { deadRunOf, holdTurn } from '../../../activities/waits/turn.ts';
import type { Deps } from '../../../activities/deps.ts';
import { assertNoOtherDeadRun } from '../../../activities/branch/deadRuns.ts';
import { IDS } from '../../../core/run/ids.ts';
import type { ObjectRef } from '../../../integrations/kubernetes/cluster.ts';
import type { LeaseHolder } from '../../../integrations/kubernetes/leases.ts';

const CHANGE = '11111111-1111-4111-8111-111111111111';
const BRANCH = `oidc-registrar/dead-${CHANGE}`;

interface Left {
  readonly land?: 'first' | 'last';
  /** Which entries of the dead run are live. */
  readonly live?: { readonly externalSecret?: boolean; readonly deployment?: boolean; readonly blueprint?: boolean };
  readonly historyGone?: boolean;
  /** A merge of the branch would change nothing. */
  readonly squashed?: boolean;
  readonly landed?: boolean;
  readonly open?: boolean;
  readonly endedWell?: boolean;
  readonly removal?: boolean;
  readonly holder?: LeaseHolder;
}

const names = { secretKey: 'dead-oidc', envVar: 'DEAD', blueprintKey: 'dead.yaml' };
const edit = (entry: string) => ({ entry, kind: 'edited' });
const job = {
  names,
  blueprint: { text: 'ours' },
  edits: ['externalSecret', 'deployment', 'configMap'].map(edit),
};

/** An installation where a run of the client `dead` has died, with these things of it in the cluster. */
function withDead(left: Left, taken: string[] = []): Deps {
  const { live = {}, land = 'last' } = left;
  return {
    installation: {
      gitops: { land, branch: 'main', landBy: 'push' },
      authentik: {
        deployBy: 'argocd',
        namespace: 'identity',
        application: 'authentik',
        externalSecret: { name: 'authentik' },
        blueprints: { configMap: 'blueprints' },
        deployment: { name: 'worker', container: 'worker' },
      },
    },
    argocd: {},
    git: {
      fetch: async () => undefined,
      branches: async () => [{ name: BRANCH, sha: 'head' }],
      head: async (name: string) => (name === BRANCH ? 'head' : 'target'),
      isAncestor: async () => left.landed ?? false,
      log: async () => [{ sha: 'head', parents: ['base'], trailers: {} }],
      mergedTree: async () => 'merged',
      changedPaths: async () => (left.squashed === true ? [] : ['identity/worker.yaml']),
    },
    runs: {
      idOf: IDS.client,
      isOpen: async () => left.open ?? false,
      endedWell: async () => left.endedWell ?? false,
      findPlan: async () =>
        left.historyGone === true ? undefined : { job: { ...job, ...(left.removal === true ? { removal: {} } : {}) } },
    },
    cluster: {
      name: 'edge',
      get: async ({ kind }: ObjectRef) => {
        if (kind === 'ConfigMap') return { data: live.blueprint === true ? { 'dead.yaml': 'ours' } : {} };
        if (kind === 'ExternalSecret')
          return { spec: { data: live.externalSecret === true ? [{ secretKey: 'dead-oidc' }] : [] } };
        const env = live.deployment === true ? [{ name: 'DEAD' }] : [];
        return { spec: { template: { spec: { containers: [{ name: 'worker', env }] } } } };
      },
    },
    leases: {
      read: async () =>
        left.holder === undefined ? undefined : { holder: left.holder, abandoned: [], resourceVersion: '1' },
      take: async (_: string, { client }: LeaseHolder) => void taken.push(client),
    },
  } as unknown as Deps;
}

describe('a dead run of another client', () => {
  const next = (left: Left): Promise<void> => assertNoOtherDeadRun(withDead(left), 'next');

  it.each([
    ['ExternalSecret authentik', { live: { externalSecret: true } }],
    ['Deployment worker', { live: { deployment: true } }],
    ['ConfigMap blueprints', { live: { blueprint: true } }],
    ['ExternalSecret authentik', { removal: true }],
    ['not known any more', { historyGone: true }],
  ])('holds a run up, which names %s: %j', async (named, left) => {
    const refused = next(left);
    await expect(refused).rejects.toMatchObject({ kind: 'Refused' });
    await expect(refused).rejects.toThrow(named);
    await expect(refused).rejects.toThrow('client dead');
  });

  it.each<[Left, string]>([
    [
      { live: { deployment: true } },
      'To finish it: `oidc-registrar register dead`; to take it back: `oidc-registrar register dead --take-back`.',
    ],
    [
      { removal: true },
      'To finish it: `oidc-registrar deregister dead`; to put everything back: `oidc-registrar deregister dead --take-back`.',
    ],
    [{ historyGone: true }, 'Run client dead again: it finishes or takes back what that run left.'],
  ])('says how it is freed: %j', async (left, remedy) => {
    await expect(next(left)).rejects.toMatchObject({ remedy });
  });

  it.each<Left>([
    {},
    { removal: true, live: { externalSecret: true, deployment: true, blueprint: true } },
    { landed: true, live: { deployment: true } },
    { historyGone: true, squashed: true },
    { open: true, live: { deployment: true } },
    { live: { deployment: true }, land: 'first' },
  ])('holds up nobody: %j', async (left) => {
    await expect(next(left)).resolves.toBeUndefined();
  });
});

describe('the turn, proven again', () => {
  const holder = (client: string): LeaseHolder => ({
    workflowId: `oidc-client/${client}`,
    runId: 'r',
    client,
    changeId: CHANGE,
    branch: BRANCH,
  });
  const hold = async (
    left: Left,
    land: 'first' | 'last' = 'last',
    kind: { readonly deploys?: false } = {},
  ): Promise<readonly string[]> => {
    const taken: string[] = [];
    const env = new MockActivityEnvironment();
    await env.run(() => holdTurn(withDead(left, taken), { land, client: 'zot', changeId: CHANGE, ...kind }));
    return taken;
  };

  it('is ours, or is taken where it is free; without a turn nobody is asked', async () => {
    expect(await hold({ holder: holder('zot') })).toEqual([]);
    expect(await hold({})).toEqual(['zot']);
    expect(await hold({ holder: holder('dead') })).toEqual(['zot']);
    expect(await hold({ holder: holder('dead'), open: true }, 'first')).toEqual([]);
  });

  it('is not gone on with where its run ended well, and is where it did not', async () => {
    const lease = { holder: holder('zot'), abandoned: [], resourceVersion: '1' };
    expect(await deadRunOf(withDead({}), 'zot', lease)).toEqual(holder('zot'));
    expect(await deadRunOf(withDead({ endedWell: true }), 'zot', lease)).toBeUndefined();
  });

  it('is waited for where another has it', async () => {
    await expect(hold({ holder: holder('dead'), open: true })).rejects.toMatchObject({ kind: 'NotYet' });
    await expect(hold({ holder: holder('dead'), live: { deployment: true } })).rejects.toMatchObject({
      kind: 'Refused',
    });
  });

  it('is taken over by a rotation, which deploys no object, whatever of a dead run is live', async () => {
    const dead = { holder: holder('dead'), live: { deployment: true } };
    expect(await hold(dead, 'last', { deploys: false })).toEqual(['zot']);
    await expect(hold({ ...dead, open: true }, 'last', { deploys: false })).rejects.toMatchObject({ kind: 'NotYet' });
  });
});
