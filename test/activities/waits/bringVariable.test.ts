import type { Info } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { Deps } from '../../../activities/deps.ts';
import { bringVariable, forgetVariable } from '../../../activities/waits/restart.ts';
import { meetsOldPods, needsNewPods, type Job } from '../../../core/run/job.ts';
import { attemptIn } from '../../fixtures/attempts.ts';

const CHANGE = '00000000-0000-4000-8000-000000000001';
/** Of the run that an attempt is of where nothing else is said. */
const MARK = '000000000000';
const WRITTEN = '2026-11-30T12:00:10Z';
const job = { changeId: CHANGE, names: { secretKey: 'WIKI_SECRET' } } as unknown as Job;

/** A cluster whose pods started then; one that is restarted has a new pod of a minute later. */
function cluster(started: readonly string[], written: string | undefined = WRITTEN, info: Partial<Info> = {}) {
  const tokens: string[] = [];
  const startedAt = Object.fromEntries(started.map((time, i) => [`pod-${i}`, `2026-11-30T12:00:${time}Z`]));
  const rollout = () => {
    const pods = tokens.length === 0 ? startedAt : { 'pod-0': '2026-11-30T12:01:00Z' };
    return { complete: true, currentPods: Object.keys(pods), startedAt: pods };
  };
  const deps = {
    installation: { timings: { pollMs: 1 }, authentik: { namespace: 'sso', externalSecret: {}, deployment: {} } },
    externalSecrets: {
      glance: async () => ({ targetSecret: 'authentik-env' }),
      // Of a key that is not there it is not told.
      secretWrittenAt: async (_namespace: string, secret: string, key?: string) =>
        secret === 'authentik-env' && key !== 'GONE' ? written : undefined,
    },
    deployments: {
      rollout: async () => rollout(),
      glance: async () => rollout(),
      restart: async (_ref: object, token: string) => tokens.push(token),
    },
  } as unknown as Deps;
  const attempt = attemptIn(async () => undefined, info);
  const gone = { ...job, names: { secretKey: 'GONE' } } as unknown as Job;
  return {
    tokens,
    bring: () => attempt.run(() => bringVariable(deps, job)),
    forget: () => attempt.run(() => forgetVariable(deps, gone)),
  };
}

it.each<[string, readonly string[], (string | undefined)?]>([
  ['one pod is older than the Secret', ['11', '09']],
  ['one started within the same second', ['10']],
  ['none is there', []],
  ['nobody tells when the Secret was written', ['11'], ''],
])('new pods are made where %s', async (_, started, written) => {
  const { tokens, bring } = cluster(started, written);
  expect(await bring()).toBe(true);
  expect(tokens).toEqual([`${CHANGE}-${MARK}`]);
});

it('a run that goes on with the change of another one makes pods of its own', async () => {
  const tokenOf = async (runId: string): Promise<readonly string[]> => {
    const { tokens, bring } = cluster(['09'], WRITTEN, { workflowExecution: { workflowId: 'zot', runId } });
    await bring();
    return tokens;
  };
  const [dead, next] = ['01a231b8-a66f-7af4-b813-a8e58e56336e', '01a231b8-a66f-7af4-b813-b0c1d2e3f4a5'];
  expect(await tokenOf(dead)).toEqual(await tokenOf(dead));
  expect(await tokenOf(next)).not.toEqual(await tokenOf(dead));
});

it('none are made where all are newer than the Secret, as Reloader makes them', async () => {
  const { tokens, bring } = cluster(['11', '30']);
  expect(await bring()).toBe(false);
  expect(tokens).toEqual([]);
});

it('what they had before the key was taken out they forget, once, unless all started since', async () => {
  const older = cluster(['11', '09']);
  expect(await older.forget()).toBe(true);
  expect(await older.forget()).toBe(false);
  expect(older.tokens).toEqual([`${CHANGE}-before-${MARK}`]);
  const { forget, tokens } = cluster(['11', '30']);
  expect(await forget()).toBe(false);
  expect(tokens).toEqual([]);
});

it('they may hold an older value where discovery meets them, once the change has landed', () => {
  const asks = (more: object) =>
    meetsOldPods({
      land: 'first',
      mode: 'discovery',
      names: {},
      before: { vaultField: false },
      edits: [{ entry: 'externalSecret', kind: 'changed' }],
      ...more,
    } as unknown as Job);
  expect(asks({})).toBe(true);
  for (const more of [{ land: 'last' }, { mode: 'apply' }, { edits: [{ entry: 'deployment', kind: 'changed' }] }])
    expect(asks(more)).toBe(false);
});

it('they are asked for where the key or its value is new, and nothing of the Deployment is edited', () => {
  const asks = (secret: 'changed' | 'alreadyThere', vaultField: boolean, more: readonly string[] = [], names = {}) =>
    needsNewPods({
      names,
      before: { vaultField },
      edits: [{ entry: 'externalSecret', kind: secret }, ...more.map((entry) => ({ entry, kind: 'changed' }))],
    } as unknown as Job);
  expect(asks('changed', false)).toBe(true);
  expect(asks('alreadyThere', false)).toBe(true);
  expect(asks('changed', true)).toBe(true);
  expect(asks('alreadyThere', true)).toBe(false);
  expect(asks('changed', false, ['deployment'])).toBe(false);
  expect(asks('changed', false, [], { secretFile: '/secrets/wiki' })).toBe(false);
});
