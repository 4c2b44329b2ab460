import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Activities } from '../../../activities/createActivities.ts';
import type { DeployStep } from '../../../activities/register/awaitDeployed.ts';
import { timingsSchema } from '../../../core/installation/timings.ts';
import type { Notice, NoticeKind } from '../../../core/installation/notice.ts';
import type { ProgressView } from '../../../core/run/progress.ts';
import { endNotice } from '../../../workflows/kit/notify.ts';
import { failure, fakeActivities } from '../fakes.ts';
import { runRegistration } from '../runRegistration.ts';
import { useTimeSkipping } from '../timeSkipping.ts';

// What people are told about a run, on a server that skips time.

let env: TestWorkflowEnvironment;
useTimeSkipping((started) => {
  env = started;
});

const ALL: readonly NoticeKind[] = ['waiting', 'failed', 'undoPending'];
const AFTER_MS = 300_000;

interface Told {
  readonly notices: readonly Notice[];
  readonly type: string;
  readonly progress: ProgressView;
  readonly journal: readonly string[];
  readonly tookMs: number;
}

async function run(
  over: Partial<Activities>,
  on: readonly NoticeKind[] | 'nothing' = ALL,
  during: (handle: WorkflowHandle) => Promise<unknown> = async () => undefined,
): Promise<Told> {
  const notices: Notice[] = [];
  const { activities, journal } = fakeActivities('last', {
    describeInstallation: async () => ({
      digest: 'digest',
      land: 'last',
      applications: ['authentik'],
      timings: timingsSchema.parse({ turnPollMs: 3_600_000 }),
      searchable: false,
      ...(on === 'nothing' ? {} : { notify: { on, afterMs: AFTER_MS } }),
    }),
    notify: async (notice) => void notices.push(notice),
    ...over,
  });
  return runRegistration(env, activities, async (handle) => {
    await during(handle);
    const type = await handle.result().then(() => 'ended well', typeOf);
    const { startTime, closeTime } = await handle.describe();
    const tookMs = Number(closeTime) - Number(startTime);
    return { notices, type, progress: await handle.query<ProgressView>('progress'), journal, tookMs };
  });
}

function typeOf(error: unknown): string {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? '') : 'Cancelled';
}

const notVerified: Partial<Activities> = {
  verifyRegistration: async () => Promise.reject(failure('Failed', 'Authentik: not verified')),
};

function busyTurn(looks: number): Partial<Activities> {
  let left = looks;
  return {
    acquireTurn: async ({ changeId }) => {
      left -= 1;
      if (left >= 0) throw failure('NotYet', 'the turn is held by oidc-client/wiki', { retryable: true });
      return { changeId, note: '' };
    },
  };
}

it.each([
  ['registerClient', 'registered', { client: 'zot', repair: 'perhaps' }],
  ['rotateSecret', 'rotated', { client: 'zot', nonsense: true }],
  ['deregisterClient', 'deregistered', { client: 'zot', force: 'yes' }],
])('%s tells of an input that it cannot read, before it knows the installation', async (type, deed, input) => {
  const notices: Notice[] = [];
  const { activities, journal } = fakeActivities('last', { notify: async (notice) => void notices.push(notice) });
  const end = await runRegistration(env, activities, (handle) => handle.result().then(() => 'ended well', typeOf), {
    type,
    input,
  });

  expect(end).toBe('BadInput');
  expect(notices.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([`failed: OIDC client zot was not ${deed}`]);
  expect(journal).toEqual(['notify']);
});

it('tells that it cannot even learn of the installation, and fails with that where nobody can be told either', async () => {
  const notices: Notice[] = [];
  const told = async (notify: Activities['notify']): Promise<string> => {
    const describeInstallation = async () =>
      Promise.reject(failure('Unavailable', 'Temporal: no answer', { untouched: true }));
    const { activities } = fakeActivities('last', { describeInstallation, notify });
    return runRegistration(env, activities, (handle) => handle.result().then(() => 'ended well', messageOf));
  };

  const end = await told(async (notice) => void notices.push(notice));
  expect(end).toContain('zot was not registered: Temporal: no answer. ');
  expect(end).toContain('Everything is as it was.');
  expect(notices.map(({ text }) => text)).toEqual(['Temporal: no answer']);
  expect(await told(async () => Promise.reject(failure('Failed', 'Webhook: 404')))).toContain('Temporal: no answer');
});

function messageOf(error: unknown): string {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  return cause instanceof Error ? `${cause.message} ${String(cause.cause)}` : String(cause);
}

it('tells once that a run has failed, why, and what to do', async () => {
  const { notices, type } = await run(notVerified);

  expect(type).toBe('Failed');
  expect(notices).toEqual([
    {
      kind: 'failed',
      client: 'zot',
      subject: 'end',
      title: 'OIDC client zot was not registered',
      text: 'zot was not registered: Authentik: not verified. Mend Failed. Everything is as it was.',
    },
  ]);
});

it('tells what is left behind, with its remedy', async () => {
  const { notices, type } = await run({
    ...notVerified,
    undoStoreSecret: async () => Promise.reject(failure('Failed', 'the vault refuses')),
  });

  expect(type).toBe('UndoIncomplete');
  expect(notices[0]?.title).toBe('OIDC client zot was not registered, and something is left behind');
  expect(notices[0]?.text).toContain('Left behind: vault field zot-client-secret');
  expect(notices[0]?.text).toContain('Run client zot again');
});

it('has words of its own for an undo that waits for a person', () => {
  const pending = ApplicationFailure.create({ type: 'UndoPending', message: 'merge https://git.example/pr/7' });
  expect(endNotice('zot', pending)).toEqual({
    kind: 'undoPending',
    client: 'zot',
    subject: 'end',
    title: 'Undo of OIDC client zot waits for a person',
    text: 'merge https://git.example/pr/7',
  });
});

it('tells once that the turn is busy, however long and however often it is looked at', async () => {
  const { notices, type } = await run(busyTurn(20), ALL, async (handle) => {
    await env.sleep(AFTER_MS * 2);
    await handle.signal('recheck');
  });

  expect(type).toBe('ended well');
  expect(notices.map(({ kind, subject, turnAt }) => [kind, subject, turnAt])).toEqual([
    ['waiting', 'turn at authentik', 'authentik'],
  ]);
});

it('tells nothing of a turn that comes at once, of a run that ends well, or of a cancel that leaves nothing', async () => {
  expect((await run({})).notices).toEqual([]);
  const cancelled = await run(busyTurn(3), ALL, async (handle) => {
    const waits = async () => (await handle.query<ProgressView>('progress')).steps[0]?.state;
    await expect.poll(waits).toBe('running');
    await handle.cancel();
  });
  expect([cancelled.type, cancelled.notices]).toEqual(['Cancelled', []]);
});

it('schedules nothing without notify, and nothing of a kind that is not asked for', async () => {
  for (const on of ['nothing', ['undoPending']] as const) {
    const { journal, type } = await run({ ...busyTurn(2), ...notVerified }, on);
    expect(type).toBe('Failed');
    expect(journal).not.toContain('notify');
  }
  const { notices } = await run({ ...busyTurn(2), ...notVerified }, ['failed']);
  expect(notices.map(({ kind }) => kind)).toEqual(['failed']);
});

it.each<[string, Activities['notify']]>([
  ['refuses', async () => Promise.reject(failure('NotFound', 'Webhook: the webhook answered 404 no_service'))],
  ['is down', async () => Promise.reject(failure('Unavailable', 'Webhook: no answer', { retryable: true }))],
  [
    'asks for an hour',
    async () => Promise.reject(failure('RateLimited', 'Webhook: 429', { retryable: true, retryAfterMs: 3_600_000 })),
  ],
])('changes nothing of a run where the webhook %s, but a warning and seconds', async (_name, notify) => {
  const { type, progress, tookMs } = await run({ ...notVerified, notify });

  expect(type).toBe('Failed');
  expect(progress.phase).toBe('undone');
  expect(progress.warnings.join()).toContain('Nobody was told "OIDC client zot was not registered"');
  expect(tookMs).toBeLessThan(60_000);
});

it('goes on with its turn while the webhook fails', async () => {
  const { type, progress } = await run({
    ...busyTurn(2),
    notify: async () => Promise.reject(failure('Unavailable', 'Webhook: no answer', { retryable: true })),
  });

  expect(type).toBe('ended well');
  expect(progress.warnings.join()).toContain('waits for its turn');
});

it('tells for what a run waits that somebody else deploys, once for each wait, and goes on by itself', async () => {
  const left = new Map<DeployStep, number>([
    ['patchExternalSecret', 20],
    ['syncBlueprint', 20],
  ]);
  const { notices, type, journal } = await run({
    describeInstallation: async () => ({
      digest: 'digest',
      land: 'last',
      deployBy: 'external',
      applications: ['authentik-worker'],
      timings: timingsSchema.parse({ deployPollMs: 3_600_000 }),
      searchable: false,
      notify: { on: ALL, afterMs: AFTER_MS },
    }),
    awaitDeployed: async (_job, step) => {
      const looks = left.get(step) ?? 0;
      left.set(step, looks - 1);
      if (looks > 0) throw failure('NotYet', 'nobody has deployed it', { retryable: true });
      return {};
    },
  });

  expect(type).toBe('ended well');
  expect(notices.map(({ kind, title }) => [kind, title])).toEqual([
    ['waiting', 'OIDC client zot waits to be deployed'],
    ['waiting', 'OIDC client zot waits to be deployed'],
  ]);
  expect(notices[0]?.text).toContain('until somebody deploys the ExternalSecret with zot-client-secret');
  const firstProof = journal.indexOf('patchExternalSecret');
  expect(journal.slice(0, firstProof).filter((name) => name === 'awaitDeployed')).toHaveLength(21);
});

it('what is wrong before the turn ends the run without asking for it, and is told', async () => {
  const wrong = failure('BadInput', '2 problems, nothing was changed. 1. one 2. other');
  const { notices, type, progress, journal } = await run({
    preflightBeforeTurn: async () => Promise.reject(wrong),
  });

  expect(type).toBe('BadInput');
  expect(journal).toEqual(['describeInstallation', 'preflightBeforeTurn', 'notify']);
  const text =
    'zot was not registered: 2 problems, nothing was changed. 1. one 2. other. Mend BadInput. Everything is as it was.';
  expect(notices).toMatchObject([{ kind: 'failed', title: 'OIDC client zot was not registered', text }]);
  const states = progress.steps.filter(({ state }) => state !== 'pending');
  expect(states.map(({ name, state }) => `${name} ${state}`)).toEqual(['preflight failed']);
});
