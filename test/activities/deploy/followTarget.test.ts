import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import type { DeployRequest } from '../../../activities/deploy/deployer.ts';
import { followTarget } from '../../../activities/deploy/argoCdSync.ts';
import type { Deps } from '../../../activities/deps.ts';
import type { ApplicationState, ComparisonError, SyncRequest } from '../../../integrations/argocd/argocd.ts';

const HEAD = 'a'.repeat(40);
const OLDER = 'b'.repeat(40);
const BROKEN: ComparisonError = { message: 'app path does not exist', ofManifests: true };
const UNREACHABLE: ComparisonError = { message: 'dial tcp: connection refused', ofManifests: false };

/** One source. */
function comparedWith(comparedRevision: string | undefined): ApplicationState['sources'] {
  const whole = { repoURL: 'x', targetRevision: 'main', path: 'photos', chart: undefined, ref: undefined };
  return [{ ...whole, helm: undefined, comparedRevision }];
}

/** An Application that `now` changes at every look; what is asked of it, in order, without repetitions. */
interface World {
  readonly policy?: Partial<ApplicationState>;
  readonly now?: (look: number, refreshes: number) => Partial<ApplicationState> & { readonly deployed?: true };
  readonly attempt?: number;
  /** How long the attempt may take: short where nothing is ever deployed, else longer than a busy machine needs. */
  readonly limitMs?: number;
  /** How often a refresh is asked for again. */
  readonly forceSyncMs?: number;
  /** Whether the Application of a consumer is meant, or Authentik's own. */
  readonly elsewhere?: boolean;
}

async function follow({
  policy = {},
  now = () => ({}),
  attempt = 1,
  limitMs = 10_000,
  forceSyncMs = 40,
  elsewhere = true,
}: World) {
  const asked: string[] = [];
  let looks = 0;
  let refreshes = 0;
  let pending = false;
  let synced: string | undefined;
  let deployed = false;
  const argocd = {
    application: async () => {
      looks += 1;
      const acknowledged = pending;
      pending = false;
      const { deployed: came = false, ...state } = now(looks, refreshes);
      deployed ||= came;
      return {
        name: 'photos',
        automated: true,
        selfHeal: false,
        busy: false,
        byPosition: false,
        sources: comparedWith(HEAD),
        refreshRequested: acknowledged,
        lastOperation: synced === undefined ? undefined : { id: synced, phase: 'Succeeded', results: [] },
        ...policy,
        ...state,
      };
    },
    refresh: async (_name: string, kind = 'normal') => {
      refreshes += 1;
      pending = true;
      asked.push(`${kind} refresh`);
    },
    sync: async ({ id, revision, resources, isOf = () => true }: SyncRequest) => {
      synced = id;
      deployed = true;
      const of = policy.byPosition === true ? ` of ${(policy.sources ?? []).map(isOf).join()}` : '';
      asked.push(`sync of ${resources?.map(({ name }) => name).join()} at ${revision}${of}`);
      return 'accepted';
    },
  };
  const installation = {
    authentik: { application: 'authentik', namespace: 'sso', externalSecret: { name: 'authentik' } },
    gitops: { remote: 'x', aliases: [], branch: 'main' },
    timings: { pollMs: 2, forceSyncMs },
  };
  const target = elsewhere
    ? { application: 'photos', object: { kind: 'ExternalSecret', name: 'photos' } }
    : { application: 'authentik', object: { kind: 'ExternalSecret', name: 'authentik' }, resource: 'externalSecret' };
  const wanted = {
    job: { changeId: 'c', names: {}, edits: [] },
    purpose: 'p',
    commit: HEAD,
    targets: [target],
    missing: async () => (deployed ? undefined : 'it is otherwise at /spec/data/0'),
  };
  const env = new MockActivityEnvironment({ attempt, startToCloseTimeoutMs: limitMs, scheduleToCloseTimeoutMs: 0 });
  const ended = await env
    .run(() => followTarget({ argocd, installation } as unknown as Deps, wanted as unknown as DeployRequest))
    .then(
      () => 'deployed',
      (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
    );
  return {
    ended,
    asked: asked.filter((each, i) => each !== asked[i - 1]),
    hard: asked.filter((each) => each === 'hard refresh'),
  };
}

describe('what automated sync leaves as it is', () => {
  test.each([
    ["a consumer's ExternalSecret that drifted", true, 'photos'],
    ['an entry of Authentik’s that somebody took out', false, 'authentik'],
  ])('without self-heal is synced at the head: %s', async (_name, elsewhere, name) => {
    expect(await follow({ elsewhere })).toMatchObject({
      ended: 'deployed',
      asked: ['normal refresh', `sync of ${name} at ${HEAD}`],
    });
  });

  test.each<[string, World]>([
    ['self-heal mends it', { policy: { selfHeal: true } }],
    ['the head has not been compared yet', { policy: { sources: comparedWith(OLDER) } }],
    ['an operation runs', { policy: { busy: true } }],
    ['the refresh is not acknowledged', { policy: { refreshRequested: true } }],
  ])('is not asked for where %s', async (_name, world) => {
    const { ended, asked } = await follow({ ...world, limitMs: 400 });
    expect(ended).toMatch(/^NotYet: still waiting: it is otherwise/);
    expect(asked.filter((each) => each !== 'normal refresh')).toEqual([]);
  });

  test('is not asked for where automated sync comes', async () => {
    const now = (look: number) => (look < 4 ? {} : look < 40 ? { busy: true } : ({ deployed: true } as const));
    expect(await follow({ now })).toMatchObject({ ended: 'deployed', asked: ['normal refresh'] });
  });
});

describe('of several sources', () => {
  const [ours] = comparedWith(HEAD);
  const byPosition = (...sources: readonly object[]): World => ({
    policy: { byPosition: true, sources: sources.map((each) => ({ ...ours, ...each })) as ApplicationState['sources'] },
  });

  test('those on the target branch are synced, and they alone must have been compared', async () => {
    const chart = { repoURL: 'charts', chart: 'authentik', comparedRevision: '2026.8.2' };
    const world = byPosition(chart, { ref: 'values' }, { targetRevision: 'v1', comparedRevision: OLDER });
    expect(await follow(world)).toMatchObject({
      ended: 'deployed',
      asked: ['normal refresh', `sync of photos at ${HEAD} of false,true,false`],
    });
    expect((await follow({ ...byPosition({ comparedRevision: OLDER }, {}), limitMs: 400 })).asked).toEqual([
      'normal refresh',
    ]);
  });

  test('none is synced where somebody has pointed all of ours elsewhere meanwhile', async () => {
    const { ended, asked } = await follow(byPosition({ targetRevision: 'trial' }, { repoURL: 'charts' }));
    expect(ended).toBe('Refused: Application photos has no source of the repository on main any more');
    expect(asked).toEqual(['normal refresh']);
  });
});

describe('an Application that cannot be compared', () => {
  test('for its manifests is failed at once, when two comparisons without the cache have said so again', async () => {
    // A busy machine takes its time between two comparisons: no refresh of ours may come in between.
    const world = { now: () => ({ comparisonError: BROKEN }), forceSyncMs: 60_000 };
    const { ended, asked, hard } = await follow(world);
    expect(ended).toBe('Failed: Application photos cannot be compared: app path does not exist');
    expect(asked).toEqual(['normal refresh', 'hard refresh']);
    expect(hard).toHaveLength(2);
  });

  test('for manifests of before the head is waited for', async () => {
    const now = (look: number, refreshes: number) =>
      refreshes < 3 ? { comparisonError: BROKEN } : look < 30 ? { busy: true } : ({ deployed: true } as const);
    expect((await follow({ now })).ended).toBe('deployed');
  });

  test('for another reason is waited for through an attempt, and fails in the next where it is confirmed', async () => {
    const now = () => ({ comparisonError: UNREACHABLE, sources: comparedWith(undefined) });
    expect((await follow({ now, limitMs: 400 })).ended).toBe(
      'NotYet: still waiting: it is otherwise at /spec/data/0; Application photos cannot be compared: dial tcp: connection refused',
    );
    expect((await follow({ now, attempt: 2 })).ended).toMatch(/^Failed: Application photos cannot be compared/);
    const passing = (look: number) => (look < 4 ? now() : look < 30 ? { busy: true } : ({ deployed: true } as const));
    expect((await follow({ now: passing, attempt: 2 })).ended).toBe('deployed');
  });
});
