import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { findStanding } from '../../../activities/branch/deadRuns.ts';
import { findRemovalStanding } from '../../../activities/branch/deadRemovals.ts';
import { CHANGE_TRAILER, REMOVE_STEP, STEP_TRAILER } from '../../../activities/branch/runBranch.ts';
import { IDS } from '../../../core/run/ids.ts';
import type { Land } from '../../../core/run/steps.ts';

// A new run that would go on with one that died, where the worker's registrar.yaml has changed in between.

const DEAD = '11111111-1111-4111-8111-111111111111';
const NEW = '22222222-2222-4222-8222-222222222222';

const began = 'v2:gitops.branch=a vault.itemId=b authentik.cluster=c';
const elsewhere = 'v2:gitops.branch=a vault.itemId=x authentik.cluster=y';

interface Found {
  readonly digest?: string;
  readonly land?: Land;
  /** Where the dead run shows: its branch, its pending field, a field that it put into service, or the turn that the new run took over. */
  readonly by?: 'branch' | 'pending' | 'field' | 'turn';
  readonly removal?: boolean;
  readonly landed?: boolean;
  readonly completed?: boolean;
  readonly historyGone?: boolean;
}

/** An installation in which a run of zot has died; its worker's places are `elsewhere`. */
function withDead({ digest = began, land = 'last', by = 'branch', ...found }: Found): Deps {
  const branch = `oidc-registrar/zot-${DEAD}`;
  const step = found.removal === true ? REMOVE_STEP : 'patchExternalSecret';
  const commit = { parents: ['base'], trailers: { [CHANGE_TRAILER]: DEAD, [STEP_TRAILER]: step } };
  const job = {
    client: 'zot',
    changeId: DEAD,
    base: 'base',
    digest,
    before: { vaultField: false },
    ...(found.removal === true ? { removal: {} } : {}),
  };
  const plan = found.historyGone === true ? undefined : { job, completed: found.completed ?? false };
  return {
    digest: elsewhere,
    formerDigest: 'file',
    installation: { gitops: { land, branch: 'main', landBy: 'push' } },
    git: {
      branches: async () => (by === 'branch' ? [{ name: branch, sha: 'head' }] : []),
      head: async (name: string) => (name === 'main' ? 'target' : by === 'branch' ? 'head' : undefined),
      isAncestor: async (older: string) => older === 'target' || (found.landed ?? false),
      mergedTree: async () => undefined,
      log: async () => [commit],
    },
    runs: {
      idOf: IDS.client,
      findPlan: async (_: string, changeId: string) => (changeId === DEAD ? plan : undefined),
      interruptedPlan: async () => (by === 'field' ? plan : undefined),
    },
  } as unknown as Deps;
}

const standing = async (found: Found) => {
  const { by } = found;
  const own = by === 'turn' ? DEAD : NEW;
  return findStanding(withDead(found), 'zot', own, by === 'pending' ? [DEAD] : [], by === 'field');
};
const removalStanding = async (found: Found) => findRemovalStanding(withDead(found), 'zot', NEW);

const refusal = (deed: 'register' | 'deregister') => ({
  system: 'registrar.yaml',
  kind: 'Refused',
  message: `the run of client zot that ended half-way (change ${DEAD}) began with another configuration than this worker has; it differs in vault.itemId, authentik.cluster`,
  remedy: `Give the worker the former registrar.yaml back. To finish it: \`oidc-registrar ${deed} zot\`; to ${deed === 'register' ? 'take it' : 'put everything'} back: \`oidc-registrar ${deed} zot --take-back\`. Change the file then.`,
});

describe('a registration', () => {
  it.each<Found>([
    { by: 'branch' },
    { by: 'pending' },
    { by: 'field' },
    { by: 'turn' },
    { by: 'branch', land: 'first' },
    { by: 'branch', land: 'first', landed: true },
  ])('does not go on with one that began elsewhere: %j', async (found) => {
    await expect(standing(found)).rejects.toMatchObject(refusal('register'));
  });

  it.each<Found>([
    { digest: elsewhere },
    { digest: elsewhere, by: 'turn' },
    // A release whose digest was that of the whole file.
    { digest: 'file' },
    { digest: 'another-file' },
    // Nobody knows where it began.
    { historyGone: true },
  ])('goes on with one that began here, or nobody knows where: %j', async (found) => {
    await expect(standing(found)).resolves.toMatchObject({ changeId: DEAD, continued: true });
  });

  it.each<Found>([{ landed: true }, { landed: true, land: 'first', completed: true }])(
    'tidies up after one that has landed, wherever it began: %j',
    async (found) => {
      await expect(standing(found)).resolves.toMatchObject({ continued: false });
    },
  );
});

describe('a deregistration', () => {
  it.each<Found>([{}, { landed: true }, { land: 'first' }])(
    'does not go on with one that began elsewhere, past its point of no return either: %j',
    async (found) => {
      await expect(removalStanding({ ...found, removal: true })).rejects.toMatchObject(refusal('deregister'));
    },
  );

  it.each<Found>([{ digest: elsewhere }, { digest: 'another-file' }, { historyGone: true }])(
    'goes on with one that began here, or nobody knows where: %j',
    async (found) => {
      const continued = removalStanding({ ...found, removal: true });
      await expect(continued).resolves.toMatchObject({ changeId: DEAD, continued: true });
    },
  );
});
