import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { untilDeployed } from '../../../activities/deploy/fluxWait.ts';
import type { Deps } from '../../../activities/deps.ts';
import { RegistrarError } from '../../../core/base/errors.ts';
import { attempted, condition, testFlux, type TestFlux } from '../../fixtures/fakeFlux.ts';

/** Commits of the target branch, in their order: what was there before, ours, and what somebody landed after it. */
const [BEFORE, OURS, LATER] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const ORDER = [BEFORE, OURS, LATER];
const FAILED = condition('Ready', 'False', 'BuildFailed', 'kustomize build failed: no such file');
const UNDER_WAY = condition('Ready', 'Unknown', 'Progressing', 'Reconciliation in progress');

interface Course {
  readonly head?: string;
  readonly prepare?: (world: TestFlux) => void;
  /** Whether ours is live; by default where the Kustomization has tried our commit or a later one. */
  readonly isLive?: (world: TestFlux) => boolean;
  readonly attempt?: number;
  readonly helm?: boolean;
  readonly going?: boolean;
  readonly limitMs?: number;
}

async function wait({ head = OURS, prepare, isLive = hasTried, attempt = 1, limitMs = 10_000, ...course }: Course) {
  const world = testFlux(() => head);
  world.source.status['artifact'] = { revision: `main@sha1:${BEFORE}` };
  attempted(world.kustomization, world.source, { lastApplied: true, conditions: [condition('Ready', 'True', '')] });
  prepare?.(world);
  const isAncestor = async (one: string, other: string): Promise<boolean> => {
    if (!ORDER.includes(other))
      throw new RegistrarError({ system: 'Git', kind: 'NotFound', message: 'no', remedy: 'no' });
    return ORDER.indexOf(one) <= ORDER.indexOf(other);
  };
  const timings = { pollMs: 1, forceSyncMs: 4 };
  const deps = { installation: { timings }, git: { isAncestor, fetch: async () => undefined } } as unknown as Deps;
  const env = new MockActivityEnvironment({ attempt, startToCloseTimeoutMs: limitMs, scheduleToCloseTimeoutMs: 0 });
  const wanted = {
    flux: world.flux,
    kustomization: { namespace: 'flux-system', name: 'apps' },
    helmRelease: course.helm === true ? { namespace: 'sso', name: 'authentik' } : undefined,
    commit: OURS,
    missing: async () => (isLive(world) ? undefined : 'ConfigMap blueprints has no key zot.yaml'),
    going: course.going ?? false,
  };
  const ended = await env
    .run(() => untilDeployed(deps, wanted))
    .then(
      () => 'deployed',
      (error: { kind: string; message: string }) => `${error.kind}: ${error.message}`,
    );
  return { ended, asked: world.asked, inOrder: world.asked.filter((each, i) => each !== world.asked[i - 1]) };
}

function hasTried({ kustomization }: TestFlux): boolean {
  return !String(kustomization.status['lastAttemptedRevision']).endsWith(BEFORE);
}

const SHORT = 500;

describe('what has landed is brought', () => {
  test('by one request to each object, each when the one before has the commit', async () => {
    expect(await wait({ helm: true })).toMatchObject({
      ended: 'deployed',
      asked: ['GitRepository', 'Kustomization', 'HelmRelease'],
    });
  });

  test('by a later commit that contains it, where others land meanwhile', async () => {
    expect(await wait({ head: LATER })).toMatchObject({ ended: 'deployed' });
  });

  test('and nobody is asked where a later commit is applied already', async () => {
    const prepare = ({ source, kustomization }: TestFlux): void => {
      source.status['artifact'] = { revision: `refs/heads/main@sha1:${LATER}` };
      attempted(kustomization, source, { lastApplied: true, conditions: [condition('Ready', 'True', '')] });
    };
    expect(await wait({ prepare })).toEqual({ ended: 'deployed', asked: [], inOrder: [] });
  });

  test.each([
    ['an older revision', `main@sha1:${BEFORE}`],
    ['a commit that nobody has any more', `main@sha1:${'f'.repeat(40)}`],
    ['no artifact', undefined],
  ])('and %s is none of it, however live it looks', async (_name, revision) => {
    const prepare = ({ on, source }: TestFlux): void => {
      on.GitRepository = () => (source.status['artifact'] = { revision });
    };
    const { ended, inOrder } = await wait({ prepare, isLive: () => true, limitMs: SHORT });
    expect(ended).toMatch(
      /^NotYet: still waiting: GitRepository flux-system\/flux-system has not fetched bbbbbbbbbbbb yet/,
    );
    expect(inOrder).toEqual(['GitRepository']);
  });

  test('and a request of somebody else that is handled in its place counts as ours', async () => {
    const prepare = ({ on, release, requested }: TestFlux): void => {
      on.HelmRelease = () => {
        requested('HelmRelease', 'of somebody');
        release.status['conditions'] = [condition('Ready', 'True', 'UpgradeSucceeded')];
      };
    };
    expect(await wait({ helm: true, prepare })).toMatchObject({ ended: 'deployed' });
  });

  test('and somebody who never stops asking does not keep ours from being handled', async () => {
    const prepare = ({ on, release, requested, later }: TestFlux): void => {
      requested('HelmRelease', 'of somebody 0');
      on.HelmRelease = () => (release.status['conditions'] = [condition('Ready', 'True', 'UpgradeSucceeded')]);
      later.HelmRelease = () => requested('HelmRelease', 'of somebody else');
    };
    expect(await wait({ helm: true, prepare, limitMs: SHORT })).toMatchObject({ ended: 'deployed' });
  });

  test('and what a controller ends with of before our request does not count', async () => {
    const prepare = ({ busy, release, requested }: TestFlux): void => {
      requested('HelmRelease', 'of somebody');
      busy.add('HelmRelease');
      release.status['lastHandledReconcileAt'] = 'of somebody';
    };
    expect((await wait({ helm: true, prepare, limitMs: SHORT })).ended).toMatch(/has not released it yet$/);
  });
});

describe('a suspended object is waited for, however long', () => {
  test.each(['source', 'kustomization', 'release'] as const)('%s', async (which) => {
    const prepare = (world: TestFlux): void => void (world[which].spec['suspend'] = true);
    const { ended } = await wait({ prepare, helm: true, attempt: 9, limitMs: SHORT });
    expect(ended).toMatch(/^NotYet: still waiting: (GitRepository|Kustomization|HelmRelease) \S+ is suspended$/);
  });
});

/** What the Kustomization makes of each try. */
const trying =
  (conditions: readonly unknown[]) =>
  ({ on, kustomization, source }: TestFlux): void => {
    on.Kustomization = () => attempted(kustomization, source, { conditions });
  };

describe('a build that fails', () => {
  const said = 'Kustomization flux-system/apps is not ready: BuildFailed: kustomize build failed: no such file';

  test('at our own commit ends the wait at once, when two more tries have failed the same way', async () => {
    const { ended, asked } = await wait({ prepare: trying([FAILED]) });
    expect(ended).toBe(`Failed: ${said}`);
    expect(asked).toEqual(['GitRepository', 'Kustomization', 'Kustomization', 'Kustomization']);
  });

  test('at a later commit, which somebody may be mending, not before one whole attempt', async () => {
    const course = { head: LATER, prepare: trying([FAILED]), limitMs: SHORT };
    expect((await wait(course)).ended).toBe(`NotYet: still waiting: ${said}`);
    expect((await wait({ ...course, attempt: 2 })).ended).toBe(`Failed: ${said}`);
  });

  test('of an older commit says nothing about ours', async () => {
    const prepare = (world: TestFlux): void => {
      attempted(world.kustomization, world.source, { conditions: [FAILED] });
      world.on.GitRepository = () => undefined;
    };
    expect((await wait({ prepare, attempt: 2, limitMs: SHORT })).ended).toMatch(/^NotYet: .*has not fetched/);
  });

  test('and then goes well is no failure', async () => {
    let tries = 0;
    const prepare = ({ on, kustomization, source }: TestFlux): void => {
      on.Kustomization = () => {
        tries += 1;
        const conditions = [tries < 3 ? FAILED : condition('Ready', 'True', 'ReconciliationSucceeded')];
        attempted(kustomization, source, { lastApplied: tries >= 3, conditions });
      };
    };
    expect((await wait({ prepare })).ended).toBe('deployed');
  });
});

test.each([
  ['DependencyNotReady', "dependency 'flux-system/infra' revision is not up to date"],
  ['ArtifactFailed', 'kustomization path not found: stat /tmp/x: no such file or directory'],
])('%s is waited for as long as waits last, in the words of Flux', async (reason, message) => {
  const prepare = ({ on, kustomization }: TestFlux): void => {
    on.Kustomization = () => (kustomization.status['conditions'] = [condition('Ready', 'False', reason, message)]);
  };
  const { ended } = await wait({ prepare, attempt: 2, limitMs: SHORT });
  expect(ended).toBe(`NotYet: still waiting: Kustomization flux-system/apps is not ready: ${reason}: ${message}`);
});

test('an apply that is refused again and again ends the wait after one whole attempt', async () => {
  const message = 'ConfigMap/sso/blueprints dry-run failed (Invalid): no';
  const course = { prepare: trying([condition('Ready', 'False', 'ReconciliationFailed', message)]), limitMs: SHORT };
  expect((await wait(course)).ended).toMatch(/^NotYet: .*ReconciliationFailed: ConfigMap/);
  expect((await wait({ ...course, attempt: 2 })).ended).toMatch(/^Failed: .*ReconciliationFailed: ConfigMap/);
});

describe('health checks of whatever else the Kustomization deploys', () => {
  const checking = condition(
    'Reconciling',
    'True',
    'Progressing',
    'Running health checks for revision main@sha1:b with a timeout of 5m0s',
  );
  const unhealthy = condition(
    'Ready',
    'False',
    'HealthCheckFailed',
    "timeout waiting for: [Deployment/media/app status: 'InProgress']",
  );

  test.each([
    ['under way', [UNDER_WAY, checking]],
    ['timed out', [unhealthy]],
    [
      'broken off for a newer revision',
      [condition('Ready', 'False', 'HealthCheckCanceled', 'New reconciliation triggered')],
    ],
  ])('do not hold up what is proven by itself: %s', async (_name, conditions) => {
    expect((await wait({ prepare: trying(conditions) })).ended).toBe('deployed');
  });

  test('are no proof of anything while the manifests are built', async () => {
    const building = condition('Reconciling', 'True', 'Progressing', 'Building manifests for revision main@sha1:b');
    const { ended, asked } = await wait({ prepare: trying([UNDER_WAY, building]), limitMs: SHORT });
    expect(ended).toBe('NotYet: still waiting: Kustomization flux-system/apps has not applied bbbbbbbbbbbb yet');
    expect(asked).toEqual(['GitRepository', 'Kustomization']);
  });
});

describe('a HelmRelease', () => {
  const releasing =
    (...conditions: readonly unknown[]) =>
    ({ on, release }: TestFlux): void => {
      on.HelmRelease = () => (release.status['conditions'] = conditions);
    };
  const upgradeFailed = condition('Released', 'False', 'UpgradeFailed', 'context deadline exceeded');
  const rolledBack = condition(
    'Remediated',
    'True',
    'RollbackSucceeded',
    'Helm rollback to release sso/authentik.v3 succeeded',
  );
  const notReady = condition(
    'Ready',
    'False',
    'RollbackSucceeded',
    'Helm rollback to release sso/authentik.v3 succeeded',
  );

  test('that Helm has given up on and rolled back ends the wait, with what the upgrade said', async () => {
    const stalled = condition('Stalled', 'True', 'RetriesExceeded', 'Failed to upgrade after 1 attempt(s)');
    const { ended } = await wait({ helm: true, prepare: releasing(notReady, upgradeFailed, rolledBack, stalled) });
    expect(ended).toBe(
      'Failed: Helm has given up on HelmRelease sso/authentik (RetriesExceeded: Failed to upgrade after 1 attempt(s)): ' +
        'UpgradeFailed: context deadline exceeded; RollbackSucceeded: Helm rollback to release sso/authentik.v3 succeeded',
    );
  });

  test.each([
    ['is released now', [UNDER_WAY, condition('Reconciling', 'True', 'Progressing', "Running 'upgrade' action")]],
    ['is tried again', [notReady, condition('Reconciling', 'True', 'ProgressingWithRetry', 'retrying after 30s')]],
  ])('that %s may still take away what looks live', async (_name, conditions) => {
    const { ended } = await wait({ helm: true, prepare: releasing(...conditions), limitMs: SHORT, isLive: () => true });
    expect(ended).toMatch(/^NotYet: still waiting: HelmRelease sso\/authentik /);
  });

  test('that is well, but has not come to our request, has not read the values of its ConfigMap yet', async () => {
    const prepare = ({ busy }: TestFlux): void => void busy.add('HelmRelease');
    const { ended, asked } = await wait({ helm: true, prepare, limitMs: SHORT });
    expect(ended).toMatch(/^NotYet: still waiting: HelmRelease sso\/authentik has not released it yet$/);
    expect(asked).toEqual(['GitRepository', 'Kustomization', 'HelmRelease']);
  });

  test('that has not observed its newest spec is none of ours yet', async () => {
    const prepare = ({ release }: TestFlux): void => void (release.status['observedGeneration'] = 0);
    expect((await wait({ helm: true, prepare, limitMs: SHORT })).ended).toMatch(/has not released it yet$/);
  });

  test('whose Deployment somebody changed by hand is upgraded once although nothing is new', async () => {
    let forced = false;
    const prepare = ({ on, asked }: TestFlux): void => {
      on.HelmRelease = () => (forced ||= asked.at(-1) === 'HelmRelease, forced');
    };
    const { ended, asked } = await wait({ helm: true, prepare, isLive: () => forced });
    expect(ended).toBe('deployed');
    expect(asked.filter((each) => each.endsWith('forced'))).toHaveLength(1);
  });
});

describe('what is not live although Flux has applied the commit', () => {
  test('is asked for anew, and fails where nothing comes of it', async () => {
    const { ended, asked } = await wait({ isLive: () => false });
    expect(ended).toMatch(
      /^Failed: ConfigMap blueprints has no key zot\.yaml, although Kustomization flux-system\/apps has applied main@sha1:b/,
    );
    expect(asked.filter((each) => each === 'Kustomization').length).toBeGreaterThan(2);
  });

  test('is waited for where it has to go: finalizers take their time', async () => {
    expect((await wait({ isLive: () => false, going: true, limitMs: SHORT })).ended).toMatch(/^NotYet: /);
  });
});
