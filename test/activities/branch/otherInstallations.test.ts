import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { assertNoOtherDeadRun, changesOf } from '../../../activities/branch/deadRuns.ts';
import { assertNoOtherInstallation } from '../../../activities/branch/otherInstallations.ts';
import type { Deps } from '../../../activities/deps.ts';
import { deadRunOf, holdTurn } from '../../../activities/waits/turn.ts';
import { idsOf } from '../../../core/run/ids.ts';
import type { LeaseHolder } from '../../../integrations/kubernetes/leases.ts';

// Two installations that share a repository or an Application, each with a client of the same name.

const THEIRS = '11111111-1111-4111-8111-111111111111';
const OURS = '22222222-2222-4222-8222-222222222222';

interface Found {
  /** Name of the installation whose worker asks. */
  readonly asks?: string;
  readonly branch?: string;
  readonly changed?: readonly string[];
  readonly landed?: boolean;
  /** The target branch was begun anew: all commits of the branch lead to a first one. */
  readonly anew?: boolean;
  /** Paths that a merge would still change; undefined where it cannot be told. */
  readonly unlanded?: readonly string[];
  readonly open?: readonly string[];
  readonly land?: 'first' | 'last';
  readonly holder?: LeaseHolder;
  readonly abandoned?: readonly LeaseHolder[];
}

interface Taken {
  readonly holder: LeaseHolder;
  readonly abandoned: readonly LeaseHolder[];
}

/** Of the branch, beside what has landed; one whose change nothing tells has no trailer. */
function commitsOf({ landed = false, anew = false, unlanded }: Found): readonly object[] {
  if (landed) return [];
  const trailers = unlanded === undefined ? {} : { 'Registrar-Change': THEIRS };
  if (!anew) return [{ sha: 'head', parents: ['base'], trailers }];
  return [
    { sha: 'base', parents: [], trailers: {} },
    { sha: 'head', parents: ['base'], trailers },
  ];
}

function depsOf(found: Found, taken: Taken[] = []): Deps {
  const { asks = 'east', changed = ['identity/external-secret.yaml'], open = [], land = 'last' } = found;
  const branch = found.branch ?? `oidc-registrar/zot-${THEIRS}`;
  const { holder, abandoned = [] } = found;
  return {
    installation: {
      gitops: { land, branch: 'main', landBy: 'push', registrations: 'oidc-clients' },
      authentik: {
        deployBy: 'argocd',
        application: 'authentik',
        blueprints: { file: 'identity/kustomization.yaml', generatedFrom: 'identity/blueprints' },
        externalSecret: { file: 'identity/external-secret.yaml' },
        deployment: { file: 'identity/worker.yaml' },
      },
    },
    argocd: {},
    git: {
      fetch: async () => undefined,
      branches: async (prefix: string) => (branch.startsWith(prefix) ? [{ name: branch, sha: 'head' }] : []),
      head: async (name: string) => (name === 'main' ? 'target' : 'head'),
      log: async () => commitsOf(found),
      mergedTree: async () => (found.unlanded === undefined ? undefined : 'merged'),
      // Where the target branch was begun anew, files are compared, and no merge.
      changedPaths: async (from: string, to: string) => {
        if (found.anew === true) return from === 'target' ? found.unlanded : [...changed, ...(found.unlanded ?? [])];
        return to === 'merged' ? found.unlanded : changed;
      },
    },
    runs: {
      idOf: idsOf(asks).client,
      isOpen: async (id: string) => open.includes(id),
      endedWell: async () => false,
      findPlan: async () => undefined,
    },
    leases: {
      read: async () => ({ holder, abandoned, resourceVersion: '1' }),
      take: async (_: string, by: LeaseHolder, __: unknown, beside: readonly LeaseHolder[]) =>
        void taken.push({ holder: by, abandoned: beside }),
    },
  } as unknown as Deps;
}

const holderOf = (workflowId: string): LeaseHolder => ({
  workflowId,
  runId: 'r',
  client: 'zot',
  changeId: THEIRS,
  branch: `oidc-registrar/zot-${THEIRS}`,
});

describe("the branch of another installation's client of the same name", () => {
  const asked = (found: Found): Promise<void> => assertNoOtherInstallation(depsOf(found), 'zot');

  it('is no branch of ours', async () => {
    expect(await changesOf(depsOf({}), 'zot')).toEqual([]);
    expect(await changesOf(depsOf({ asks: '' }), 'zot')).toEqual([THEIRS]);
    const named = `oidc-registrar/east/zot-${THEIRS}`;
    expect(await changesOf(depsOf({ branch: named }), 'zot')).toEqual([THEIRS]);
    expect(await changesOf(depsOf({ branch: named, asks: '' }), 'zot')).toEqual([]);
  });

  it.each<[Found, string]>([
    [{ open: ['oidc-client/zot'] }, 'oidc-client/zot of the installation without a name'],
    [
      { asks: '', branch: `oidc-registrar/west/zot-${THEIRS}`, open: ['west/oidc-client/zot'] },
      'west/oidc-client/zot of installation west',
    ],
  ])('is waited for while its run is open: %j', async (found, named) => {
    const waits = asked(found);
    await expect(waits).rejects.toMatchObject({ kind: 'NotYet' });
    await expect(waits).rejects.toThrow(named);
  });

  it.each<Found>([
    {},
    { changed: ['identity/blueprints/zot.yaml'] },
    { changed: ['oidc-clients/zot.yaml'] },
    { changed: ['oidc-clients/zot.yml'] },
    { unlanded: ['identity/external-secret.yaml'] },
    { anew: true, unlanded: ['identity/external-secret.yaml'] },
    { anew: true },
    // Our own run of that name is another one.
    { open: ['east/oidc-client/zot'] },
  ])('is refused, and left to that installation, where its run is not open: %j', async (found) => {
    await expect(asked(found)).rejects.toMatchObject({
      kind: 'Refused',
      message: `branch oidc-registrar/zot-${THEIRS} changes the same files and is that of oidc-client/zot, a run of the installation without a name that is not open in this namespace`,
      remedy: `Where that run is open in another namespace, wait for it. Else run client zot again in the installation without a name: it finishes or takes back what that run left; only where that installation is gone: \`git push origin --delete oidc-registrar/zot-${THEIRS}\`.`,
    });
  });

  it.each<Found>([
    { landed: true },
    // Squashed, and squashed but for files of their own.
    { unlanded: [] },
    { anew: true, unlanded: [] },
    { unlanded: ['west/notes.md'] },
    { changed: ['west/external-secret.yaml', 'west/oidc-clients/zot.yaml'] },
    { branch: `oidc-registrar/east/zot-${THEIRS}` },
    { branch: `oidc-registrar/other-${THEIRS}` },
    { branch: 'oidc-registrar/doctor' },
  ])('holds up nobody: %j', async (found) => {
    await expect(asked(found)).resolves.toBeUndefined();
  });
});

describe("the branch of another installation's other client", () => {
  const other = (found: Found): Promise<void> =>
    assertNoOtherDeadRun(depsOf({ branch: `oidc-registrar/west/dead-${THEIRS}`, ...found }), 'zot');

  it('is refused where its run is not open, for nobody here knows what it has deployed', async () => {
    await expect(other({})).rejects.toMatchObject({ kind: 'Refused' });
    await expect(other({ open: ['east/oidc-client/dead'] })).rejects.toThrow('west/oidc-client/dead');
  });

  it.each<Found>([
    { open: ['west/oidc-client/dead'] },
    { changed: ['west/external-secret.yaml'] },
    { landed: true },
    { unlanded: [] },
    { land: 'first' },
  ])('holds up nobody: %j', async (found) => {
    await expect(other(found)).resolves.toBeUndefined();
  });
});

describe("the turn of another installation's client of the same name", () => {
  const hold = async (found: Found): Promise<readonly Taken[]> => {
    const taken: Taken[] = [];
    const asked = { land: 'last', client: 'zot', changeId: OURS } as const;
    await new MockActivityEnvironment().run(() => holdTurn(depsOf(found, taken), asked));
    return taken;
  };

  it.each<Found>([
    { holder: holderOf('oidc-client/zot'), open: ['oidc-client/zot'] },
    { holder: holderOf('west/oidc-client/zot'), open: ['west/oidc-client/zot'] },
    { asks: '', holder: holderOf('west/oidc-client/zot'), open: ['west/oidc-client/zot'] },
  ])('is waited for while its run is open: %j', async (found) => {
    await expect(hold(found)).rejects.toMatchObject({ kind: 'NotYet' });
  });

  it.each<Found>([{}, { open: ['east/oidc-client/zot'] }])(
    'is never taken over, whatever is left of its run: %j',
    async (found) => {
      await expect(hold({ ...found, holder: holderOf('oidc-client/zot') })).rejects.toMatchObject({
        kind: 'Refused',
        message: `the turn at Application authentik is held by oidc-client/zot (change ${THEIRS}), a run of another installation that is not open in this namespace`,
      });
    },
  );

  it('is no dead run of ours, and stays on record', async () => {
    const theirs = holderOf('west/oidc-client/zot');
    const lease = { holder: undefined, abandoned: [theirs], resourceVersion: '1' };
    expect(await deadRunOf(depsOf({}), 'zot', lease)).toBeUndefined();
    expect(await deadRunOf(depsOf({ asks: 'west' }), 'zot', lease)).toEqual(theirs);
    const [taken] = await hold({ abandoned: [theirs] });
    expect(taken?.abandoned).toEqual([theirs]);
    expect(taken?.holder).toMatchObject({ changeId: OURS, branch: `oidc-registrar/east/zot-${OURS}` });
  });

  it('is ours where our own run has it', async () => {
    expect(await hold({ holder: holderOf('east/oidc-client/zot') })).toEqual([]);
  });
});
